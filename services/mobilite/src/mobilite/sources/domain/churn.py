"""How much of what an address names comes and goes between two rounds.

Each thing gone is a tombstone, each one come a new record. An address that renames everything each
time (ids drawn at random) would write without end: it is told so, and asked less often.
"""

from collections.abc import Hashable, Set
from dataclasses import dataclass
from typing import Final

CALM: Final = 500
"""Things that may vanish at once without a thought: the end of the service of a town."""
GONE_A_SECOND: Final = 500
"""Things gone for each second of rest: what a table can bear of one address without end."""
FEWEST: Final = 20
"""Below, a message is too small to tell renaming from the coming and going of buses."""


@dataclass(frozen=True, slots=True)
class Churn:
    """Of `known` things before, `gone` are named no more, while `come` are new."""

    known: int
    gone: int
    come: int

    @property
    def renames(self) -> bool:
        """Whether most of what it knew goes by another name."""
        return self.gone >= FEWEST and 2 * min(self.gone, self.come) > self.known

    @property
    def rest(self) -> float:
        """Seconds to leave the address alone."""
        return max(0, self.gone - CALM) / GONE_A_SECOND


def churn_between(before: Set[Hashable], after: Set[Hashable]) -> Churn:
    """What came and went between two messages of one address, or two readings of one file."""
    return Churn(len(before), len(before - after), len(after - before))
