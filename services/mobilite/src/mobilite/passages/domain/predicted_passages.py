"""The passages of a feed by its predictions: what happened last counts (`ObservedRun`).

A passage is reported when its state or its times change. Those of a run of which nothing is known
are not: the archive takes them from the timetable.
"""

from collections.abc import Iterator
from typing import Final

from mobilite.passages.domain.forecast_samples import ForecastSamples, SampleTimes
from mobilite.passages.domain.passage import NO_FORECASTS, NOT_MADE, Forecasts, Passage, State
from mobilite.passages.domain.planned_calls import PlannedCalls
from mobilite.realtime.domain.feed_snapshot import FeedSnapshot
from mobilite.realtime.domain.observed_run import FRESH, ObservedRun
from mobilite.realtime.domain.propagation import CANCELLED, PREDICTED, SKIPPED
from mobilite.realtime.domain.run import Run
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.timetable.domain.feed_schedule import FeedSchedule

_LOST: Final = bytes([SKIPPED, CANCELLED])


class PredictedPassages:
    """Observes the runs of one feed by one timetable."""

    def __init__(self, schedule: FeedSchedule) -> None:
        self.schedule = schedule
        self._runs: dict[RunKey, _PredictedRun] = {}
        self._samples = SampleTimes()

    def __len__(self) -> int:
        """The number of runs observed now."""
        return len(self._runs)

    def observe(self, feed: FeedSnapshot, now: int) -> list[Passage]:
        """The passages that have changed since the snapshot before. `feed`: of the same timetable;
        `now`: POSIX seconds."""
        found, oldest = list[Passage](), now - FRESH
        sample = self._samples.add(now) if self._samples.is_due(now) else None
        # No operator predicts the others.
        runs = {key: run for key, run in feed.runs.items() if not feed.is_estimated(run)}
        for key, run in runs.items():
            fresh = run.without_update or feed.updated_at(run) >= oldest
            known = self._runs.get(key)
            if fresh and (known is None or known.observed.size != len(run.arrivals)):
                if known is not None:
                    found += known.end(self._samples)
                known = self._runs[key] = _PredictedRun(run, now, self.schedule)
            if known is None:
                continue
            if sample is not None:
                known.samples.add(sample, run.calls if fresh else None)
            if fresh:
                found += known.advance(run, now, self._samples)
        for key in self._runs.keys() - runs.keys():
            found += self._runs.pop(key).end(self._samples)
        return found

    def forecasts(self, key: RunKey, position: int, instant: int) -> Forecasts:
        """What was forecast for a call of a run before an instant."""
        run = self._runs.get(key)
        if run is None or position >= run.observed.size:
            return NO_FORECASTS
        return run.samples.before(position, instant, self._samples)


class _PredictedRun:
    __slots__ = ("_known_at", "_planned", "_run", "_states", "observed", "samples")

    def __init__(self, run: Run, now: int, schedule: FeedSchedule) -> None:
        self.observed = ObservedRun(run, now, schedule)
        self.samples = ForecastSamples(run.departures[0], len(run.arrivals))
        self._planned = PlannedCalls(schedule, run.key, run.trip, run)
        self._run: Run | None = None
        self._known_at: dict[int, int] = {}
        """By planned call that is not made, when that was first known."""
        self._states: list[State] = ["not_observed"] * len(self._planned)
        """By planned call, the state reported last."""

    def advance(self, run: Run, now: int, times: SampleTimes) -> list[Passage]:
        """The passages that have changed."""
        positions = self.observed.advance(run, now)
        found = [] if run.hidden else [self._happened(each, times) for each in positions]
        if run is not self._run:
            found += self._not_made(run, now)
            self._run = run
        return [each for each in found if each is not None]

    def end(self, times: SampleTimes) -> list[Passage]:
        """The passages that have changed as the update was withdrawn."""
        found = [self._happened(position, times) for position in self.observed.end()]
        return [each for each in found if each is not None]

    def _happened(self, position: int, times: SampleTimes) -> Passage | None:
        """A call that has happened, or not after all."""
        place = self._planned.places[position]
        if place < 0:
            return None
        happened = self.observed.happened.get(position)
        self._known_at.pop(place, None)
        if happened is None:
            self._states[place] = "not_observed"
            return self._passage(place)
        self._states[place] = "observed" if self.observed.run.key.trip >= 0 else "added"
        instant = happened.arrival if position else happened.departure
        return self._passage(place)._replace(
            observed_arrival=happened.arrival,
            observed_departure=happened.departure,
            forecasts=self.samples.before(position, instant, times),
        )

    def _not_made(self, run: Run, now: int) -> Iterator[Passage]:
        """The planned calls that the run does not make any more, or makes again."""
        if run.key.trip < 0:
            return  # Not planned: nobody misses it.
        lost = self._lost_calls(run)
        if not lost and not self._known_at:
            return
        measured = run.update.measured_at
        known_at = now if measured is None else min(now, measured)
        found = {place: state for place, state in lost.items() if self._states[place] != "observed"}
        for position, place in enumerate(self._planned.places):
            known = self._states[place] if place >= 0 else "observed"
            # An operator drops a skipped call once it is past: it stays skipped.
            ahead = known == "cancelled" or run.calls.states[position] == PREDICTED
            if known in NOT_MADE and place not in lost and ahead:
                found[place] = "not_observed"
        for place, state in found.items():
            if state == "not_observed":
                self._known_at.pop(place, None)
            else:
                self._known_at.setdefault(place, known_at)
            if self._states[place] != state:
                self._states[place] = state
                first = self._known_at.get(place)
                yield self._passage(place)._replace(cancelled_known_at=first)

    def _lost_calls(self, run: Run) -> dict[int, State]:
        """The planned calls that the run does not make."""
        if run.hidden:
            return dict.fromkeys(range(len(self._planned)), "cancelled")
        ended: State = "cancelled" if run.left_out_state == "cancelled" else "skipped"
        lost = dict.fromkeys(run.left_out, ended)
        if any(code in run.calls.states for code in _LOST):
            for place, code in zip(self._planned.places, run.calls.states, strict=True):
                if code in _LOST and place >= 0:
                    lost[place] = "skipped" if code == SKIPPED else "cancelled"
        return lost

    def _passage(self, place: int) -> Passage:
        planned = self._planned
        return Passage(
            planned.info,
            place,
            planned.stop_ids[place],
            self._states[place],
            "predictions",
            planned.arrivals[place],
            planned.departures[place],
        )
