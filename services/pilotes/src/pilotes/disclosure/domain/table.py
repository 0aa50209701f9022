"""Counts side by side with their total: hiding the small ones, and what would give them away."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Told:
    """A row as it may be shown; None: hidden."""

    counts: tuple[int | None, ...]
    total: int | None


def protect(counts: Sequence[int], k: int) -> Told:
    """Counts of people who are each in one cell. Every count below k is hidden, zero too, so that
    what is hidden does not say that somebody is there. Where the total would give back a hidden
    cell, or a sum of hidden cells below k, the greatest of the others is hidden beside them: of it
    alone nobody knows a bound above. Where there is none, the total is hidden.

    This holds against somebody who knows the rule (the tests try every row that fits).
    """
    hidden = {at for at, count in enumerate(counts) if count < k}
    told = {at for at in range(len(counts)) if at not in hidden}
    if not hidden:
        return Told(tuple(counts), sum(counts))
    total: int | None = sum(counts)
    if told:
        hidden.add(max(told, key=lambda at: (counts[at], -at)))
        told -= hidden
    else:
        total = None
    return Told(tuple(counts[at] if at in told else None for at in range(len(counts))), total)
