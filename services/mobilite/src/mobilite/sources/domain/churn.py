"""How many records of an address appear and vanish between two polls.

Each removed record is a tombstone, each added one a new record. An address that renames everything
at each poll (random ids) would write without end: a note reports it and it is polled less often.
"""

from collections.abc import Hashable, Set
from dataclasses import dataclass
from typing import Final

FREE_REMOVALS: Final = 500
"""Removals that need no pause: the end of a town's service day."""
REMOVALS_PER_SECOND: Final = 500
"""Removals per second of pause: what a table bears from one address in the long run."""
MIN_REMOVED: Final = 20
"""Below this, a message is too small to tell renaming from normal changes."""


@dataclass(frozen=True, slots=True)
class Churn:
    """Of `known` records before, `removed` are gone, and `added` are new."""

    known: int
    removed: int
    added: int

    @property
    def renames(self) -> bool:
        """Whether most of the known records have another name now."""
        return self.removed >= MIN_REMOVED and 2 * min(self.removed, self.added) > self.known

    @property
    def pause_seconds(self) -> float:
        """Seconds to wait before the next poll of the address."""
        return max(0, self.removed - FREE_REMOVALS) / REMOVALS_PER_SECOND


def churn_between(before: Set[Hashable], after: Set[Hashable]) -> Churn:
    """The churn between two messages of one address, or two reads of one file."""
    return Churn(len(before), len(before - after), len(after - before))
