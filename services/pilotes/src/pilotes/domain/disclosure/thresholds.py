"""The smallest group that is ever shown, and how counts that change every minute are told."""

from typing import Final

from pilotes.domain.pilot import Field

HEALTH: Final = 11
ELSEWHERE: Final = 5


def threshold(field: Field) -> int:
    """k: fewer people than that are never shown. 11 where health is touched, as for the counts of
    the American Medicare (CMS cell size suppression policy); 5 otherwise."""
    return ELSEWHERE if field == "mobilite" else HEALTH


def at_least(count: int, k: int) -> int | None:
    """A count as a gauge may tell it: rounded down to a multiple of k, so that one person who comes
    or goes is not seen in it; None below k."""
    return None if count < k else count - count % k
