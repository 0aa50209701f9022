"""What may be said of a difference: three words, and why."""

from enum import StrEnum
from typing import Final, Literal

import numpy as np

from pilotes.statistics.domain.difference import Difference

Direction = Literal["up", "down"]


class Verdict(StrEnum):
    """Of one indicator, on one arm."""

    FAVOURABLE = "favorable"
    UNFAVOURABLE = "défavorable"
    INCONCLUSIVE = "non concluant"


class Guard(StrEnum):
    """Of a guardrail, on one arm."""

    HELD = "tenu"
    BREACHED = "franchi"
    WATCHED = "non concluant"


_WORDS: Final = (Verdict.UNFAVOURABLE, Verdict.INCONCLUSIVE, Verdict.FAVOURABLE)


def signs(
    found: Difference, direction: Direction, *, p: np.ndarray | None = None, alpha: float = 0.05
) -> np.ndarray:
    """1 where better, -1 where worse, 0 where nobody can tell. `p`: adjusted, where there are
    several questions."""
    judged = found.p if p is None else p
    towards = np.sign(np.nan_to_num(found.estimate)) * (1 if direction == "up" else -1)
    return np.where(judged <= alpha, towards, 0).astype(np.int64)


def verdict(found: Difference, direction: Direction, *, adjusted_p: float, sound: bool) -> Verdict:
    """Of one difference. `sound`: people were drawn as planned; otherwise nothing is concluded."""
    if not sound:
        return Verdict.INCONCLUSIVE
    return _WORDS[int(signs(found, direction, p=np.asarray(adjusted_p))) + 1]


def guard(low: float, high: float, *, direction: Direction, bound: float) -> Guard:
    """Whether a guardrail holds. `low`, `high`: the difference's interval; `bound`: the worst that
    is accepted, in the same unit and sign (-0.05 of something that should go up)."""
    if direction == "down":
        low, high, bound = -high, -low, -bound
    if high < bound:
        return Guard.BREACHED
    return Guard.HELD if low > bound else Guard.WATCHED
