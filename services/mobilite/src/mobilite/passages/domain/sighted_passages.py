"""The passages of a feed by the positions of its vehicles.

A vehicle reports the call it is at (STOPPED_AT) or going to. A call is between two reports: it has
arrived between the last one before and the first one at the stop or beyond it. Instants are
spread evenly between both: one is in the middle. The error is less than the time between them.
Where that is longer than `LONGEST`, nothing is observed; so it is of a vehicle that goes back, or
reports no stop.
"""

from collections.abc import Iterator
from typing import Final

from mobilite.passages.domain.passage import Forecasts, Passage
from mobilite.passages.domain.planned_calls import PlannedCalls
from mobilite.passages.domain.predicted_passages import PredictedPassages
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.realtime.domain.run_calls import get_run_trip
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.timetable.domain.feed_schedule import FeedSchedule
from mobilite.vehicles.domain.fleet import Fleet, current_stop, find_sighting

LONGEST: Final = 90
"""Seconds between two reports of a vehicle, at most."""
_FORGOTTEN: Final = 1800
"""Seconds without a report after which a run is not observed any more."""


class SightedPassages:
    """Observes the vehicles of one feed by one timetable."""

    def __init__(self, schedule: FeedSchedule, predicted: PredictedPassages) -> None:
        """`predicted`: knows what was forecast for the same runs."""
        self._schedule, self._predicted = schedule, predicted
        self._runs: dict[RunKey, _SightedRun] = {}

    def observe(self, feed: FeedSnapshot, fleet: Fleet, now: int) -> list[Passage]:
        """The passages that have happened since the state before. `feed`: of the same timetable;
        `now`: POSIX seconds."""
        found = list[Passage]()
        for vehicle in fleet.vehicles.values():
            seen, key = find_sighting(vehicle, feed, now=now), fleet.run_of(vehicle, feed)
            if seen is None or key is None or seen.age > _FORGOTTEN:
                continue
            run = self._runs.get(key)
            if run is not None and seen.seen_at <= run.seen_at:
                continue
            trip = get_run_trip(feed, key)
            _, position = current_stop(vehicle, trip, self._schedule)
            if position is None:
                continue
            # Odd: on the way to a call. Even: at it.
            progress = 2 * position - (vehicle.status != "STOPPED_AT")
            if run is None or run.calls != len(trip):
                planned = PlannedCalls(self._schedule, key, trip, feed.runs.get(key))
                self._runs[key] = _SightedRun(planned, len(trip), seen.seen_at, progress)
                continue
            for at, arrival, departure in run.advance(seen.seen_at, progress):
                instant = arrival if arrival is not None and at else departure
                forecasts = self._predicted.forecasts(key, at, instant)
                found += run.passage(at, arrival, departure, forecasts)
        for key in [key for key, run in self._runs.items() if run.seen_at < now - _FORGOTTEN]:
            del self._runs[key]
        return found


class _SightedRun:
    __slots__ = ("_arrivals", "_planned", "_progress", "calls", "seen_at")

    def __init__(self, planned: PlannedCalls, calls: int, seen_at: int, progress: int) -> None:
        self._planned, self.calls = planned, calls
        self.seen_at, self._progress = seen_at, progress
        self._arrivals: dict[int, int] = {}

    def advance(self, seen_at: int, progress: int) -> Iterator[tuple[int, int | None, int]]:
        """The calls that the vehicle has left, or ends at: position, arrival (None: not observed)
        and departure."""
        before, since, last = self._progress, self.seen_at, self.calls - 1
        self._progress, self.seen_at = progress, seen_at
        if progress < before or seen_at - since > LONGEST:
            self._arrivals.clear()
            return
        # Each step is an arrival (from odd to even) or a departure.
        steps = progress - before
        for step in range(steps):
            instant = round(since + (seen_at - since) * (step + 0.5) / steps)
            position, leaves = divmod(before + step + 1, 2)
            if not leaves:
                self._arrivals[position] = instant
                if position == last:
                    yield position, instant, instant
            elif position <= last:
                yield position, self._arrivals.pop(position, None), instant

    def passage(
        self, position: int, arrival: int | None, departure: int, forecasts: Forecasts
    ) -> Iterator[Passage]:
        """The passage of a call; none if the call stands for no planned one."""
        planned, place = self._planned, self._planned.places[position]
        if place >= 0:
            yield Passage(
                planned.info,
                place,
                planned.stop_ids[place],
                "added" if planned.departures[place] is None else "observed",
                "positions",
                planned.arrivals[place],
                planned.departures[place],
                arrival,
                departure,
                forecasts=forecasts,
            )
