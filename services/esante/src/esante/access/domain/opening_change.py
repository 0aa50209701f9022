"""What a change writes about the access to records, beside the resource (`Change.attached`)."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class CreatedRecord:
    """A new Patient opens its record to the professional who creates it, if nothing is in it."""

    member: str


@dataclass(frozen=True, slots=True)
class EmergencyOpening:
    """The Communication of an emergency access opens the record until an instant."""

    patient: str
    member: str
    account: str
    reason: str
    """In the words of the professional."""
    now: datetime
    ends: datetime
    most_a_day: int
    """Emergency accesses of one account in 24 hours."""
