"""The measure of one indicator: what its disclosure depends on."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Measure:
    """The outcomes of one indicator and the cells these belong to. Arrays have one entry for each
    participant of a `Population`, in its order."""

    outcome: Floats
    """NaN without an answer."""
    before: Floats
    """The same before enrolment, NaN where unknown; of a ratio, its denominator."""
    cell: Integers
    """The cell of the outcome, from 0 up; -1: in none."""
    cells: int
    """The number of cells."""
    open_cells: frozenset[int] = frozenset()
    """Cells that need not have k people if they are empty (as that of people who did not
    answer)."""
    dominated: bool = False
    """Whether one person could dominate the sum: it is not disclosed if the outcome of one person
    is more than half of it."""
    joint: Integers | None = None
    """Cells of the combined outcomes of all indicators of the same fact (return within a week,
    return within a month): each must be empty or have k people. None for a single indicator."""
    before_dominated: bool = False
    """Whether one person could dominate the sum of `before` too."""
