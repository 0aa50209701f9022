"""Observes one run through its updates: which of its calls have happened, and when.

What happens is what the operator published last: the prediction that stands when its own instant
passes, from an address that answers, or the time that it publishes for that call afterwards. So an
operator that never corrects a prediction is believed.

A call that has happened changes only by an update of that very call: the delay of another call,
which GTFS-Realtime applies to those after it, says nothing about the past. Calls that are past at
first sight have happened only if the update is about them too.

A call has not happened where its prediction was dropped long before its instant, its address was
silent, or it was cancelled or skipped.
"""

from typing import Final, NamedTuple

from mobilite.realtime.domain.propagation import PREDICTED, UNKNOWN, ResolvedCalls
from mobilite.realtime.domain.run import Run
from mobilite.timetable.domain.feed_schedule import FeedSchedule

FRESH: Final = 120
"""Seconds for which the last prediction of an address that answers is what happens."""
_NEVER: Final = 2**62


class CallTimes(NamedTuple):
    """When a call happened, in POSIX seconds."""

    arrival: int
    departure: int


class ObservedRun:
    """The calls of one run. `advance` and `end` return the positions of the calls that have changed
    since: they happened, their times were corrected, or they are ahead again."""

    __slots__ = ("_due", "_past", "_schedule", "first", "happened", "run", "seen", "size")

    def __init__(self, run: Run, now: int, schedule: FeedSchedule) -> None:
        """`now`: POSIX seconds. `schedule`: of the timetable of the run."""
        self.run, self.seen, self.size = run, now, len(run.arrivals)
        self._schedule, self._due = schedule, now
        self.first = sum(departure <= now for departure in run.calls.departures)
        """The position of the first call that was not past at first sight."""
        self._past = set(range(self.first))
        self.happened: dict[int, CallTimes] = {}
        """The calls that have happened, by position."""

    def advance(self, run: Run, now: int) -> list[int]:
        """Observe the run at `now`. `run`: with as many calls."""
        changed = list[int]()
        if run.calls is not self.run.calls or self._due <= now:
            changed = self._compare(run, self.run.calls, now)
        self.run, self.seen = run, now
        return changed

    def end(self) -> list[int]:
        """The update was withdrawn, or the run has other calls."""
        calls = self.run.calls
        return [position for position in range(self.size) if self._drop(calls, position)]

    def _compare(self, run: Run, before: ResolvedCalls, now: int) -> list[int]:
        calls, changed, published = run.calls, list[int](), None
        self._due = _NEVER
        for position, state in enumerate(calls.states):
            if state == PREDICTED:
                times = CallTimes(calls.arrivals[position], calls.departures[position])
                if position in self._past:
                    if times == self.happened.get(position):
                        continue
                    if published is None:
                        published = published_calls(run, self._schedule)
                    if position not in published:
                        continue
                if times.departure <= now:
                    self._happen(position, times)
                    changed.append(position)
                else:
                    self._due = min(self._due, times.departure)
                    self._past.discard(position)
                    if self.happened.pop(position, None) is not None:
                        changed.append(position)
            elif state == UNKNOWN and self._drop(before, position):
                changed.append(position)
        return changed

    def _drop(self, before: ResolvedCalls, position: int) -> bool:
        """A call has no prediction any more: it has happened if the last one was for about then.
        Returns whether it has happened so."""
        if position in self._past or before.states[position] != PREDICTED:
            return False
        if before.departures[position] > self.seen + FRESH:
            return False
        self._happen(position, CallTimes(before.arrivals[position], before.departures[position]))
        return True

    def _happen(self, position: int, times: CallTimes) -> None:
        self._past.add(position)
        self.happened[position] = times


def published_calls(run: Run, schedule: FeedSchedule) -> frozenset[int]:
    """The positions of the calls that the update of a run has times for."""
    sequences, stops = set[int](), set[str]()
    for update in run.update.stop_updates:
        if update.arrival is None and update.departure is None:
            continue
        if update.stop_sequence is not None:
            sequences.add(update.stop_sequence)
        elif update.stop_id is not None:
            stops.add(update.stop_id)
    trip = run.trip
    return frozenset(
        position
        for position in range(len(trip))
        if trip.sequence(position) in sequences
        or (stops and schedule.stop_id(run.stop(position)) in stops)
    )
