"""Observes the calls of a feed: what was forecast for each, and when it happened.

What happens is the operator's last prediction: that which stands when its own instant passes, from
an address that answers. So an operator that never corrects its predictions is believed. A
prediction is judged once at each of the `HORIZONS`, when its instant comes as near as that, and the
timetable once.

A call is not observed where its prediction was dropped long before its instant, its address was
silent, or it was cancelled or skipped.
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
from mobilite.realtime.domain.propagation import PREDICTED, UNKNOWN, ResolvedCalls
from mobilite.realtime.domain.run import Run
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.timetable.domain.feed_schedule import FeedSchedule

FRESH: Final = 120
"""Seconds for which the last prediction of an address that answers is what happens."""
_RANGES: Final = tuple(enumerate(pairwise((0, *HORIZONS))))
"""Each category with the seconds ahead at which a prediction is still taken for it, if none was
observed sooner: more than those of the category before."""
_PREDICTED: Final = bytes([PREDICTED])
_NONE: Final = -1
"""Stands for a forecast that was not made."""


class CallObserver:
    """Observes the calls of one feed by one timetable, from its snapshots one after the other."""

    def __init__(self, schedule: FeedSchedule) -> None:
        self.schedule = schedule
        self.absurd = 0
        """Calls left out because an error is too large to be one."""
        self._runs: dict[RunKey, _ObservedRun] = {}

    def observe(self, feed: FeedSnapshot, now: int) -> list[ObservedCall]:
        """The calls that have happened since the snapshot before. `feed`: of the same timetable;
        `now`: POSIX seconds."""
        oldest, calls = now - FRESH, list[ObservedCall]()
        for key, run in feed.runs.items():
            if run.hidden or run.without_update or feed.updated_at(run) < oldest:
                continue
            known = self._runs.get(key)
            if known is None or known.size != len(run.arrivals):
                self._runs[key] = _ObservedRun(run, now)
            else:
                self._add(calls, known, known.advance(run, now))
        for key in self._runs.keys() - feed.runs.keys():
            ended = self._runs.pop(key)
            self._add(calls, ended, ended.end())
        return calls

    def _add(self, calls: list[ObservedCall], run: "_ObservedRun", positions: list[int]) -> None:
        """Add the calls of a run that have happened, and forget what was forecast for them."""
        timetable, line = self.schedule.timetable, run.line(self.schedule)
        for position in positions:
            errors = tuple(run.errors(position))
            if any(abs(error.seconds) >= ABSURD for error in errors):
                self.absurd += 1
            elif errors and line.route_id:
                zone = timetable.local_zone(run.run.stop(position))
                peak = is_peak(run.run.departures[position], zone)
                calls.append(ObservedCall(line, peak, errors))


class _ObservedRun:
    """What was forecast for the calls of one run. Times are POSIX seconds."""

    __slots__ = ("_due", "_forecasts", "_happened", "_next", "_reached", "run", "seen", "size")

    def __init__(self, run: Run, now: int) -> None:
        """Calls that are past at first sight are not observed."""
        self.run, self.seen, self.size = run, now, len(run.arrivals)
        self._next = sum(departure <= now for departure in run.calls.departures)
        self._reached = [self._next for _ in HORIZONS]
        self._forecasts = [array("q", [_NONE]) * (2 * self.size) for _ in HORIZONS]
        """By category, the instants forecast: arrival and departure of each call. `_NONE`: none."""
        self._happened: dict[int, tuple[int, int]] = {}
        self._due = self._forecast(run.calls, now)

    def advance(self, run: Run, now: int) -> list[int]:
        """The positions of the calls that have happened since `seen`; what is forecast now is
        remembered."""
        calls, before = run.calls, self.run.calls
        self._happened.clear()
        if calls is not before or self._due <= now:
            self._pass_calls(calls, before, now)
            self.run, self._due = run, self._forecast(calls, now)
        self.run, self.seen = run, now
        return [*self._happened]

    def end(self) -> list[int]:
        """The positions of the calls that happened just before the update was withdrawn."""
        self._happened.clear()
        for position in range(self._next, self.size):
            self._drop(self.run.calls, position)
        return [*self._happened]

    def line(self, schedule: FeedSchedule) -> Line:
        """The line of the run; its route is "" if unknown."""
        trip = self.run.trip
        return Line(schedule.timetable.feed_id, trip.route_id, trip.direction)

    def errors(self, position: int) -> Iterator[CallError]:
        """The errors of what was forecast for a call that has happened."""
        run = self.run
        planned = run.trip.planned(position) and not run.trip.outside_timetable
        times = zip((run.arrivals, run.departures), self._happened[position], strict=True)
        for event, (scheduled, happened) in zip((ARRIVAL, DEPARTURE), times, strict=True):
            # Nobody alights at the first call, or boards at the last one.
            if position == (0 if event == ARRIVAL else self.size - 1):
                continue
            for category, forecasts in enumerate(self._forecasts):
                forecast = forecasts[2 * position + event]
                if forecast != _NONE:
                    yield CallError(event, category, happened - forecast)
            if planned:
                yield CallError(event, SCHEDULED, happened - scheduled[position])

    def _pass_calls(self, calls: ResolvedCalls, before: ResolvedCalls, now: int) -> None:
        """Go on to the first call that lies ahead at `now`."""
        while self._next < self.size:
            position = self._next
            if calls.states[position] == PREDICTED:
                if calls.departures[position] > now:
                    return
                self._happen(calls, position)
            else:
                if calls.states[position] == UNKNOWN:
                    self._drop(before, position)
                last = calls.states.find(_PREDICTED, position) < 0
                if last and position not in self._happened:
                    return
            self._next += 1

    def _drop(self, before: ResolvedCalls, position: int) -> None:
        """A call has no prediction any more: it has happened if the last one was for about then."""
        predicted = before.states[position] == PREDICTED
        if predicted and before.departures[position] <= self.seen + FRESH:
            self._happen(before, position)

    def _happen(self, calls: ResolvedCalls, position: int) -> None:
        self._happened[position] = calls.arrivals[position], calls.departures[position]

    def _forecast(self, calls: ResolvedCalls, now: int) -> int:
        """Remember what is forecast for the calls that come near; when to do so again."""
        due = calls.departures[self._next] if self._next < self.size else now + HORIZONS[-1]
        for category, (nearest, farthest) in _RANGES:
            position = max(self._reached[category], self._next)
            while position < self.size and calls.arrivals[position] - now <= farthest:
                known = calls.states[position] == PREDICTED
                if known and calls.arrivals[position] - now > nearest:
                    self._forecasts[category][2 * position] = calls.arrivals[position]
                    self._forecasts[category][2 * position + 1] = calls.departures[position]
                position += 1
            self._reached[category] = position
            if position < self.size:
                due = min(due, calls.arrivals[position] - farthest)
        return due
