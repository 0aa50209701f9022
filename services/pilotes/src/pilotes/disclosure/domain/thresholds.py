"""The disclosure threshold k, and how counts that change every minute are published."""

from typing import Final

from pilotes.record.domain.pilot import Field

HEALTH_THRESHOLD: Final = 11
DEFAULT_THRESHOLD: Final = 5


def threshold(field: Field) -> int:
    """k, the smallest group that is published: 11 if health is concerned, as in the CMS cell size
    suppression policy of Medicare; 5 otherwise."""
    return DEFAULT_THRESHOLD if field == "mobilite" else HEALTH_THRESHOLD


def rounded_down(count: int, k: int) -> int | None:
    """A count that is published once: rounded down to a multiple of k; None below k."""
    return None if count < k else count - count % k


def stable_count(former: int, count: int, k: int) -> int:
    """The count that a gauge rounds: `former`, until the count differs from it by k. Rounding alone
    would reveal a single person who enrols or leaves near a multiple of k.

    `former`: what this returned the last time; 0 at first.
    """
    return count if abs(count - former) >= k else former
