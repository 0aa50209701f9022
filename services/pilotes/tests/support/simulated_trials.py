"""Simulated trials: what a coordinator would see of them, day by day."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pilotes.statistics.domain.difference import Difference
from pilotes.statistics.domain.planned_looks import look_bounds, student_bound
from pilotes.statistics.domain.sums import Floats, Sums

Draw = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Arms:
    """Sums of both arms, trials × days, and how many were drawn into each."""

    arm: Sums
    control: Sums
    drawn: npt.NDArray[np.int64]
    """trials × days × (arm, control)"""


def shares(
    rng: np.random.Generator,
    *,
    trials: int,
    days: int,
    per_day: int,
    arm: float,
    control: float,
    drawn_to_arm: float = 0.5,
) -> Arms:
    """Outcomes 0 or 1; `per_day` people a day, drawn one by one."""
    to_arm = rng.binomial(per_day, drawn_to_arm, (trials, days))
    to_control = per_day - to_arm
    of_arm = rng.binomial(to_arm, arm).cumsum(axis=1)
    of_control = rng.binomial(to_control, control).cumsum(axis=1)
    drawn = np.stack([to_arm.cumsum(axis=1), to_control.cumsum(axis=1)], axis=-1)
    return Arms(
        Sums.of_counts(drawn[..., 0], of_arm), Sums.of_counts(drawn[..., 1], of_control), drawn
    )


def people(
    rng: np.random.Generator,
    outcome: Draw,
    effect: float = 0.0,
    before: Draw | None = None,
    *,
    per_day: int,
    to_arm: float = 0.5,
    drawn: npt.NDArray[np.bool_] | None = None,
) -> Arms:
    """Any outcome, person by person: trials × people; `effect` is added for those of the arm.
    `drawn`: who is; None: each is with the chance `to_arm`."""
    arm = rng.random(outcome.shape) < to_arm if drawn is None else drawn
    y = outcome + effect * arm
    x = np.full_like(y, np.nan) if before is None else before
    last = np.arange(per_day - 1, outcome.shape[1], per_day)
    drawn = np.stack([mask.cumsum(axis=1)[:, last] for mask in (arm, ~arm)], axis=-1)
    return Arms(_sums(y, x, arm, last), _sums(y, x, ~arm, last), drawn)


def _sums(y: Draw, x: Draw, mask: npt.NDArray[np.bool_], last: npt.NDArray[np.int64]) -> Sums:
    known = mask & ~np.isnan(x)
    x = np.where(known, x, 0.0)

    def so_far(each: Floats) -> Floats:
        return np.asarray(each, dtype=np.float64).cumsum(axis=1)[:, last]

    return Sums(
        n=so_far(mask),
        y=so_far(y * mask),
        yy=so_far(y * y * mask),
        xn=so_far(known),
        x=so_far(x),
        xx=so_far(x * x),
        xy=so_far(x * y * known),
        yx=so_far(y * known),
    )


def crossed_at_looks(found: Difference, looks: tuple[float, ...]) -> npt.NDArray[np.bool_]:
    """Which trials conclude at one of those planned looks. `found`: trials × looks."""
    enough = np.isfinite(found.error).any(axis=0)
    times = tuple(np.array(looks)[enough].tolist())
    freedom = np.nan_to_num(found.freedom[:, enough], nan=1.0).astype(int)
    estimate, error = found.estimate[:, enough], found.error[:, enough]
    crossed = np.zeros(len(estimate), dtype=np.bool_)
    for at, bound in enumerate(look_bounds(times, times, 0.05)):
        limit = {each: student_bound(bound, each) for each in set(freedom[:, at].tolist())}
        least = np.array([limit[each] for each in freedom[:, at].tolist()]) * error[:, at]
        crossed |= np.nan_to_num(np.abs(estimate[:, at])) >= np.nan_to_num(least, nan=np.inf)
    return crossed
