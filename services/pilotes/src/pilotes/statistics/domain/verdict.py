"""Verdicts on differences and guardrails."""

from enum import StrEnum
from typing import Final, Literal

import numpy as np

from pilotes.statistics.domain.difference import Difference

Direction = Literal["up", "down"]


class IndicatorVerdict(StrEnum):
    """The verdict on one indicator, for one arm."""

    FAVOURABLE = "favorable"
    UNFAVOURABLE = "défavorable"
    INCONCLUSIVE = "non concluant"


class GuardrailState(StrEnum):
    """The state of a guardrail, for one arm: its complete interval is better than the bound (held)
    or worse (breached), or contains the bound or does not exist yet (watched)."""

    HELD = "tenu"
    BREACHED = "franchi"
    WATCHED = "non concluant"


_WORDS: Final = (
    IndicatorVerdict.UNFAVOURABLE,
    IndicatorVerdict.INCONCLUSIVE,
    IndicatorVerdict.FAVOURABLE,
)


def verdict_signs(
    found: Difference, direction: Direction, *, p: np.ndarray | None = None, alpha: float = 0.05
) -> np.ndarray:
    """1 for better, -1 for worse, 0 for inconclusive, with the shape of the difference.

    `direction`: which change is an improvement. `p`: p-values adjusted for multiple tests; None:
    those of the difference.
    """
    judged = found.p if p is None else p
    towards = np.sign(np.nan_to_num(found.estimate)) * (1 if direction == "up" else -1)
    return np.where(judged <= alpha, towards, 0).astype(np.int64)


def judge_difference(
    found: Difference, direction: Direction, *, adjusted_p: float, comparable: bool
) -> IndicatorVerdict:
    """The verdict on one difference. `comparable`: whether the groups are; otherwise the verdict is
    inconclusive."""
    if not comparable:
        return IndicatorVerdict.INCONCLUSIVE
    return _WORDS[int(verdict_signs(found, direction, p=np.asarray(adjusted_p))) + 1]


def judge_guardrail(
    low: float, high: float, *, direction: Direction, bound: float
) -> GuardrailState:
    """The state of a guardrail: breached if the complete interval is worse than the bound.

    `low`, `high`: the interval of the difference, arm minus control; NaN: none yet.
    `bound`: the worst acceptable difference, in the same unit and sign (-0.05 for an indicator that
    should go up).
    """
    if direction == "down":
        low, high, bound = -high, -low, -bound
    if high < bound:
        return GuardrailState.BREACHED
    return GuardrailState.HELD if low > bound else GuardrailState.WATCHED
