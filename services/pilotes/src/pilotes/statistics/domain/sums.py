"""Sums over an arm's participants: sufficient for every estimate, without individual data.

Sums of independent tranches add up. Each field is a float or an array of one shape (one number for
each trial or day): a simulation of 2,000 trials and the figure of one pilot use the same code.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Sums over the participants of one arm, of their outcomes y and of x: the same outcome before
    their enrolment, which is unknown for some, or the denominator of a ratio."""

    n: Floats
    """Participants."""
    y: Floats
    """Σy."""
    yy: Floats
    """Σy²."""
    xn: Floats
    """Participants whose x is known; the sums below are over these."""
    x: Floats
    """Σx."""
    xx: Floats
    """Σx²."""
    xy: Floats
    """Σxy."""
    yx: Floats
    """Σy."""

    @classmethod
    def of(cls, outcome: npt.ArrayLike, before: npt.ArrayLike | None = None) -> Self:
        """The sums of one arm.

        `outcome`: one for each participant. `before`: the same before enrolment, NaN where unknown.
        """
        y = np.asarray(outcome, dtype=np.float64)
        x = np.full_like(y, np.nan) if before is None else np.asarray(before, dtype=np.float64)
        known = ~np.isnan(x)
        x, y_known = x[known], y[known]
        return cls(
            n=np.float64(len(y)) + np.zeros(()),
            y=np.asarray(y.sum()),
            yy=np.asarray((y * y).sum()),
            xn=np.float64(len(x)) + np.zeros(()),
            x=np.asarray(x.sum()),
            xx=np.asarray((x * x).sum()),
            xy=np.asarray((x * y_known).sum()),
            yx=np.asarray(y_known.sum()),
        )

    @classmethod
    def of_counts(cls, n: npt.ArrayLike, successes: npt.ArrayLike) -> Self:
        """The sums of `n` participants of whom `successes` have outcome 1 and the others 0."""
        many, one = np.asarray(n, dtype=np.float64), np.asarray(successes, dtype=np.float64)
        none = np.zeros_like(one)
        return cls(many, one, one, none, none, none, none, none)

    def __add__(self, other: Self) -> Self:
        # Field by field: a report adds thousands.
        return type(self)(
            n=self.n + other.n,
            y=self.y + other.y,
            yy=self.yy + other.yy,
            xn=self.xn + other.xn,
            x=self.x + other.x,
            xx=self.xx + other.xx,
            xy=self.xy + other.xy,
            yx=self.yx + other.yx,
        )
