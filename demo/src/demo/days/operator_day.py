"""One service day of one operator: the runs published at an instant, as they actually happen.

The fates of a day are drawn at its first use, the times of a run at the first use of the run.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Literal

from demo.days.added import extra_runs, replacement_bus_runs
from demo.days.drive import MAX_DELAY
from demo.days.fates import KNOWN_EARLY, Fate, Habits, draw_fates
from demo.days.happening import COACH_SLOWNESS, actual_run
from demo.days.truth import LONG_NOTICE, PUBLISHED_AFTER_END, USUAL_NOTICE, TrueRun
from demo.days.works import works_on
from demo.network.calendar import services_on
from demo.network.model import Operator

HABITS: Mapping[str, Habits] = {
    "sncf": Habits(cancelled=0.03, replaced=0.02, early=0.0, skips=0.02),
    "azalys": Habits(unlocated=0.1),
}
_ADDS: Mapping[str, Literal["new", "duplicated"]] = {"sncf": "new", "filibus": "duplicated"}
"""The operators that add runs in each slot of the day, and how."""

_CHANGES_PLATFORM = ("sncf",)
"""The operators whose runs can change platform."""


def platforms_of(operator: Operator) -> Mapping[str, Sequence[str]]:
    """By platform, all platforms of its station."""
    stations: dict[str, list[str]] = {}
    for stop in operator.stops:
        if stop.parent and stop.location_type == 0:
            stations.setdefault(stop.parent, []).append(stop.id)
    return {stop: there for there in stations.values() for stop in there}


class OperatorDay:
    """One service day of an operator that publishes real time."""

    def __init__(self, operator: Operator, day: date, *, seed: int) -> None:
        self.day = day
        self.works = works_on(operator, day)
        self._operator, self._seed = operator, seed
        running = services_on(operator, day)
        self._runs = sorted(
            (
                run
                for run in operator.runs
                if run.service in running and run.line.live and run.headway is None
            ),
            key=lambda run: run.start,
        )
        self._starts = [run.start for run in self._runs]
        # Longest time from the scheduled start of a run until it is no longer published.
        self._longest = MAX_DELAY + PUBLISHED_AFTER_END
        self._longest += int(max((r.end - r.start for r in self._runs), default=0) * COACH_SLOWNESS)
        self._fates = self._draw_fates()
        self._known_early = [
            index
            for index, (run, fate) in enumerate(zip(self._runs, self._fates, strict=True))
            if fate in KNOWN_EARLY or (self.works is not None and self.works.skipped(run))
        ]
        self._platforms = platforms_of(operator) if operator.id in _CHANGES_PLATFORM else {}
        self._true: dict[int, TrueRun] = {}
        self._added = tuple(self._draw_added())

    def published_at(self, seconds: float) -> Iterator[TrueRun]:
        """The runs that the operator publishes at that instant of the day, in no particular order.
        `seconds`: since the service day began."""
        first = bisect_left(self._starts, seconds - self._longest)
        last = bisect_right(self._starts, seconds + USUAL_NOTICE)
        for index in range(first, last):
            run = self._true_run(index)
            if run.is_published_at(seconds):
                yield run
        for index in self._known_early:
            if index >= last and self._starts[index] - LONG_NOTICE <= seconds:
                yield self._true_run(index)
        for run in self._added:
            if run.is_published_at(seconds):
                yield run

    def _draw_fates(self) -> list[Fate]:
        habits = HABITS.get(self._operator.id, Habits())
        found = draw_fates(self._runs, self.day, habits, seed=self._seed)
        if self.works is None:
            return found
        return [
            "cancelled" if self.works.closes(run) else fate
            for run, fate in zip(self._runs, found, strict=True)
        ]

    def _true_run(self, index: int) -> TrueRun:
        run = self._true.get(index)
        if run is None:
            run = self._true[index] = actual_run(
                self._runs[index],
                self._fates[index],
                self.day,
                self.works,
                self._platforms,
                seed=self._seed,
            )
        return run

    def _draw_added(self) -> Iterator[TrueRun]:
        if self.works is not None:
            yield from replacement_bus_runs(self.works, self.day, seed=self._seed)
        if self._operator.id in _ADDS:
            relationship = _ADDS[self._operator.id]
            yield from extra_runs(self._runs, self.day, relationship, seed=self._seed)
