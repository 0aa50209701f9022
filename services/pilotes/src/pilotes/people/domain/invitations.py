"""Enrolment codes of one pilot: how many, how often each can be used, until when."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

MAX_CODES: Final = 500
MAX_USES: Final = 10_000
MAX_DAYS: Final = 400


@dataclass(frozen=True, slots=True)
class InvitationOrder:
    """An order of codes."""

    count: int
    uses: int
    """Of each code: 1 for a letter to one person, more for a poster."""
    days: int
    label: str
    """What the codes are for, in the team's words."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """The codes of one order as the team sees them, without the codes."""

    id: int
    label: str
    count: int
    uses: int
    used: int
    """Number of uses."""
    made_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
