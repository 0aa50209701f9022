"""What one indicator would disclose of tranches, counted once for all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from pilotes.disclosure.domain.measure import Floats, Integers, Measure


@dataclass(frozen=True, slots=True, eq=False)
class CellCounts:
    """What one indicator would disclose. Arrays have tranches as rows, then arms, then cells."""

    cells: Integers
    """People in each cell."""
    joint: Integers
    """People in each joint cell."""
    greatest: Floats
    """The greatest outcome of a person, and the greatest `before`, along the last axis. Minus
    infinity for one that cannot dominate its sum."""
    total: Floats
    """The sums of both; 0 for such a one."""

    @classmethod
    def of(cls, measure: Measure, place: Integers, arm: Integers, shape: tuple[int, int]) -> Self:
        """Count people. `place`: for each person, the row of their tranche; -1: not counted.
        `arm`: for each person. `shape`: number of tranches, number of arms."""
        chosen = place >= 0
        row, rows = place[chosen] * shape[1] + arm[chosen], shape[0] * shape[1]
        cell, outcome = measure.cell[chosen], measure.outcome[chosen]
        counted = cell >= 0
        joint = np.zeros(len(row), dtype=np.int64)
        if measure.joint is not None:
            values = measure.joint[chosen]
            joint = np.searchsorted(sorted(set(values.tolist())), values)
        greatest, total = np.full((rows, 2), -np.inf), np.zeros((rows, 2))
        checked = (measure.dominated, outcome), (measure.before_dominated, measure.before[chosen])
        for column, (dominated, amounts) in enumerate(checked):
            if dominated:
                np.maximum.at(greatest[:, column], row, amounts)
                np.add.at(total[:, column], row, amounts)
        return cls(
            _counted(row[counted], cell[counted], rows, measure.cells).reshape(*shape, -1),
            _counted(row, joint, rows, int(joint.max(initial=0)) + 1).reshape(*shape, -1),
            greatest.reshape(*shape, -1),
            total.reshape(*shape, -1),
        )

    def can_be_disclosed(self, measure: Measure, places: Sequence[int], k: int) -> bool:
        """Whether those tranches together can be disclosed: at least k people in each cell of each
        arm, and nobody dominates a sum. `places`: their rows."""
        at = list(places)
        counts = self.cells[at].sum(axis=0)
        few = counts < k
        for cell in measure.open_cells:
            few[:, cell] &= counts[:, cell] > 0
        together = self.joint[at].sum(axis=0)
        if measure.joint is not None:
            few = few.any() | ((together > 0) & (together < k))
        if few.any():
            return False
        return bool((2 * self.greatest[at].max(axis=0) <= self.total[at].sum(axis=0)).all())


def _counted(row: Integers, column: Integers, rows: int, columns: int) -> Integers:
    """The number of people at each row and column of a table, as one row after the other."""
    return np.bincount(row * columns + column, minlength=rows * columns)
