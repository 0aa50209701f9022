"""Scores of one person's answers."""

from collections.abc import Sequence
from typing import Final

_SUS_ITEMS: Final = 10


def sus(answers: Sequence[int]) -> float:
    """The score of the System Usability Scale, 0…100 (J. Brooke, 1996).

    `answers`: ten, from 1 to 5, in the order of the statements: the first is favourable, the second
    is not, and so on. Raises ValueError for anything else.
    """
    if len(answers) != _SUS_ITEMS or any(answer not in range(1, 6) for answer in answers):
        raise ValueError("SUS takes ten answers from 1 to 5")
    good = sum(answer - 1 for answer in answers[::2])
    return 2.5 * (good + sum(5 - answer for answer in answers[1::2]))


def nps(answer: int) -> int:
    """One person's part of the Net Promoter Score (F. Reichheld, 2003), which is the mean of all
    parts: 100 for 9 and 10, 0 for 7 and 8, -100 below. Raises ValueError outside 0…10."""
    if answer not in range(11):
        raise ValueError("NPS takes an answer from 0 to 10")
    return 100 if answer >= 9 else 0 if answer >= 7 else -100
