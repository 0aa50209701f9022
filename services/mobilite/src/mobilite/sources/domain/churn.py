"""Churn: how many records of an address appear and disappear between two polls.

Each removed record is a tombstone, each added one a new record. An address that renames everything
at each poll (random ids) would cause writes without end: a note reports it, and it is polled less
often.
"""

from collections.abc import Hashable, Set
from dataclasses import dataclass
from typing import Final

FREE_REMOVALS: Final = 500
"""Removals that need no pause: as many occur at the end of a town's service day."""
REMOVALS_PER_SECOND: Final = 500
"""Further removals for each second of pause: the long-term limit of one address."""
MIN_REMOVED: Final = 20
"""With fewer removals, renaming cannot be distinguished from normal changes."""


@dataclass(frozen=True, slots=True)
class Churn:
    """The changes between two messages of an address."""

    known: int
    """Records of the former message."""
    removed: int
    """Those that are not in the newer one."""
    added: int
    """Records of the newer message that are not in the former."""

    @property
    def renames(self) -> bool:
        """Whether the address seems to rename most of its records."""
        return self.removed >= MIN_REMOVED and 2 * min(self.removed, self.added) > self.known

    @property
    def pause_seconds(self) -> float:
        """Seconds to wait before the next poll of the address."""
        return max(0, self.removed - FREE_REMOVALS) / REMOVALS_PER_SECOND


def churn_between(before: Set[Hashable], after: Set[Hashable]) -> Churn:
    """The churn between two messages of one address, or two reads of one file, by their record
    keys."""
    return Churn(len(before), len(before - after), len(after - before))
