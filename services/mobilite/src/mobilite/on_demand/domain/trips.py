"""The demand-responsive trips of a feed (GTFS-Flex), read from its published rows.

A trip is calls in order. At each of them people are picked up or dropped off: anywhere in a zone,
at the stops of a location group, or at a stop, within a window of time or at a fixed time.
https://gtfs.org/documentation/schedule/reference/#stop_timestxt
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from mobilite.gtfs.domain.clock_times import parse_time
from mobilite.on_demand.domain.booking import BookingRule
from mobilite.on_demand.domain.zones import Zone
from mobilite.timetable.domain.notes import Row
from mobilite.timetable.domain.service_dates import ServiceDates
from mobilite.timetable.domain.timetable import I64, Timetable

NOT_AVAILABLE: Final = 1
"""The pickup_type, and the drop_off_type, of a call where there is none."""
DETOURS: Final = 300
"""Seconds added to the time of a car if a trip states nothing: other passengers get in and out."""
MOST_CALLS: Final = 50
"""A trip with more is left out: each pair of its calls is a ride."""
MOST_RIDES: Final = 20_000
"""Rides of a feed, by trip; those after these are left out."""
MOST_ZONES: Final = 2_000
"""Zones of a feed; the calls in those after these are left out."""
MOST_POSITIONS: Final = 500_000
"""Positions of all its zones, likewise."""
MOST_GROUP_STOPS: Final = 600
"""Stops of a location group; those after these are left out."""
MOST_MEMBERS: Final = 50_000
"""Rows of location_group_stops.txt, likewise."""
Area = Zone | tuple[int, ...]
"""Where a call is: in a zone, or at stops of the timetable."""
FACTOR, OFFSET = "safe_duration_factor", "safe_duration_offset"


@dataclass(frozen=True, slots=True, eq=False)
class OnDemandCall:
    """Where and when a trip picks people up or drops them off. Times are seconds of the service
    day; a fixed time has equal ones."""

    zone: Zone | None
    stops: tuple[int, ...]
    """→ stops of the timetable; empty in a zone."""
    opens: int
    """The first pick-up and the first drop-off."""
    closes: int
    picks_up: bool
    drops_off: bool
    pick_up_rule: BookingRule | None
    """None: the feed has none; so is the other."""
    drop_off_rule: BookingRule | None

    @property
    def area(self) -> Area:
        """Where it is."""
        return self.zone or self.stops


@dataclass(frozen=True, slots=True, eq=False)
class OnDemandTrip:
    """One demand-responsive trip."""

    trip_id: str
    route: int
    """→ routes of the timetable."""
    service: int
    """→ services of the timetable."""
    headsign: str
    wheelchair: int
    """wheelchair_accessible, 0–2."""
    bikes: int
    """bikes_allowed, 0–2."""
    calls: tuple[OnDemandCall, ...]
    duration_factor: float
    """safe_duration_factor: of the time of a car."""
    duration_offset: float
    """safe_duration_offset: seconds."""


class TripRide(NamedTuple):
    """A trip between two of its calls, on any day."""

    trip: OnDemandTrip
    pick_up: OnDemandCall
    drop_off: OnDemandCall


class OnDemandTrips:
    """The demand-responsive trips of one feed. Immutable."""

    def __init__(self, timetable: Timetable) -> None:
        self.timetable = timetable
        self.dates = ServiceDates(timetable)
        read_call = _CallReader(timetable)
        self.is_incomplete = read_call.is_incomplete
        """Whether something is left out of a feed that has too much."""
        rides = list[TripRide]()
        for trip in _trips(timetable, read_call):
            rides += _rides(trip)
            if len(rides) > MOST_RIDES:
                self.is_incomplete = True
                rides = rides[:MOST_RIDES]
                break
        self.rides = tuple(rides)
        self.services = _column(each.trip.service for each in self.rides)
        """Of each ride; so are the other arrays."""
        self.opens = _column(each.pick_up.opens for each in self.rides)
        self.closes = _column(each.pick_up.closes for each in self.rides)
        calls = (call for ride in self.rides for call in (ride.pick_up, ride.drop_off))
        self.areas = tuple(dict.fromkeys(call.area for call in calls))
        """Where people get in and out, each once."""
        number_of = {area: number for number, area in enumerate(self.areas)}
        self.pick_up_areas = _column(number_of[each.pick_up.area] for each in self.rides)
        """→ `areas`."""
        self.drop_off_areas = _column(number_of[each.drop_off.area] for each in self.rides)

    def zone_of(self, trip: OnDemandTrip) -> ZoneInfo:
        """The time zone of a trip."""
        return self.timetable.zone(int(self.timetable.service_zone[trip.service]))


def _rides(trip: OnDemandTrip) -> Iterator[TripRide]:
    for pick_up, drop_off in combinations(trip.calls, 2):
        if pick_up.picks_up and drop_off.drops_off and not _is_fixed(pick_up, drop_off):
            yield TripRide(trip, pick_up, drop_off)


def _is_fixed(pick_up: OnDemandCall, drop_off: OnDemandCall) -> bool:
    """Whether both times are fixed: the ride takes what lies between them."""
    return pick_up.opens == pick_up.closes and drop_off.opens == drop_off.closes


def _column(values: Iterator[int]) -> I64:
    return np.fromiter(values, np.int64)


def _trips(timetable: Timetable, read_call: "_CallReader") -> Iterator[OnDemandTrip]:
    rows = [*timetable.notes.rows("flex_trips")]
    if not rows:
        return
    stop_times: dict[str, list[Row]] = defaultdict(list)
    for row in timetable.notes.rows("flex_stop_times"):
        stop_times[row["trip_id"]].append(row)
    services = _services(timetable)
    for row in rows:
        route = timetable.route_ids.index_of(row["route_id"])
        zone = None if route is None else _zone_of(timetable, route)
        service = None if zone is None else services.get((row["service_id"], zone))
        calls = [read_call(each) for each in stop_times[row["trip_id"]]]
        known = tuple(call for call in calls if call is not None)
        if route is not None and service is not None and 1 < len(known) <= MOST_CALLS:
            yield OnDemandTrip(
                trip_id=row["trip_id"],
                route=route,
                service=service,
                headsign=row.get("trip_headsign", ""),
                wheelchair=_integer(row.get("wheelchair_accessible")),
                bikes=_integer(row.get("bikes_allowed")),
                calls=known,
                duration_factor=_number(row.get(FACTOR), 1),
                duration_offset=_number(row.get(OFFSET), 0 if FACTOR in row else DETOURS),
            )


def _services(timetable: Timetable) -> dict[tuple[str, int], int]:
    """The row of each service in each time zone."""
    zones = timetable.service_zone.tolist()
    rows = [*zip(timetable.service_ids, zones, range(len(zones)), strict=True)]
    return {(service_id, zone): row for service_id, zone, row in reversed(rows)}


def _zone_of(timetable: Timetable, route: int) -> int:
    """The time zone of a route's agency."""
    return int(timetable.agency_zone[max(int(timetable.route_agency[route]), 0)])


class _CallReader:
    """Reads rows of stop_times.txt."""

    def __init__(self, timetable: Timetable) -> None:
        self._timetable = timetable
        notes = timetable.notes
        self.is_incomplete = False
        """Whether a zone or a stop of a group is left out."""
        self._zones = self._read_zones()
        groups: dict[str, list[int]] = defaultdict(list)
        for number, row in enumerate(notes.rows("location_group_stops")):
            if number == MOST_MEMBERS:
                self.is_incomplete = True
                break
            stop = timetable.stop_ids.index_of(row.get("stop_id", ""))
            if stop is not None:
                groups[row.get("location_group_id", "")].append(stop)
        self.is_incomplete |= any(len(stops) > MOST_GROUP_STOPS for stops in groups.values())
        self._groups = {name: tuple(stops[:MOST_GROUP_STOPS]) for name, stops in groups.items()}
        self._rules = {
            row.get("booking_rule_id", ""): BookingRule.of(row)
            for row in notes.rows("booking_rules")
        }

    def __call__(self, row: Row) -> OnDemandCall | None:
        """The call of a row; None if it is nowhere, or at no time."""
        zone = self._zones.get(row.get("location_id", ""))
        stops = () if zone is not None else self._stops(row)
        if zone is None and not stops:
            return None
        start = parse_time(str(row.get("start_pickup_drop_off_window", "")))
        end = parse_time(str(row.get("end_pickup_drop_off_window", "")))
        if start < 0 or end < start:
            arrival, departure = (
                parse_time(str(row.get(name, ""))) for name in ("arrival_time", "departure_time")
            )
            start = end = departure if departure >= 0 else arrival
        picks_up, pick_up_rule = self._rule(row, "pickup")
        drops_off, drop_off_rule = self._rule(row, "drop_off")
        if start < 0 or not (picks_up or drops_off):
            return None
        return OnDemandCall(
            zone, stops, start, end, picks_up, drops_off, pick_up_rule, drop_off_rule
        )

    def _read_zones(self) -> dict[str, Zone]:
        found, positions = dict[str, Zone](), 0
        for row in self._timetable.notes.rows("locations"):
            zone = Zone.of(row)
            positions += zone.positions
            if len(found) == MOST_ZONES or positions > MOST_POSITIONS:
                self.is_incomplete = True
                break
            found[row["location_id"]] = zone
        return found

    def _stops(self, row: Row) -> tuple[int, ...]:
        if "location_group_id" in row:
            return self._groups.get(row["location_group_id"], ())
        stop = self._timetable.stop_ids.index_of(row.get("stop_id", ""))
        return () if stop is None else (stop,)

    def _rule(self, row: Row, side: str) -> tuple[bool, BookingRule | None]:
        """Whether a call picks up, or drops off, and by which rule. Without a rule that states
        until when to book, it does not."""
        rule_id = row.get(f"{side}_booking_rule_id", "")
        rule = self._rules.get(rule_id)
        available = _integer(row.get(f"{side}_type")) != NOT_AVAILABLE
        return available and (rule is not None or not rule_id), rule


def _integer(value: object) -> int:
    try:
        return int(str(value or 0))
    except ValueError:
        return 0


def _number(value: object, default: float) -> float:
    try:
        number = float(str(default if value is None else value))
    except ValueError:
        return default
    return number if 0 <= number < _MOST else default


_MOST: Final = 86_400
"""A larger factor, or more seconds, is an error of the feed."""
