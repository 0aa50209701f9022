"""Search criteria on the records that a resource is in, and on its author."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class StoredOpenings:
    """What opens records to a person, as it is stored: a statement can look up single records there
    instead of receiving all of them."""

    members: tuple[str, ...]
    """What the openings of the person name."""
    at: datetime
    """An instant of their periods."""
    closed: frozenset[int]
    """Records that are closed, or open in part, although there is an opening."""


@dataclass(frozen=True, slots=True, repr=False)
class InRecords:
    """The resource is in one of those compartments: `refs` contains any of those elements, which
    can be thousands."""

    elements: frozenset[int]
    openings: StoredOpenings | None = None
    """Those that open exactly these records while the revision of the person is the same; None:
    unknown."""

    def __repr__(self) -> str:
        # The far ends of chains are compared by their text (`JoinResolver`), and one of thousands
        # of numbers takes half a millisecond. Two with the same hash are both searched correctly.
        return f"InRecords({hash(self.elements)})"


@dataclass(frozen=True, slots=True)
class AuthoredBy:
    """The resource was created by the account with that key (`author_key`)."""

    author: int


@dataclass(frozen=True, slots=True)
class Unattached:
    """The resource is in no patient's compartment, and was created by that account (`AuthoredBy`);
    by any if None."""

    author: int | None
