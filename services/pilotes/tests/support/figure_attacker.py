"""An attacker who reads every public figure every day, stores them all, and calculates.

They know the rules, and even whom each figure concerns, which is not published. They search for a
group of fewer than k people that some sum or difference of all published figures concerns.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.int64]


@dataclass(slots=True)
class Attacker:
    """`figures`: each published number, by what it counts (arm, indicator, cell)."""

    k: int
    figures: dict[tuple[int, str, str], list[int]] = field(default_factory=dict)

    def read(self, figures: Iterable[tuple[tuple[int, str, str], int]]) -> None:
        for what, number in figures:
            seen = self.figures.setdefault(what, [])
            if number not in seen:
                seen.append(number)

    def found_by_numbers(self) -> list[tuple[tuple[int, str, str], int]]:
        """Published counts below k, by plain reading."""
        return [
            (what, each)
            for what, seen in self.figures.items()
            for each in seen
            if 0 < each < self.k
        ]


def smallest_group(rows: Matrix, k: int) -> int:
    """The fewest people that some combination of `rows` concerns (published figures × people, 0 or
    1), where fewer than k; k otherwise. Exact for one and two people, and over all sums and
    differences of up to three rows."""
    rows = np.unique(rows[rows.any(axis=1)], axis=0)
    if len(rows) == 0:
        return k
    fewest = min(k, *(int(row.sum()) for row in rows))
    for many in (2, 3):
        for chosen in combinations(range(len(rows)), many):
            fewest = min(fewest, *(_support(rows[list(chosen)], signs) for signs in _signs(many)))
    return min(fewest, _rank_attack(rows, k))


def _signs(many: int) -> Sequence[Sequence[int]]:
    return [(1, -1)] if many == 2 else [(1, -1, -1), (1, 1, -1), (1, -1, 1)]


def _support(rows: Matrix, signs: Sequence[int]) -> int:
    found = np.count_nonzero(np.asarray(signs) @ rows)
    return found or 10**9


def _rank_attack(rows: Matrix, k: int) -> int:
    """Whether one person's own outcome, or the difference of two, can be solved for: linear algebra
    over all published figures."""
    _, values, right = np.linalg.svd(rows.astype(float), full_matrices=False)
    basis = right[values > 1e-9 * values[0]]
    # e is in the row space where its projection on it is e itself.
    alone = (basis**2).sum(axis=0)
    if (alone > 1 - 1e-9).any():
        return 1
    gram = basis.T @ basis
    pairs = alone[:, None] + alone[None, :] - 2 * gram
    np.fill_diagonal(pairs, 0.0)
    return 2 if (pairs > 2 - 1e-9).any() else k
