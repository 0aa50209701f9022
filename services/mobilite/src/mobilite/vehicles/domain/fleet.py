"""The vehicles of one feed at one instant: where each was last seen, and which run it serves.

A `Fleet` is immutable. It holds what each address says; `shown` judges, at an instant, what people
are told: two addresses that tell of one vehicle are one vehicle, seen where it was seen last, and
one not heard of for too long is not where it was any more.
https://gtfs.org/documentation/realtime/reference/#message-vehicleposition
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from mobilite.gtfs.domain.enumerations import Occupancy
from mobilite.gtfs.domain.freshness import LIVE_SECONDS
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.realtime.domain.run_calls import find_run_of
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.realtime.domain.run_trip import RunTrip
from mobilite.realtime.domain.trip_update import TripDescriptor
from mobilite.timetable.domain.feed_schedule import FeedSchedule

Status = Literal["INCOMING_AT", "STOPPED_AT", "IN_TRANSIT_TO"]

LOST_SECONDS: Final = 300
"""Past this age it is not told any more: a vehicle on a map is taken to be there."""
_AHEAD: Final = 60
"""Seconds by which the clock of a vehicle may be ahead of ours."""


@dataclass(frozen=True, slots=True)
class Place:
    """WGS 84 degrees; degrees clockwise from north; metres a second."""

    lat: float
    lon: float
    bearing: float | None = None
    speed: float | None = None


@dataclass(frozen=True, slots=True)
class Vehicle:
    """One vehicle as one address tells of it, its ids local to the feed.

    `key` is its record's. `name` tells it from the others of its address, and where it is its `own`
    (its id, label, plate or run), from those of the feed's other addresses too. `trip` is the run
    it says it serves. `measured_at` and `heard_at`, when its record was written, are POSIX seconds.
    """

    key: str
    source: int
    name: str
    own: bool
    heard_at: int
    place: Place | None = None
    trip: TripDescriptor | None = None
    measured_at: int | None = None
    label: str | None = None
    stop_id: str | None = None
    stop_sequence: int | None = None
    status: Status = "IN_TRANSIT_TO"
    occupancy: Occupancy | None = None
    occupancy_percentage: int | None = None

    @property
    def id(self) -> str:
        """What names it within the feed."""
        return self.name if self.own else f"{self.source}:{self.name}"


@dataclass(frozen=True, slots=True)
class Sighting:
    """A vehicle to be shown: `seen_at` in POSIX seconds, `age` in seconds."""

    vehicle: Vehicle
    seen_at: int
    age: int

    @property
    def stale(self) -> bool:
        """Whether it is surely elsewhere by now: a bus has gone half a kilometre."""
        return self.age > LIVE_SECONDS


@dataclass(frozen=True, slots=True)
class Fleet:
    """The vehicles of one feed, by record key, and the run each was found to serve when it was
    heard of."""

    vehicles: Mapping[str, Vehicle] = field(default_factory=dict)
    runs: Mapping[str, RunKey] = field(default_factory=dict)

    def with_vehicles(self, changes: Mapping[str, Vehicle | None], feed: FeedSnapshot) -> "Fleet":
        """The fleet after those records; None where one was withdrawn."""
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

    def beside(self, feed: FeedSnapshot) -> "Fleet":
        """The same vehicles beside another timetable."""
        return Fleet().with_vehicles(self.vehicles, feed)

    def in_place_of(self, current: "Fleet", feed: FeedSnapshot) -> "Fleet":
        """This fleet, read aside, with all that `current` has heard meanwhile."""
        gone = dict.fromkeys(self.vehicles.keys() - current.vehicles.keys())
        heard = {
            key: vehicle
            for key, vehicle in current.vehicles.items()
            if self.vehicles.get(key) is not vehicle
        }
        return self.with_vehicles({**gone, **heard}, feed) if gone or heard else self

    def run_of(self, vehicle: Vehicle, feed: FeedSnapshot) -> RunKey | None:
        """The run it serves; None where it names none that is known."""
        run = self.runs.get(vehicle.key)
        # The word on a run outside the timetable may come after the vehicle's, and go before it.
        if run is None or (run.trip < 0 and run not in feed.runs):
            return _served(vehicle, feed)
        return run

    def shown(self, feed: FeedSnapshot, *, now: int) -> list[Sighting]:
        """The vehicles to show at an instant, in POSIX seconds, by id."""
        best: dict[str, Sighting] = {}
        for vehicle in self.vehicles.values():
            seen = sighting(vehicle, feed, now=now)
            if seen is None or vehicle.place is None or seen.age > LOST_SECONDS:
                continue
            other = best.get(vehicle.id)
            if other is None or _newer(seen, other):
                best[vehicle.id] = seen
        return [best[name] for name in sorted(best)]


@dataclass(frozen=True, slots=True)
class VehicleTally:
    """What one address tells of vehicles. By their runs: `matched`, `unmatched` (they name one that
    is not known), `without_run` (they name none). By their places: `unplaced`, `lost` (seen too
    long ago to be shown)."""

    matched: int = 0
    unmatched: int = 0
    without_run: int = 0
    unplaced: int = 0
    lost: int = 0


def tally_vehicles(fleet: Fleet, feed: FeedSnapshot, *, now: int) -> dict[int, VehicleTally]:
    """The tally of each address that tells of a vehicle, by its index."""
    counts: dict[int, Counter[str]] = {}
    for vehicle in fleet.vehicles.values():
        count = counts.setdefault(vehicle.source, Counter())
        named = vehicle.trip is not None and (vehicle.trip.trip_id or vehicle.trip.start_time)
        if fleet.run_of(vehicle, feed) is not None:
            count["matched"] += 1
        else:
            count["unmatched" if named else "without_run"] += 1
        seen = sighting(vehicle, feed, now=now)
        if vehicle.place is None:
            count["unplaced"] += 1
        elif seen is None or seen.age > LOST_SECONDS:
            count["lost"] += 1
    return {source: VehicleTally(**count) for source, count in counts.items()}


def sighting(vehicle: Vehicle, feed: FeedSnapshot, *, now: int) -> Sighting | None:
    """When it was seen: by its own clock, else by its address's. None where neither says."""
    source = feed.sources.get(vehicle.source)
    seen_at = None if source is None else source.as_of
    if vehicle.measured_at is not None and vehicle.measured_at <= now + _AHEAD:
        seen_at = vehicle.measured_at
    return None if seen_at is None else Sighting(vehicle, seen_at, max(0, now - seen_at))


def stop_in_question(
    vehicle: Vehicle, trip: RunTrip | None, schedule: FeedSchedule
) -> tuple[int | None, int | None]:
    """The stop a vehicle is at or going to (a row), and the position of that call in its run.

    `stop_id` tells the stop, `current_stop_sequence` which of the calls there; where they disagree,
    the stop is right, and the call is the only one at that stop or station.
    """
    told = (
        None if vehicle.stop_id is None else schedule.timetable.stop_ids.index_of(vehicle.stop_id)
    )
    place = None if trip is None else _numbered(trip, vehicle.stop_sequence)
    if told is None:
        return (None if trip is None or place is None else trip.stop(place)), place
    if trip is None:
        return told, None
    station = schedule.listed_stop(told)
    if place is not None and schedule.listed_stop(trip.stop(place)) == station:
        return told, place
    there = [at for at in range(len(trip)) if schedule.listed_stop(trip.stop(at)) == station]
    return told, there[0] if len(there) == 1 else None


def _numbered(trip: RunTrip, sequence: int | None) -> int | None:
    """The first call of that stop_sequence."""
    if sequence is None:
        return None
    return next((place for place in range(len(trip)) if trip.sequence(place) == sequence), None)


def _served(vehicle: Vehicle, feed: FeedSnapshot) -> RunKey | None:
    if vehicle.trip is None:
        return None
    return find_run_of(feed, vehicle.trip, seen_at=vehicle.measured_at or vehicle.heard_at)


def _newer(one: Sighting, other: Sighting) -> bool:
    """Of two sightings of one vehicle: the latest, then that of the address declared first."""
    return (one.seen_at, -one.vehicle.source) > (other.seen_at, -other.vehicle.source)
