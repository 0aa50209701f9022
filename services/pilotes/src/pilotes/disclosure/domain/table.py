"""Suppression of small counts beside their total, with secondary suppression."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProtectedCounts:
    """A row as it can be published. None: suppressed."""

    counts: tuple[int | None, ...]
    total: int | None


def protect_counts(counts: Sequence[int], k: int) -> ProtectedCounts:
    """Suppress small counts of people who are each in one cell. Every count below k is suppressed,
    zero too, so that a suppressed cell does not reveal that somebody is in it. Where the total
    would reveal a suppressed cell, or a sum of suppressed cells below k, the greatest other cell is
    suppressed as well: its upper bound is unknown. Where there is none, the total is suppressed.

    This protects against readers who know the rule; the tests try every row that fits.
    """
    hidden = {at for at, count in enumerate(counts) if count < k}
    visible = {at for at in range(len(counts)) if at not in hidden}
    if not hidden:
        return ProtectedCounts(tuple(counts), sum(counts))
    total: int | None = sum(counts)
    if visible:
        hidden.add(max(visible, key=lambda at: (counts[at], -at)))
        visible -= hidden
    else:
        total = None
    return ProtectedCounts(
        tuple(counts[at] if at in visible else None for at in range(len(counts))), total
    )
