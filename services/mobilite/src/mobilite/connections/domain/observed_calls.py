"""Observes the calls of a feed: what was forecast for each, and when it happened.

What happens is observed by `ObservedRun`. A prediction is judged once at each of the `HORIZONS`,
when its instant comes as near as that, and the timetable once. A call is judged when it happens:
what the operator corrects afterwards comes too late for travellers.
"""

from array import array
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from mobilite.connections.domain.connection import is_peak
from mobilite.connections.domain.forecast_errors import (
    ABSURD,
    ARRIVAL,
    DEPARTURE,
    HORIZONS,
    SCHEDULED,
    CallError,
    Line,
    ObservedCall,
)
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.realtime.domain.observed_run import FRESH, ObservedRun
from mobilite.realtime.domain.propagation import PREDICTED, ResolvedCalls
from mobilite.realtime.domain.run import Run
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.timetable.domain.feed_schedule import FeedSchedule

_RANGES: Final = tuple(enumerate(pairwise((0, *HORIZONS))))
"""Each category with the seconds ahead at which a prediction is still taken for it, if none was
observed sooner: more than those of the category before."""
_NONE: Final = -1
"""Stands for a forecast that was not made."""


class CallObserver:
    """Observes the calls of one feed by one timetable, from its snapshots one after the other."""

    def __init__(self, schedule: FeedSchedule) -> None:
        self.schedule = schedule
        self.absurd = 0
        """Calls left out because an error is too large to be one."""
        self._runs: dict[RunKey, _JudgedRun] = {}

    def observe(self, feed: FeedSnapshot, now: int) -> list[ObservedCall]:
        """The calls that have happened since the snapshot before. `feed`: of the same timetable;
        `now`: POSIX seconds."""
        oldest, calls = now - FRESH, list[ObservedCall]()
        for key, run in feed.runs.items():
            if run.hidden or run.without_update or feed.updated_at(run) < oldest:
                continue
            known = self._runs.get(key)
            if known is None or known.observed.size != len(run.arrivals):
                self._runs[key] = _JudgedRun(run, now, self.schedule)
            else:
                self._add(calls, known, known.advance(run, now))
        for key in self._runs.keys() - feed.runs.keys():
            ended = self._runs.pop(key)
            self._add(calls, ended, ended.end())
        return calls

    def _add(self, calls: list[ObservedCall], run: "_JudgedRun", positions: list[int]) -> None:
        """Add the calls of a run that have happened, and forget what was forecast for them."""
        timetable, line = self.schedule.timetable, _line(run.observed.run, self.schedule)
        for position in positions:
            errors = tuple(run.errors(position))
            if any(abs(error.seconds) >= ABSURD for error in errors):
                self.absurd += 1
            elif errors and line.route_id:
                zone = timetable.local_zone(run.observed.run.stop(position))
                peak = is_peak(run.observed.run.departures[position], zone)
                calls.append(ObservedCall(line, peak, errors))


class _JudgedRun:
    """What was forecast for the calls of one run. Times are POSIX seconds."""

    __slots__ = ("_due", "_forecasts", "_judged", "_reached", "observed")

    def __init__(self, run: Run, now: int, schedule: FeedSchedule) -> None:
        """Calls that are past at first sight are not judged."""
        self.observed = ObservedRun(run, now, schedule)
        first, size = self.observed.first, self.observed.size
        self._judged = set(range(first))
        self._reached = [first for _ in HORIZONS]
        self._forecasts = [array("q", [_NONE]) * (2 * size) for _ in HORIZONS]
        """By category, the instants forecast: arrival and departure of each call. `_NONE`: none."""
        self._due = self._forecast(run.calls, now)

    def advance(self, run: Run, now: int) -> list[int]:
        """The positions of the calls that have happened for the first time; what is forecast now
        is remembered."""
        is_due = run.calls is not self.observed.run.calls or self._due <= now
        positions = self._first_time(self.observed.advance(run, now))
        if is_due:
            self._due = self._forecast(run.calls, now)
        return positions

    def end(self) -> list[int]:
        """The positions of the calls that happened just before the update was withdrawn."""
        return self._first_time(self.observed.end())

    def _first_time(self, positions: list[int]) -> list[int]:
        found = [each for each in positions if each not in self._judged]
        self._judged.update(found)
        return found

    def errors(self, position: int) -> Iterator[CallError]:
        """The errors of what was forecast for a call that has happened."""
        run, happened = self.observed.run, self.observed.happened[position]
        planned = run.trip.planned(position) and not run.trip.outside_timetable
        times = zip((run.arrivals, run.departures), happened, strict=True)
        for event, (scheduled, instant) in zip((ARRIVAL, DEPARTURE), times, strict=True):
            # Nobody alights at the first call, or boards at the last one.
            if position == (0 if event == ARRIVAL else self.observed.size - 1):
                continue
            for category, forecasts in enumerate(self._forecasts):
                forecast = forecasts[2 * position + event]
                if forecast != _NONE:
                    yield CallError(event, category, instant - forecast)
            if planned:
                yield CallError(event, SCHEDULED, instant - scheduled[position])

    def _forecast(self, calls: ResolvedCalls, now: int) -> int:
        """Remember what is forecast for the calls that come near; when to do so again."""
        due, size = now + HORIZONS[-1], self.observed.size
        for category, (nearest, farthest) in _RANGES:
            position = self._reached[category]
            while position < size and calls.arrivals[position] - now <= farthest:
                known = calls.states[position] == PREDICTED
                if known and calls.arrivals[position] - now > nearest:
                    self._forecasts[category][2 * position] = calls.arrivals[position]
                    self._forecasts[category][2 * position + 1] = calls.departures[position]
                position += 1
            self._reached[category] = position
            if position < size:
                due = min(due, calls.arrivals[position] - farthest)
        return due


def _line(run: Run, schedule: FeedSchedule) -> Line:
    """The line of a run; its route is "" if unknown."""
    return Line(schedule.timetable.feed_id, run.trip.route_id, run.trip.direction)
