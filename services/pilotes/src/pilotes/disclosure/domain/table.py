"""Suppression of small counts in a row with a total, with secondary suppression."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProtectedCounts:
    """A row of counts as it can be published. None: suppressed."""

    counts: tuple[int | None, ...]
    total: int | None


def protect_counts(counts: Sequence[int], k: int) -> ProtectedCounts:
    """The counts of a row as they can be published. Each person is in one cell. `k`: the smallest
    count that can be published.

    Every count below `k` is suppressed, zero included, so that a suppressed cell does not reveal
    whether somebody is in it. If any is, the greatest other count is suppressed too, whatever the
    sum: the total gives the sum of the suppressed ones, and this one has no upper bound. If there
    is no other count, the total is suppressed.

    Readers are assumed to know this rule: a test compares all rows with the same output.
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
