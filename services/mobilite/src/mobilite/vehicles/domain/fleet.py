"""The vehicles of one feed at one instant: last position and run served.

A `Fleet` is immutable. It holds the records of each address. `visible` selects, at an instant, the
vehicles to show: a vehicle reported by two addresses appears once, at its latest position; one
without a recent position is not shown.
https://gtfs.org/documentation/realtime/reference/#message-vehicleposition
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

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
"""Older positions are not shown: readers take a vehicle on a map to be there."""
_AHEAD: Final = 60
"""Seconds by which a vehicle's clock may be ahead of ours."""


@dataclass(frozen=True, slots=True)
class Place:
    """WGS 84 degrees; degrees clockwise from north; metres a second."""

    lat: float
    lon: float
    bearing: float | None = None
    speed: float | None = None


@dataclass(frozen=True, slots=True)
class Vehicle:
    """One vehicle as reported by one address, ids local to the feed."""

    key: str
    """The record key."""
    source: int
    name: str
    """Its name among the vehicles of its address."""
    named_itself: bool
    """Whether `name` is its id, label, plate or run, and so identifies it among the vehicles of
    the feed's other addresses too."""
    published_at: int
    """When its record was written, POSIX seconds."""
    place: Place | None = None
    trip: TripDescriptor | None = None
    """The reported run."""
    measured_at: int | None = None
    """The vehicle's own timestamp, POSIX seconds."""
    label: str | None = None
    stop_id: str | None = None
    stop_sequence: int | None = None
    status: Status = "IN_TRANSIT_TO"
    occupancy: Occupancy | None = None
    occupancy_percentage: int | None = None

    @property
    def id(self) -> str:
        """Its id within the feed."""
        return self.name if self.named_itself else f"{self.source}:{self.name}"


@dataclass(frozen=True, slots=True)
class Sighting:
    """A vehicle to show: `seen_at` in POSIX seconds, `age` in seconds."""

    vehicle: Vehicle
    seen_at: int
    age: int

    @property
    def stale(self) -> bool:
        """Whether it has certainly moved on: a bus travels half a kilometre in this time."""
        return self.age > LIVE_SECONDS


@dataclass(frozen=True, slots=True)
class Fleet:
    """The vehicles of one feed by record key, and the run each was matched to when received."""

    vehicles: Mapping[str, Vehicle] = field(default_factory=dict)
    runs: Mapping[str, RunKey] = field(default_factory=dict)

    def with_vehicles(self, changes: Mapping[str, Vehicle | None], feed: FeedSnapshot) -> "Fleet":
        """The fleet after those records; None for a withdrawn one."""
        vehicles, runs = {**self.vehicles}, {**self.runs}
        for key, vehicle in changes.items():
            runs.pop(key, None)
            if vehicle is None:
                vehicles.pop(key, None)
                continue
            vehicles[key] = vehicle
            run = _served(vehicle, feed)
            if run is not None:
                runs[key] = run
        return Fleet(vehicles, runs)

    def with_feed(self, feed: FeedSnapshot) -> "Fleet":
        """The same vehicles matched to another timetable."""
        return Fleet().with_vehicles(self.vehicles, feed)

    def in_place_of(self, current: "Fleet", feed: FeedSnapshot) -> "Fleet":
        """This fleet, computed in a thread, with the later changes of `current`."""
        gone = dict.fromkeys(self.vehicles.keys() - current.vehicles.keys())
        latest = {
            key: vehicle
            for key, vehicle in current.vehicles.items()
            if self.vehicles.get(key) is not vehicle
        }
        return self.with_vehicles({**gone, **latest}, feed) if gone or latest else self

    def run_of(self, vehicle: Vehicle, feed: FeedSnapshot) -> RunKey | None:
        """The run it serves; None if it reports none that is known."""
        run = self.runs.get(vehicle.key)
        # The update of a run outside the timetable may arrive after the vehicle's record, and be
        # withdrawn before it.
        if run is None or (run.trip < 0 and run not in feed.runs):
            return _served(vehicle, feed)
        return run

    def visible(self, feed: FeedSnapshot, *, now: int) -> list[Sighting]:
        """The vehicles to show at an instant, in POSIX seconds, by id."""
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
    """The vehicles of one address, by run and by position."""

    matched: int = 0
    unmatched: int = 0
    """They report an unknown run."""
    without_run: int = 0
    """They report none."""
    unplaced: int = 0
    """They have no position."""
    lost: int = 0
    """Their position is too old to show."""


def count_vehicles(fleet: Fleet, feed: FeedSnapshot, *, now: int) -> dict[int, VehicleCounts]:
    """The tally of each address that reports vehicles, by its index."""
    counts: dict[int, Counter[str]] = {}
    for vehicle in fleet.vehicles.values():
        count = counts.setdefault(vehicle.source, Counter())
        named = vehicle.trip is not None and (vehicle.trip.trip_id or vehicle.trip.start_time)
        if fleet.run_of(vehicle, feed) is not None:
            count["matched"] += 1
        else:
            count["unmatched" if named else "without_run"] += 1
        seen = find_sighting(vehicle, feed, now=now)
        if vehicle.place is None:
            count["unplaced"] += 1
        elif seen is None or seen.age > MAX_AGE_SECONDS:
            count["lost"] += 1
    return {source: VehicleCounts(**count) for source, count in counts.items()}


def find_sighting(vehicle: Vehicle, feed: FeedSnapshot, *, now: int) -> Sighting | None:
    """When it was seen: by its own timestamp, else by its address's. None without either."""
    source = feed.sources.get(vehicle.source)
    seen_at = None if source is None else source.as_of
    if vehicle.measured_at is not None and vehicle.measured_at <= now + _AHEAD:
        seen_at = vehicle.measured_at
    return None if seen_at is None else Sighting(vehicle, seen_at, max(0, now - seen_at))


def current_stop(
    vehicle: Vehicle, trip: RunTrip | None, schedule: FeedSchedule
) -> tuple[int | None, int | None]:
    """The stop a vehicle is at or going to (a row), and the position of that call in its run.

    `stop_id` gives the stop, `current_stop_sequence` the call. If they disagree, the stop is right,
    and the call is the only one at that stop or station.
    """
    stop = (
        None if vehicle.stop_id is None else schedule.timetable.stop_ids.index_of(vehicle.stop_id)
    )
    place = None if trip is None else _numbered(trip, vehicle.stop_sequence)
    if stop is None:
        return (None if trip is None or place is None else trip.stop(place)), place
    if trip is None:
        return stop, None
    station = schedule.listed_stop(stop)
    if place is not None and schedule.listed_stop(trip.stop(place)) == station:
        return stop, place
    there = [at for at in range(len(trip)) if schedule.listed_stop(trip.stop(at)) == station]
    return stop, there[0] if len(there) == 1 else None


def _numbered(trip: RunTrip, sequence: int | None) -> int | None:
    """The first call with that stop_sequence."""
    if sequence is None:
        return None
    return next((place for place in range(len(trip)) if trip.sequence(place) == sequence), None)


def _served(vehicle: Vehicle, feed: FeedSnapshot) -> RunKey | None:
    if vehicle.trip is None:
        return None
    return find_run_of_descriptor(
        feed, vehicle.trip, seen_at=vehicle.measured_at or vehicle.published_at
    )


def _newer(one: Sighting, other: Sighting) -> bool:
    """Of two sightings of one vehicle: the latest, then that of the address declared first."""
    return (one.seen_at, -one.vehicle.source) > (other.seen_at, -other.vehicle.source)
