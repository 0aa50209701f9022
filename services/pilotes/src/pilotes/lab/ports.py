"""What the lab's pages need of the database and of the rest of the platform."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pilotes.record.domain.role_invitations import RoleInvitation


@dataclass(frozen=True, slots=True)
class WatchedSource:
    """A service, or the feeds of a network."""

    name: str
    healthy: bool


@dataclass(frozen=True, slots=True)
class PlatformHealth:
    """The state of the platform. Each part is None if its service does not answer."""

    services: Sequence[WatchedSource] | None
    feeds: Sequence[WatchedSource] | None
    """The networks that publish real time."""


class HealthSource(Protocol):
    """Reads the state of the platform at its public addresses."""

    async def read(self) -> PlatformHealth:
        """The state now. Raises nothing: what does not answer is None."""
        ...


@dataclass(frozen=True, slots=True)
class Draft:
    """What a coordinator typed in a form and has not sent."""

    pilot_id: str
    form: str
    """The name of its action."""
    author: str
    """Their subject."""
    revision: int
    """The one that the form was opened on."""
    opened: Mapping[str, str]
    """What the form contained then."""
    typed: Mapping[str, str]
    saved_at: datetime


class Drafts(Protocol):
    """The store of drafts: one of each author, in each form of each pilot."""

    async def find(self, pilot_id: str, form: str, author: str) -> Draft | None:
        """The draft; None without one."""
        ...

    async def save(self, draft: Draft) -> None:
        """Store a draft in place of the former one, and delete those that were last saved more
        than 90 days before it."""
        ...

    async def delete(self, pilot_id: str, form: str, author: str) -> None:
        """Delete the draft, if any."""
        ...


class RoleInvitations(Protocol):
    """The store of invitations to a role. They are settled with the record of their pilot."""

    async def add(self, invitation: RoleInvitation) -> bool:
        """Store an invitation. Returns whether it is stored: nobody is invited to a closed
        pilot."""
        ...

    async def find(self, invitation_id: str) -> RoleInvitation | None:
        """The invitation; None if there is none of that id."""
        ...

    async def list_of(self, pilot_id: str) -> Sequence[RoleInvitation]:
        """Those of a pilot, the latest first."""
        ...
