"""The demand-responsive trips of a feed (GTFS-Flex), read from its published rows.

A trip is calls in order. At each of them people are picked up or dropped off: anywhere in a zone,
at the stops of a location group, or at a stop, within a window of time or at a fixed time.
https://gtfs.org/documentation/schedule/reference/#stop_timestxt
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from mobilite.gtfs.domain.clock_times import parse_time
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.on_demand.domain.booking import BookingRule
from mobilite.on_demand.domain.zones import Zone
from mobilite.timetable.domain.notes import Row
from mobilite.timetable.domain.service_dates import ServiceDates
from mobilite.timetable.domain.timetable import Timetable

NOT_AVAILABLE: Final = 1
"""The pickup_type, and the drop_off_type, of a call where there is none."""
DETOURS: Final = 300
"""Seconds added to the time of a car if a trip states nothing: other passengers get in and out."""
MOST_CALLS: Final = 50
"""A trip with more is left out: each pair of its calls is a ride."""
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


class OnDemandTrips:
    """The demand-responsive trips of one feed. Immutable."""

    def __init__(self, timetable: Timetable) -> None:
        self.timetable = timetable
        self.dates = ServiceDates(timetable)
        self.trips = tuple(_trips(timetable))

    def zone_of(self, trip: OnDemandTrip) -> ZoneInfo:
        """The time zone of a trip."""
        return self.timetable.zone(int(self.timetable.service_zone[trip.service]))

    def runs_on(self, trip: OnDemandTrip, day: ServiceDate) -> bool:
        """Whether a trip runs on a service date."""
        return bool(self.timetable.services_on(day)[trip.service])


def _trips(timetable: Timetable) -> Iterator[OnDemandTrip]:
    rows = [*timetable.notes.rows("flex_trips")]
    if not rows:
        return
    stop_times: dict[str, list[Row]] = defaultdict(list)
    for row in timetable.notes.rows("flex_stop_times"):
        stop_times[row["trip_id"]].append(row)
    read_call = _CallReader(timetable)
    for row in rows:
        route = timetable.route_ids.index_of(row["route_id"])
        service = None if route is None else _service(timetable, row["service_id"], route)
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


def _service(timetable: Timetable, service_id: str, route: int) -> int | None:
    """The row of a service in the time zone of the route's agency."""
    zone = int(timetable.agency_zone[max(int(timetable.route_agency[route]), 0)])
    rows = [row for row, text in enumerate(timetable.service_ids) if text == service_id]
    return next((row for row in rows if timetable.service_zone[row] == zone), None)


class _CallReader:
    """Reads rows of stop_times.txt."""

    def __init__(self, timetable: Timetable) -> None:
        self._timetable = timetable
        notes = timetable.notes
        self._zones = {row["location_id"]: Zone.of(row) for row in notes.rows("locations")}
        self._groups: dict[str, list[int]] = defaultdict(list)
        for row in notes.rows("location_group_stops"):
            stop = timetable.stop_ids.index_of(row.get("stop_id", ""))
            if stop is not None:
                self._groups[row.get("location_group_id", "")].append(stop)
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

    def _stops(self, row: Row) -> tuple[int, ...]:
        if "location_group_id" in row:
            return tuple(self._groups.get(row["location_group_id"], ()))
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
