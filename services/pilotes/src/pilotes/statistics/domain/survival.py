"""How long people stay: E. L. Kaplan, P. Meier, JASA 53, 1958.

A person has left if they did not come again for `GAP_DAYS`; they left on the day of their last use.
This is known only after the gap: everybody is therefore followed until `GAP_DAYS` before now, and
counts as present if they left later. The length of the follow-up then depends on the calendar
alone, as the estimator requires.
"""

from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Final

import numpy as np
import numpy.typing as npt

from pilotes.statistics.domain.quantiles import normal_quantile

GAP_DAYS: Final = 14


@dataclass(frozen=True, slots=True)
class SurvivalStep:
    """One step of the survival curve."""

    day: int
    """Complete days since the first use."""
    at_risk: int
    """People still followed just before."""
    left: int
    """People who left on that day."""
    share: float
    """Estimated share still present from this day until the next step."""
    low: float
    """Lower bound of the confidence interval of the share."""
    high: float
    """Upper bound."""


def retention(
    days: npt.ArrayLike, left: npt.ArrayLike, alpha: float = 0.05
) -> tuple[SurvivalStep, ...]:
    """The Kaplan-Meier estimate of the share still present: one step for each day on which somebody
    left.

    `days`: for each person, complete days from the first use to the departure, or to the end of
    their follow-up. `left`: whether they left on that day; false: still present (censored).

    The intervals use Greenwood's variance (1926) on log(-log S), so that they stay between 0 and 1.
    They hold for a single look.
    """
    day, has_left = np.asarray(days, dtype=np.int64), np.asarray(left, dtype=np.bool_)
    z, share, greenwood, steps = normal_quantile(1 - alpha / 2), 1.0, 0.0, []
    for day_left in np.unique(day[has_left]):
        at_risk = int((day >= day_left).sum())
        leaving = int(((day == day_left) & has_left).sum())
        share *= 1 - leaving / at_risk
        low = high = share
        if leaving < at_risk:
            greenwood += leaving / (at_risk * (at_risk - leaving))
            # d log(-log S) = dS / (S log S)
            error = sqrt(greenwood) / abs(log(share))
            low, high = (exp(log(share) * exp(sign * z * error)) for sign in (1, -1))
        else:
            share = low = high = 0.0
        steps.append(SurvivalStep(int(day_left), at_risk, leaving, share, low, high))
    return tuple(steps)


def days_stayed(visited: npt.NDArray[np.bool_], window: int) -> npt.NDArray[np.int64]:
    """The day on which each person left, counted from their first; `window` if they left later or
    not at all.

    `visited`: one row for each person, one column for each day since the first, true on days of
    use; the first always counts as one. There are `window + GAP_DAYS` columns, all of days that are
    over.
    """
    came = visited.copy()
    came[:, 0] = True
    so_far = came.cumsum(axis=1, dtype=np.int64)
    following = so_far[:, GAP_DAYS - 1 : window + GAP_DAYS - 1] - so_far[:, :window]
    left = came[:, :window] & (following == 0)
    return np.where(left.any(axis=1), left.argmax(axis=1), window)
