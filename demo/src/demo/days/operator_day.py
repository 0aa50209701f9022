"""One day of one operator: every run of it as it truly happens, found quickly by the instant.

A day is planned when it is first asked for; what happens to a run is drawn when it is first met.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from demo.days.added import bus_runs, extra_runs
from demo.days.drive import LATEST
from demo.days.fates import KNOWN_LONG, Fate, Habits, fates
from demo.days.happening import COACH, happens
from demo.days.truth import FAREWELL, LONG_NOTICE, USUAL_NOTICE, ScheduleRelationship, TrueRun
from demo.days.works import works_on
from demo.network.calendar import services_on
from demo.network.model import Operator

HABITS: Mapping[str, Habits] = {
    "sncf": Habits(cancelled=0.03, replaced=0.02, early=0.0, skips=0.02),
    "azalys": Habits(unlocated=0.1),
}
_ADDS: Mapping[str, ScheduleRelationship] = {"sncf": "new", "filibus": "duplicated"}

_CHANGES_PLATFORM = ("sncf",)


def platforms_of(operator: Operator) -> Mapping[str, Sequence[str]]:
    """For each platform, those of its station."""
    stations: dict[str, list[str]] = {}
    for stop in operator.stops:
        if stop.parent and stop.location_type == 0:
            stations.setdefault(stop.parent, []).append(stop.id)
    return {stop: there for there in stations.values() for stop in there}


class OperatorDay:
    """What happens on one service day of an operator that tells its real time."""

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
        self._reach = LATEST + FAREWELL
        self._reach += int(max((r.end - r.start for r in self._runs), default=0) * COACH)
        self._fates = self._drawn()
        self._known_long = [
            index
            for index, (run, fate) in enumerate(zip(self._runs, self._fates, strict=True))
            if fate in KNOWN_LONG or (self.works is not None and self.works.skipped(run))
        ]
        self._platforms = platforms_of(operator) if operator.id in _CHANGES_PLATFORM else {}
        self._true: dict[int, TrueRun] = {}
        self._added = tuple(self._more())

    def published_at(self, seconds: float) -> Iterator[TrueRun]:
        """The runs the operator speaks of at that instant of the day, in no particular order."""
        first = bisect_left(self._starts, seconds - self._reach)
        last = bisect_right(self._starts, seconds + USUAL_NOTICE)
        for index in range(first, last):
            run = self._true_run(index)
            if run.is_published_at(seconds):
                yield run
        for index in self._known_long:
            if index >= last and self._starts[index] - LONG_NOTICE <= seconds:
                yield self._true_run(index)
        for run in self._added:
            if run.is_published_at(seconds):
                yield run

    def _drawn(self) -> list[Fate]:
        habits = HABITS.get(self._operator.id, Habits())
        found = fates(self._runs, self.day, habits, seed=self._seed)
        if self.works is None:
            return found
        return [
            "cancelled" if self.works.closes(run) else fate
            for run, fate in zip(self._runs, found, strict=True)
        ]

    def _true_run(self, index: int) -> TrueRun:
        run = self._true.get(index)
        if run is None:
            run = self._true[index] = happens(
                self._runs[index],
                self._fates[index],
                self.day,
                self.works,
                self._platforms,
                seed=self._seed,
            )
        return run

    def _more(self) -> Iterator[TrueRun]:
        if self.works is not None:
            yield from bus_runs(self.works, self.day, seed=self._seed)
        if self._operator.id in _ADDS:
            relationship = _ADDS[self._operator.id]
            yield from extra_runs(self._runs, self.day, relationship, seed=self._seed)
