"""Invitations to a pilot: sets of enrolment codes that can be used some times until some day."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

MAX_CODES: Final = 500
MAX_USES: Final = 10_000
MAX_DAYS: Final = 400


@dataclass(frozen=True, slots=True)
class InvitationOrder:
    """A request for an invitation."""

    count: int
    """Number of codes."""
    uses: int
    """How often each code can be used: 1 for a letter to one person, more for a poster."""
    days: int
    """Days of validity."""
    label: str
    """What the codes are for, in the team's words."""
    place: str | None = None
    """The code of the place whose people are invited; None: each person states theirs, or the trial
    draws people."""


_STEP: Final = 5


def usage_range(used: int, most: int) -> tuple[int, int]:
    """The least and the greatest number of uses that are disclosed for `used`: an exact number
    would show its readers who enrolled just now. `most`: all possible uses."""
    least = used - used % _STEP
    return min(least, most), min(least + _STEP - 1, most)


@dataclass(frozen=True, slots=True)
class Invitation:
    """A stored invitation. The codes themselves are not stored."""

    id: int
    label: str
    count: int
    """Number of codes."""
    uses: int
    """How often each code can be used."""
    used: int
    """How often all its codes were used, in total."""
    made_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    place: str | None = None
    """As in the order."""
