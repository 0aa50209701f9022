"""Search criteria on the records that a resource is in, and on its author."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class InRecords:
    """The resource is in one of those compartments: `refs` contains any of those elements, which
    can be thousands."""

    elements: frozenset[int]


@dataclass(frozen=True, slots=True)
class AuthoredBy:
    """The resource was created by the account with that key (`author_key`)."""

    author: int


@dataclass(frozen=True, slots=True)
class Unattached:
    """The resource is in no patient's compartment, and was created by that account (`AuthoredBy`);
    by any if None."""

    author: int | None
