"""Follows the vehicles of one feed along their runs: how late they are, and what is learned of it.

Only runs of the timetable are followed. A call is reached when its vehicle is there or further: of
a vehicle seen before it and after it, the instant is that of an even advance in between.
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from mobilite.connections.domain.connection import is_peak
from mobilite.connections.domain.forecast_errors import Line
from mobilite.estimates.domain.delay_model import FARTHEST, HORIZONS, DelayModel, category_of
from mobilite.estimates.domain.run_path import TripWay, lateness, planned_at, trip_way
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.realtime.domain.run_calls import get_run_trip
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.realtime.domain.run_trip import TimetableTrip
from mobilite.timetable.domain.feed_schedule import FeedSchedule
from mobilite.vehicles.domain.fleet import Fleet, Sighting, current_stop

FRESH: Final = 120
"""Seconds after which the place of a vehicle says nothing about its delay any more."""
_FORGOTTEN: Final = 1800
"""Seconds without a sighting after which a run is no longer followed."""
_BACK: Final = 30.0
"""Metres by which a place may lie behind the one before: that is the error of a receiver."""
_FASTEST: Final = 50.0
"""Metres a second: no vehicle advances faster."""
_CACHED_WAYS: Final = 4096
_NONE: Final = -(2**31)
"""Stands for a delay that was not recorded."""


class EstimatedCall(NamedTuple):
    """A call ahead of a vehicle; times are POSIX seconds."""

    position: int
    sequence: int
    arrival: int
    departure: int
    error: int
    """Mean absolute error of such estimates, in seconds."""


@dataclass(frozen=True, slots=True)
class EstimatedRun:
    """The calls ahead of one vehicle, as far as the estimate is better than the last delay."""

    key: RunKey
    trip: TimetableTrip
    seen_at: int
    """When the vehicle was there, POSIX seconds."""
    delay: int
    """Its delay there, in seconds."""
    calls: tuple[EstimatedCall, ...]
    open_end: int | None
    """The stop_sequence of the first call of which nothing is estimated; None if there is none."""


class FollowedVehicles:
    """The vehicles of one feed by one timetable; they teach `model`."""

    def __init__(self, schedule: FeedSchedule, model: DelayModel) -> None:
        self.schedule, self.model = schedule, model
        self.off_way = 0
        """Sightings that were not near the way of their run."""
        self._runs: dict[RunKey, _FollowedRun] = {}
        self._way = lru_cache(_CACHED_WAYS)(self._way_of)

    def observe(self, feed: FeedSnapshot, fleet: Fleet, now: int) -> None:
        """Take the places of all vehicles. `feed`: of the same timetable; `now`: POSIX seconds."""
        for seen in fleet.visible(feed, now=now):
            key = fleet.run_of(seen.vehicle, feed)
            if key is None:
                continue
            trip = get_run_trip(feed, key)
            if isinstance(trip, TimetableTrip):
                self._see(key, trip, seen)
        forgotten = [key for key, run in self._runs.items() if run.seen_at < now - _FORGOTTEN]
        for key in forgotten:
            del self._runs[key]

    def estimates(self, now: int) -> Iterator[EstimatedRun]:
        """The runs whose vehicle was seen recently and of whose calls something is estimated."""
        for key, run in self._runs.items():
            if run.seen_at >= now - FRESH:
                estimated = run.estimate(key, self.model)
                if estimated.calls:
                    yield estimated

    def _see(self, key: RunKey, trip: TimetableTrip, seen: Sighting) -> None:
        run = self._runs.get(key)
        if run is None:
            way = self._way(trip.row)
            if way is None:
                return
            run = self._runs[key] = _FollowedRun(self.schedule, key, trip, way)
        elif seen.seen_at <= run.seen_at:
            return
        metres = self._metres(run, seen)
        if metres is None:
            self.off_way += 1
            return
        for position, instant in run.advance(metres, seen.seen_at):
            for ahead, delay in run.forecasts(position):
                then = instant - run.arrivals[position]
                self.model.observe(run.line, peak=run.peak, ahead=ahead, delay=delay, then=then)

    def _metres(self, run: "_FollowedRun", seen: Sighting) -> float | None:
        """How far along its way a vehicle is; None if it is not near it."""
        vehicle, calls = seen.vehicle, run.way.calls
        place = vehicle.place
        assert place is not None  # of every visible vehicle
        _, position = current_stop(vehicle, run.trip, self.schedule)
        if position is not None and vehicle.status == "STOPPED_AT":
            return max(float(calls[position]), run.metres)
        first, last = max(0.0, run.metres - _BACK), float(calls[-1])
        if run.seen_at:
            last = min(last, run.metres + _FASTEST * (seen.seen_at - run.seen_at) + _BACK)
        if position is not None:
            first = max(first, float(calls[max(0, position - 1)]))
            last = min(last, float(calls[position]))
        if first > last:  # its stop contradicts its place
            return None
        metres = run.way.locate(place.lat, place.lon, first, last)
        return None if metres is None else max(metres, run.metres)

    def _way_of(self, row: int) -> TripWay | None:
        timetable = self.schedule.timetable
        calls = slice(int(timetable.trip_first[row]), int(timetable.trip_first[row + 1]))
        stops = timetable.call_stop[calls].tolist()
        return trip_way(timetable, int(timetable.trip_shape[row]), stops)


class _FollowedRun:
    """One run with its vehicle. Times are POSIX seconds."""

    __slots__ = (
        "_delays",
        "_next",
        "_planned",
        "_reached",
        "arrivals",
        "delay",
        "departures",
        "line",
        "metres",
        "peak",
        "seen_at",
        "trip",
        "way",
    )

    def __init__(
        self, schedule: FeedSchedule, key: RunKey, trip: TimetableTrip, way: TripWay
    ) -> None:
        planned = schedule.run_calls(key.trip, key.day)
        self.trip, self.way = trip, way
        self.arrivals = tuple(map(int, planned.arrivals))
        self.departures = tuple(map(int, planned.departures))
        self.line = Line(schedule.timetable.feed_id, trip.route_id, trip.direction)
        self.peak = is_peak(self.departures[0], schedule.timetable.local_zone(trip.stop(0)))
        self.metres, self.seen_at, self.delay = 0.0, 0, 0
        self._planned = self.departures[0]
        """When the timetable expects the vehicle where it is."""
        self._next = 1
        """The first call not reached; nobody arrives at the first one."""
        self._delays = [array("l", [_NONE]) * len(self.arrivals) for _ in HORIZONS]
        """By category, the delay when the call came so near."""
        self._reached = [1 for _ in HORIZONS]

    def advance(self, metres: float, at: int) -> list[tuple[int, int]]:
        """The vehicle is there at that instant. The calls reached since before, each with when."""
        before, since = self.metres, self.seen_at
        self.metres, self.seen_at = metres, at
        first, self._planned = planned_at(self.way, self.arrivals, self.departures, metres)
        delay = lateness(first, self._planned, at)
        # At its first stop a vehicle waits for its departure.
        self.delay = max(0, delay) if metres <= self.way.calls[0] + _BACK else delay
        reached = []
        while self._next < len(self.arrivals) and self.way.calls[self._next] <= metres:
            # Calls that are past at first sight are not observed.
            if since:
                part = (self.way.calls[self._next] - before) / max(metres - before, 1e-9)
                reached.append((self._next, round(since + part * (at - since))))
            self._next += 1
        self._record()
        return reached

    def forecasts(self, position: int) -> Iterator[tuple[int, int]]:
        """How long ahead by the timetable each delay was recorded for a call, and that delay."""
        for category, delays in enumerate(self._delays):
            if delays[position] != _NONE:
                yield HORIZONS[category], delays[position]

    def estimate(self, key: RunKey, model: DelayModel) -> EstimatedRun:
        """The calls ahead, up to the first of which the estimate is no better."""
        calls, open_end, latest = list[EstimatedCall](), None, self.seen_at
        for position in range(self._next, len(self.arrivals)):
            ahead = self.arrivals[position] - self._planned
            if not model.is_better(ahead):
                open_end = self.trip.sequence(position)
                break
            delay = model.estimate(self.line, peak=self.peak, ahead=ahead, delay=self.delay)
            arrival = max(self.arrivals[position] + delay, latest)
            latest = max(self.departures[position] + delay, arrival)
            error = round(model.error(category_of(ahead)).learned)
            calls.append(
                EstimatedCall(position, self.trip.sequence(position), arrival, latest, error)
            )
        return EstimatedRun(key, self.trip, self.seen_at, self.delay, tuple(calls), open_end)

    def _record(self) -> None:
        """Remember the delay for the calls that have come near."""
        for category, farthest in enumerate((*HORIZONS[1:], FARTHEST)):
            position = max(self._reached[category], self._next)
            while position < len(self.arrivals):
                ahead = self.arrivals[position] - self._planned
                if ahead >= farthest:
                    break
                if ahead >= HORIZONS[category]:
                    self._delays[category][position] = self.delay
                position += 1
            self._reached[category] = position
