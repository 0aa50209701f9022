"""What is disclosed of a trial whose places switch at dates: the effect and the level of control.

They are sums over all places and periods. The figure of one place, or of one period, is neither
shown nor stored.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from pilotes.disclosure.domain.measure import Floats, Integers, Measure
from pilotes.statistics.domain.drawn_schedules import (
    PlacePeriods,
    ScheduleDraws,
    ScheduleEstimate,
    schedule_estimate,
)
from pilotes.statistics.domain.place_means import PlaceDifference
from pilotes.statistics.domain.switchback import switchback_draws
from pilotes.statistics.domain.wedge import wedge_draws

_EVERYBODY_ANSWERED: Final = 1.0
"""The p-value of equal shares of answers."""


@dataclass(frozen=True, slots=True)
class ScheduleFigures:
    """The estimates of one indicator, of the people in some tranches."""

    tranches: frozenset[int]
    """The numbers of the tranches."""
    units: int
    """Places with an outcome, on control or on the arm: of those that have fewer. Of a switchback,
    pairs of blocks with an outcome in both."""
    level: float
    """Of control."""
    effect: PlaceDifference
    """Arm minus control."""
    answers_p: float
    """The p-value of the same share of people with an outcome on both."""


@dataclass(frozen=True, slots=True, eq=False)
class PlaceSchedule:
    """Who is in which place and period, and when the places switch."""

    place: Integers
    """Of each person; -1: unknown, not counted."""
    period: Integers
    """Of each person; -1: in none, not counted."""
    treated: npt.NDArray[np.bool_]
    """Which places have the arm in which periods."""
    in_blocks: bool
    """Whether pairs of periods are compared, as in a switchback, and not places, as in a wedge."""
    correlation: float
    """How alike the people of a place are expected to be."""
    _draws: dict[bytes, ScheduleDraws | None] = field(default_factory=dict)
    """By the people of places and periods: most indicators have the same ones."""

    def only(self, chosen: npt.NDArray[np.bool_]) -> "PlaceSchedule":
        """The same for those people."""
        return replace(self, place=self.place[chosen], period=self.period[chosen])

    def agrees(self, treated: npt.NDArray[np.bool_]) -> bool:
        """Whether each person who counts has the arm of their place. `treated`: of each, whether
        they have another one than control."""
        counted = (self.place >= 0) & (self.period >= 0)
        due = self.treated[self.place[counted], self.period[counted]]
        return bool((treated[counted] == due).all())

    def figures(
        self, measure: Measure, *, tranche: Integers, tranches: Collection[int]
    ) -> ScheduleFigures | None:
        """The estimates of one indicator; None if its outcomes cannot give them. `tranche`: of each
        person. `tranches`: those that the indicator discloses."""
        inside = np.isin(tranche, list(tranches)) & (self.place >= 0) & (self.period >= 0)
        cells, found = self._estimate(measure.outcome, inside)
        if found is None:
            return None
        answered = (~np.isnan(measure.outcome)).astype(np.float64)
        _, answers = self._estimate(answered, inside)
        return ScheduleFigures(
            frozenset(tranches),
            self._units(cells),
            found.level,
            found.effect,
            _EVERYBODY_ANSWERED if answers is None else answers.effect.p,
        )

    def _estimate(
        self, outcome: Floats, inside: npt.NDArray[np.bool_]
    ) -> tuple[PlacePeriods, ScheduleEstimate | None]:
        shape = len(self.treated), self.treated.shape[1]
        cells = PlacePeriods.of(outcome[inside], self.place[inside], self.period[inside], shape)
        key = cells.people.tobytes()
        if key not in self._draws:
            draw = switchback_draws if self.in_blocks else wedge_draws
            self._draws[key] = draw(self.treated, cells.people, correlation=self.correlation)
        draws = self._draws[key]
        return cells, None if draws is None else schedule_estimate(cells, draws)

    def _units(self, cells: PlacePeriods) -> int:
        """How many units are compared, as in `ScheduleFigures.units`."""
        some = cells.people > 0
        if self.in_blocks:
            return int(some.reshape(len(some), -1, 2).all(axis=2).sum())
        by_arm = (some & self.treated, some & ~self.treated)
        return min(int(each.any(axis=1).sum()) for each in by_arm)
