"""The members of a consumer group, and the response to their joins."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

Protocols = Sequence[tuple[str, bytes]]  # assignors by preference, with the member's metadata


@dataclass(slots=True, eq=False)
class Member:
    """One member. Timeouts are seconds."""

    id: str
    client_id: str
    session_timeout: float
    rebalance_timeout: float
    protocols: Protocols
    assignment: bytes = b""
    """As the leader encoded it."""
    joining: "asyncio.Future[Joined] | None" = None
    """Its pending join."""
    syncing: asyncio.Future[bytes] | None = None
    """Its pending sync."""
    expiry: asyncio.TimerHandle | None = None
    """The timer of its session."""
    answered: bool = False
    """Whether a join was answered, so that the client knows its member id."""

    def metadata(self, protocol: str | None) -> bytes:
        """The member's metadata for that assignor."""
        return dict(self.protocols).get(protocol or "", b"")


@dataclass(frozen=True, slots=True)
class Joined:
    """The response to a join."""

    generation: int
    protocol: str
    """The chosen assignor."""
    leader: str
    """The member id of the leader."""
    member: str
    """The member's own id."""
    members: Sequence[tuple[str, bytes]] = ()
    """For the leader only: member ids and their metadata."""
