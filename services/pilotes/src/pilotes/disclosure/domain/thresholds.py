"""The smallest group that is ever shown, and how counts that change every minute are told."""

from typing import Final

from pilotes.record.domain.pilot import Field

HEALTH: Final = 11
ELSEWHERE: Final = 5


def threshold(field: Field) -> int:
    """k: fewer people than that are never shown. 11 where health is touched, as for the counts of
    the American Medicare (CMS cell size suppression policy); 5 otherwise."""
    return ELSEWHERE if field == "mobilite" else HEALTH


def at_least(count: int, k: int) -> int | None:
    """A count that is told once: rounded down to a multiple of k; None below k."""
    return None if count < k else count - count % k


def settled(former: int, count: int, k: int) -> int:
    """The count that a gauge tells `at_least` of: the one of the last time (at first 0) until k
    more have come than gone, or gone than come. Rounding alone would show the one who comes or goes
    where a multiple of k is near."""
    return count if abs(count - former) >= k else former
