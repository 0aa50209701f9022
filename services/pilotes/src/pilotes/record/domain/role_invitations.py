"""Invitations to a role in a pilot: a link that one person accepts or declines, once."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from pilotes.record.domain.pilot import PilotId
from pilotes.record.domain.roles import Member

SECRET_BYTES: Final = 20
"""Random bytes of a link."""
MOST_DAYS: Final = 30
"""Days of validity, at most."""

InvitationState = Literal["open", "accepted", "declined", "withdrawn"]
ENDED_LABELS: Final[Mapping[InvitationState, str]] = {
    "open": "expirée",
    "accepted": "acceptée",
    "declined": "refusée",
    "withdrawn": "retirée",
}
"""What became of an invitation that cannot be accepted any more, in French: an open one that is
listed here has expired."""


@dataclass(frozen=True, slots=True)
class RoleInvitation:
    """One invitation."""

    id: str
    """SHA-256 of the last part of its link, in hexadecimal: the link itself is not stored."""
    pilot_id: PilotId
    role: Member
    name: str
    """The name that the team uses for the person."""
    inviter: str
    """The name of the person who invites, for the one who is invited."""
    invited_by: str
    """The subject of the coordinator."""
    invited_at: datetime
    expires_at: datetime
    state: InvitationState = "open"

    def is_open(self, now: datetime) -> bool:
        """Whether it can be accepted."""
        return self.state == "open" and now < self.expires_at


def invitation_id(secret: str) -> str:
    """The id of the invitation with that last part of its link."""
    return hashlib.sha256(secret.encode()).hexdigest()
