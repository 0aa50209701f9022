"""The difference of an arm to control at planned looks, for one indicator."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from pilotes.record.domain.indicator_differences import indicator_difference
from pilotes.record.domain.protocol import Indicator, Protocol
from pilotes.statistics.domain.difference import ALPHA, Difference
from pilotes.statistics.domain.planned_looks import (
    look_bounds,
    normal_score,
    sequential_p_value,
    student_bound,
)
from pilotes.statistics.domain.sums import Floats, Sums

_LEAST_STEP: Final = 1.01
"""By how much a look needs more information than the one before; otherwise it replaces it."""


@dataclass(frozen=True, slots=True, eq=False)
class LookPair:
    """What one look found of an arm and of control."""

    look: int
    """The number of the look."""
    last: bool
    """Whether it uses up all the error that is left."""
    arm: Sums
    control: Sums


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    """A look that has an estimate."""

    look: int
    found: Difference
    information: float
    """In people: 1/(1/n₁ + 1/n₀)."""
    spending: float
    """The share of the planned information for which it spends."""


def difference_at_looks(
    indicator: Indicator, arm: str, pairs: Sequence[LookPair], *, design: Protocol
) -> tuple[Difference, int | None]:
    """The difference that is shown, and the number of its look; None, with an estimate of none, if
    no look has enough people.

    It is that of the latest look that excludes "no difference", else of the latest look. Intervals
    of all looks hold together (repeated confidence intervals), so that the choice is free. The
    p-value counts every look. `arm`: its name. `pairs`: in the order of the looks; one at least.
    """
    reads = _reads(indicator, arm, pairs, design)
    if not reads:
        last = pairs[-1]
        none = indicator_difference(indicator, arm, last.arm, last.control, design=design)
        missing = np.full_like(none.estimate, np.nan)
        return replace(none, low=missing, high=missing, p=np.ones_like(missing)), None
    information = tuple(each.information for each in reads)
    spending = tuple(each.spending for each in reads)
    freedom = [_freedom(each.found, design) for each in reads]
    found = [
        _with_bound(each.found, student_bound(bound, free), binary=indicator.binary)
        for each, bound, free in zip(
            reads, look_bounds(information, spending, ALPHA), freedom, strict=True
        )
    ]
    scores = tuple(
        normal_score(float(each.found.estimate) / float(each.found.error), free)
        for each, free in zip(reads, freedom, strict=True)
    )
    p = sequential_p_value(scores, information, spending)
    at = _disclosed_position(found)
    return replace(found[at], p=np.asarray(p)), reads[at].look


def _reads(
    indicator: Indicator, arm: str, pairs: Sequence[LookPair], design: Protocol
) -> list[_Read]:
    """The looks with an estimate. Without more information than the one before, a look takes its
    place: it can have more to spend."""
    planned = design.planned_people
    of_plan = _information(
        *(design.planned_answers(indicator, planned[each]) for each in (arm, design.control))
    )
    found_so_far: list[_Read] = []
    for each in pairs:
        found = indicator_difference(indicator, arm, each.arm, each.control, design=design)
        if not np.isfinite(found.error):
            continue
        information = _information(float(each.arm.n), float(each.control.n))
        while found_so_far and information < _LEAST_STEP * found_so_far[-1].information:
            found_so_far.pop()
        spending = 1.0 if each.last else min(1.0, information / of_plan)
        found_so_far.append(_Read(each.look, found, information, spending))
    return found_so_far


def _information(n: float, other: float) -> float:
    return 1 / (1 / n + 1 / other)


def _freedom(found: Difference, design: Protocol) -> float:
    """Degrees of freedom: people who take part together are one of the units."""
    return float(found.freedom) / design.cluster_size


def _with_bound(found: Difference, bound: float, *, binary: bool) -> Difference:
    """The difference with the interval of that many standard errors; without limits if they are
    infinite."""
    lowest, highest = (-1.0, 1.0) if binary and np.isfinite(bound) else (-np.inf, np.inf)
    half: Floats = found.error * bound
    return replace(
        found,
        low=np.maximum(found.estimate - half, lowest),
        high=np.minimum(found.estimate + half, highest),
    )


def _disclosed_position(found: Sequence[Difference]) -> int:
    """The position of the look that is shown."""
    excludes = [at for at, each in enumerate(found) if each.low > 0 or each.high < 0]
    if excludes:
        return excludes[-1]
    bounded = [at for at, each in enumerate(found) if np.isfinite(each.low)]
    return bounded[-1] if bounded else len(found) - 1
