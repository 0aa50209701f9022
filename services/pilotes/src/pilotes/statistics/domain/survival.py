"""How long people stay: E. L. Kaplan, P. Meier, JASA 53, 1958.

A person has left when they did not come again for `GAP_DAYS`; they left on the day of their last
visit. This is known only after the gap, so everybody is followed until `GAP_DAYS` before now, and
counts as present if they left later. The follow-up therefore depends on the calendar alone, as the
estimator requires.
"""

from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Final

import numpy as np
import numpy.typing as npt

from pilotes.statistics.domain.quantiles import normal_quantile

GAP_DAYS: Final = 14


@dataclass(frozen=True, slots=True)
class Step:
    """The share from `day` until the next step."""

    day: int
    at_risk: int
    left: int
    share: float
    low: float
    high: float


def retention(days: npt.ArrayLike, left: npt.ArrayLike, alpha: float = 0.05) -> tuple[Step, ...]:
    """The share still present, step by step. `days`: complete days since each one's first; `left`:
    whether they left then, or were last known to be present. Greenwood's variance (1926) on
    log(-log S), so that intervals stay between 0 and 1. For a single look."""
    day, gone = np.asarray(days, dtype=np.int64), np.asarray(left, dtype=np.bool_)
    z, share, greenwood, steps = normal_quantile(1 - alpha / 2), 1.0, 0.0, []
    for when in np.unique(day[gone]):
        at_risk = int((day >= when).sum())
        leaving = int(((day == when) & gone).sum())
        share *= 1 - leaving / at_risk
        low = high = share
        if leaving < at_risk:
            greenwood += leaving / (at_risk * (at_risk - leaving))
            # d log(-log S) = dS / (S log S)
            error = sqrt(greenwood) / abs(log(share))
            low, high = (exp(log(share) * exp(sign * z * error)) for sign in (1, -1))
        else:
            share = low = high = 0.0
        steps.append(Step(int(when), at_risk, leaving, share, low, high))
    return tuple(steps)


def days_stayed(visited: npt.NDArray[np.bool_], window: int) -> npt.NDArray[np.int64]:
    """The day each person left; `window`: later, or never. `visited`: one row for each person, one
    column for each day since their first, which counts as a visit; `window + GAP_DAYS` of them, all
    over."""
    came = visited.copy()
    came[:, 0] = True
    so_far = came.cumsum(axis=1, dtype=np.int64)
    following = so_far[:, GAP_DAYS - 1 : window + GAP_DAYS - 1] - so_far[:, :window]
    left = came[:, :window] & (following == 0)
    return np.where(left.any(axis=1), left.argmax(axis=1), window)
