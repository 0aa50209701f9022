"""The vehicles of one feed: last position and run served.

A `Fleet` is immutable. It contains the records of all addresses. `visible` selects, at an instant,
the vehicles to display: a vehicle reported by two addresses appears once, at its latest position;
one without a recent position does not appear.
https://gtfs.org/documentation/realtime/reference/#message-vehicleposition
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from mobilite.gtfs.domain.enumerations import Occupancy
from mobilite.gtfs.domain.freshness import LIVE_SECONDS
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.realtime.domain.run_calls import find_run_of_descriptor
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.realtime.domain.run_trip import RunTrip
from mobilite.realtime.domain.trip_update import TripDescriptor
from mobilite.timetable.domain.feed_schedule import FeedSchedule

Status = Literal["INCOMING_AT", "STOPPED_AT", "IN_TRANSIT_TO"]

MAX_AGE_SECONDS: Final = 300
"""Older positions are not displayed: readers of a map assume that the vehicle is there."""
_AHEAD_SECONDS: Final = 60
"""How far a vehicle's clock can be ahead of ours; a later timestamp is ignored."""


@dataclass(frozen=True, slots=True)
class Place:
    """The position of a vehicle."""

    lat: float
    """WGS 84 degrees."""
    lon: float
    """WGS 84 degrees."""
    bearing: float | None = None
    """Degrees clockwise from north."""
    speed: float | None = None
    """Metres per second."""


class Carriage(NamedTuple):
    """One carriage of a vehicle."""

    label: str | None = None
    """Text for people, such as a number."""
    occupancy: Occupancy | None = None
    occupancy_percentage: int | None = None


@dataclass(frozen=True, slots=True)
class Vehicle:
    """One vehicle as reported by one address, ids local to the feed."""

    key: str
    """The record key."""
    source: int
    """The number of the address in its feed."""
    name: str
    """Its name among the vehicles of its address."""
    is_identified: bool
    """Whether `name` is its id, label, plate or run (not only its entity's id), so that it
    identifies the vehicle among those of the feed's other addresses too."""
    published_at: int
    """When its record was written, POSIX seconds."""
    place: Place | None = None
    """None if unknown."""
    trip: TripDescriptor | None = None
    """The reported run; None without one."""
    measured_at: int | None = None
    """The vehicle's own timestamp, POSIX seconds."""
    label: str | None = None
    stop_id: str | None = None
    """The stop it is at or going to (`status`)."""
    stop_sequence: int | None = None
    """The call there."""
    status: Status = "IN_TRANSIT_TO"
    occupancy: Occupancy | None = None
    occupancy_percentage: int | None = None
    carriages: tuple[Carriage, ...] = ()
    """The first in the direction of travel first."""

    @property
    def id(self) -> str:
        """Its id within the feed."""
        return self.name if self.is_identified else f"{self.source}:{self.name}"

    def own_timestamp(self, now: int) -> int | None:
        """`measured_at`; None if there is none, or if it is too far after `now` (POSIX seconds)."""
        if self.measured_at is None or self.measured_at > now + _AHEAD_SECONDS:
            return None
        return self.measured_at


@dataclass(frozen=True, slots=True)
class Sighting:
    """A vehicle, and when it was last seen."""

    vehicle: Vehicle
    seen_at: int
    """POSIX seconds."""
    age: int
    """Seconds since then."""

    @property
    def stale(self) -> bool:
        """Whether it is certainly elsewhere by now: a bus travels half a kilometre in this time."""
        return self.age > LIVE_SECONDS


@dataclass(frozen=True, slots=True)
class Fleet:
    """The vehicles of one feed."""

    vehicles: Mapping[str, Vehicle] = field(default_factory=dict)
    """By record key."""
    runs: Mapping[str, RunKey] = field(default_factory=dict)
    """By record key, the run to which the vehicle was matched when it was received."""
    with_carriages: frozenset[str] = frozenset()
    """The record keys of the vehicles that report their carriages."""

    def with_vehicles(self, changes: Mapping[str, Vehicle | None], feed: FeedSnapshot) -> "Fleet":
        """The fleet after those records, by key; None for a withdrawn vehicle."""
        vehicles, runs = {**self.vehicles}, {**self.runs}
        for key, vehicle in changes.items():
            runs.pop(key, None)
            if vehicle is None:
                vehicles.pop(key, None)
                continue
            vehicles[key] = vehicle
            run = _find_run(vehicle, feed)
            if run is not None:
                runs[key] = run
        reporting = {key for key, vehicle in changes.items() if vehicle and vehicle.carriages}
        return Fleet(vehicles, runs, (self.with_carriages - changes.keys()) | reporting)

    def with_feed(self, feed: FeedSnapshot) -> "Fleet":
        """The same vehicles matched again, to the timetable and runs of `feed`."""
        return Fleet().with_vehicles(self.vehicles, feed)

    def in_place_of(self, current: "Fleet", feed: FeedSnapshot) -> "Fleet":
        """This fleet, computed in a thread from an older one, with the changes that `current` has
        had since."""
        removed = dict.fromkeys(self.vehicles.keys() - current.vehicles.keys())
        latest = {
            key: vehicle
            for key, vehicle in current.vehicles.items()
            if self.vehicles.get(key) is not vehicle
        }
        return self.with_vehicles({**removed, **latest}, feed) if removed or latest else self

    def run_of(self, vehicle: Vehicle, feed: FeedSnapshot) -> RunKey | None:
        """The run that a vehicle serves; None if it reports none that is known."""
        run = self.runs.get(vehicle.key)
        # The update of a run outside the timetable can arrive after the vehicle's record, and be
        # withdrawn before it.
        if run is None or (run.trip < 0 and run not in feed.runs):
            return _find_run(vehicle, feed)
        return run

    def carriages_by_run(
        self, feed: FeedSnapshot, *, now: int
    ) -> Mapping[RunKey, tuple[Carriage, ...]]:
        """The carriages of the vehicles seen recently, by their run; of several vehicles of a run
        those of the one seen last. `now`: POSIX seconds."""
        latest: dict[RunKey, Sighting] = {}
        for key in self.with_carriages:
            vehicle = self.vehicles[key]
            seen, run = find_sighting(vehicle, feed, now=now), self.run_of(vehicle, feed)
            if seen is None or run is None or seen.age > MAX_AGE_SECONDS:
                continue
            other = latest.get(run)
            if other is None or _newer(seen, other):
                latest[run] = seen
        return {run: seen.vehicle.carriages for run, seen in latest.items()}

    def visible(self, feed: FeedSnapshot, *, now: int) -> list[Sighting]:
        """The vehicles to display at `now` (POSIX seconds), in order of their ids."""
        best: dict[str, Sighting] = {}
        for vehicle in self.vehicles.values():
            seen = find_sighting(vehicle, feed, now=now)
            if seen is None or vehicle.place is None or seen.age > MAX_AGE_SECONDS:
                continue
            other = best.get(vehicle.id)
            if other is None or _newer(seen, other):
                best[vehicle.id] = seen
        return [best[name] for name in sorted(best)]


@dataclass(frozen=True, slots=True)
class VehicleCounts:
    """The numbers of vehicles of one address."""

    matched: int = 0
    """Vehicles whose run is known."""
    unmatched: int = 0
    """Vehicles that report an unknown run."""
    without_run: int = 0
    """Vehicles that report no run, but a route at most."""
    unplaced: int = 0
    """Vehicles without a position."""
    lost: int = 0
    """Vehicles whose position is too old to be displayed, or without any instant."""


def count_vehicles(fleet: Fleet, feed: FeedSnapshot, *, now: int) -> dict[int, VehicleCounts]:
    """The counts of each address that reports vehicles, by its number, at `now` (POSIX seconds)."""
    counts: dict[int, Counter[str]] = {}
    for vehicle in fleet.vehicles.values():
        count = counts.setdefault(vehicle.source, Counter())
        reports_run = vehicle.trip is not None and (vehicle.trip.trip_id or vehicle.trip.start_time)
        if fleet.run_of(vehicle, feed) is not None:
            count["matched"] += 1
        else:
            count["unmatched" if reports_run else "without_run"] += 1
        seen = find_sighting(vehicle, feed, now=now)
        if vehicle.place is None:
            count["unplaced"] += 1
        elif seen is None or seen.age > MAX_AGE_SECONDS:
            count["lost"] += 1
    return {source: VehicleCounts(**count) for source, count in counts.items()}


def find_sighting(vehicle: Vehicle, feed: FeedSnapshot, *, now: int) -> Sighting | None:
    """When a vehicle was last seen: by its own timestamp, else by the data of its address. None
    without either. `now`: POSIX seconds."""
    source = feed.sources.get(vehicle.source)
    seen_at = None if source is None else source.as_of
    own = vehicle.own_timestamp(now)
    seen_at = seen_at if own is None else own
    return None if seen_at is None else Sighting(vehicle, seen_at, max(0, now - seen_at))


def current_stop(
    vehicle: Vehicle, trip: RunTrip | None, schedule: FeedSchedule
) -> tuple[int | None, int | None]:
    """The stop a vehicle is at or going to (a row), and the position of that call in its run.

    `stop_id` gives the stop, `current_stop_sequence` the call. If they contradict each other, the
    stop is used, with the call at it or its station if there is only one. None: unknown.
    """
    stop = (
        None if vehicle.stop_id is None else schedule.timetable.stop_ids.index_of(vehicle.stop_id)
    )
    position = None if trip is None else _position_of(trip, vehicle.stop_sequence)
    if stop is None:
        return (None if trip is None or position is None else trip.stop(position)), position
    if trip is None:
        return stop, None
    station = schedule.listed_stop(stop)
    if position is not None and schedule.listed_stop(trip.stop(position)) == station:
        return stop, position
    there = [n for n in range(len(trip)) if schedule.listed_stop(trip.stop(n)) == station]
    return stop, there[0] if len(there) == 1 else None


def _position_of(trip: RunTrip, sequence: int | None) -> int | None:
    """The position of the first call with that stop_sequence; None if there is none."""
    if sequence is None:
        return None
    return next((n for n in range(len(trip)) if trip.sequence(n) == sequence), None)


def _find_run(vehicle: Vehicle, feed: FeedSnapshot) -> RunKey | None:
    if vehicle.trip is None:
        return None
    own = vehicle.own_timestamp(vehicle.published_at)
    return find_run_of_descriptor(
        feed, vehicle.trip, seen_at=vehicle.published_at if own is None else own
    )


def _newer(one: Sighting, other: Sighting) -> bool:
    """Whether `one` is preferred to another sighting of the same vehicle: it is later, or as late
    and of the address declared first."""
    return (one.seen_at, -one.vehicle.source) > (other.seen_at, -other.vehicle.source)
