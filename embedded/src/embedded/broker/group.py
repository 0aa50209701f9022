"""One consumer group: who is in it, and the generations they agree on.

    Empty → PreparingRebalance → CompletingRebalance → Stable → PreparingRebalance → …

Follows Apache Kafka's classic group coordinator: a join waits until every member has joined
again or the rebalance timeout has passed; a sync waits for the leader's assignment; a member not
heard of for its session timeout is removed.
https://cwiki.apache.org/confluence/display/KAFKA/Kafka+Client-side+Assignment+Proposal
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from embedded.broker.codes import BrokerError, Code


class State(StrEnum):
    """The states, by the names DescribeGroups shows."""

    EMPTY = "Empty"
    PREPARING = "PreparingRebalance"
    COMPLETING = "CompletingRebalance"
    STABLE = "Stable"


Protocols = Sequence[tuple[str, bytes]]  # assignors by preference, with the member's metadata


@dataclass(slots=True, eq=False)
class Member:
    """One member; time limits are seconds. A pending join or sync is a future."""

    id: str
    client_id: str
    session_timeout: float
    rebalance_timeout: float
    protocols: Protocols
    assignment: bytes = b""
    joining: "asyncio.Future[Joined] | None" = None
    syncing: asyncio.Future[bytes] | None = None
    expiry: asyncio.TimerHandle | None = None
    answered: bool = False  # it has learnt its id

    def metadata(self, protocol: str | None) -> bytes:
        """The member's metadata for that assignor."""
        return dict(self.protocols).get(protocol or "", b"")


@dataclass(frozen=True, slots=True)
class Joined:
    """The answer to a join; `members` is filled for the leader only."""

    generation: int
    protocol: str
    leader: str
    member: str
    members: Sequence[tuple[str, bytes]] = ()


@dataclass(slots=True, eq=False)
class Group:
    """Members and state. `on_settled` is called for each complete generation, and when empty."""

    id: str
    on_settled: "Callable[[Group], None]"
    state: State = State.EMPTY
    generation: int = 0
    protocol_type: str = ""
    protocol: str | None = None
    leader: str | None = None
    members: dict[str, Member] = field(default_factory=dict)
    deadline: asyncio.TimerHandle | None = None

    # Requests of members

    async def join(self, member: Member, protocol_type: str) -> Joined:
        """Enter, or confirm, and wait for the next generation. Raises `BrokerError`."""
        known = self._admit(member, protocol_type)
        if known is not None and self._is_current(known, member.protocols):
            self.touch(known)
            return self._joined(known)
        if known is not None:
            known.protocols = member.protocols
            known.session_timeout = member.session_timeout
            known.rebalance_timeout = member.rebalance_timeout
            member = known
        else:
            self.members[member.id] = member
            self.protocol_type = protocol_type
        _fail(member.joining, Code.REBALANCE_IN_PROGRESS)
        pending: asyncio.Future[Joined] = asyncio.get_running_loop().create_future()
        member.joining = pending
        self.prepare()
        try:
            return await pending
        except asyncio.CancelledError:
            self._abandon(member, pending)
            raise

    async def sync(
        self, member_id: str, generation: int, assignments: Mapping[str, bytes]
    ) -> bytes:
        """Give (the leader) or wait for (the others) the assignment. Raises `BrokerError`."""
        member = self.check(member_id, generation)
        if self.state is State.PREPARING:
            raise BrokerError(Code.REBALANCE_IN_PROGRESS)
        self.touch(member)
        if self.state is State.STABLE:
            return member.assignment
        if member.id == self.leader:
            self._settle(assignments)
            return member.assignment
        _fail(member.syncing, Code.REBALANCE_IN_PROGRESS)
        pending: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        member.syncing = pending
        try:
            return await pending
        finally:
            if member.syncing is pending:
                member.syncing = None
                self.touch(member)

    def heartbeat(self, member_id: str, generation: int) -> None:
        """Prolong the session. Raises REBALANCE_IN_PROGRESS when the member must join again."""
        self.touch(self.check(member_id, generation))
        if self.state is State.PREPARING:
            raise BrokerError(Code.REBALANCE_IN_PROGRESS)

    def leave(self, member_id: str) -> None:
        """Remove a member that leaves."""
        self.remove(self.get(member_id))

    # Calls of the coordinator

    def get(self, member_id: str) -> Member:
        """The member. Raises UNKNOWN_MEMBER_ID."""
        member = self.members.get(member_id)
        if member is None:
            raise BrokerError(Code.UNKNOWN_MEMBER_ID)
        return member

    def check(self, member_id: str, generation: int) -> Member:
        """The member, of the current generation. Raises UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION."""
        member = self.get(member_id)
        if generation != self.generation:
            raise BrokerError(Code.ILLEGAL_GENERATION)
        return member

    def touch(self, member: Member) -> None:
        """Begin the member's session timeout again."""
        if member.expiry is not None:
            member.expiry.cancel()
        loop = asyncio.get_running_loop()
        member.expiry = loop.call_later(member.session_timeout, self._expire, member)

    def remove(self, member: Member) -> None:
        """Take a member out, and let the others rebalance."""
        if self.members.pop(member.id, None) is None:
            return
        if member.expiry is not None:
            member.expiry.cancel()
        _fail(member.joining, Code.UNKNOWN_MEMBER_ID)
        _fail(member.syncing, Code.UNKNOWN_MEMBER_ID)
        if self.leader == member.id:
            self.leader = None
        self.prepare()

    def prepare(self) -> None:
        """Begin a rebalance, or go on with the one that is under way."""
        if self.state is not State.PREPARING:
            for member in self.members.values():
                _fail(member.syncing, Code.REBALANCE_IN_PROGRESS)
                member.syncing = None
            self.state = State.PREPARING
            patience = max((m.rebalance_timeout for m in self.members.values()), default=0.0)
            self._set_deadline(patience, self._end_joining)
        if all(member.joining is not None for member in self.members.values()):
            self._complete()

    def close(self) -> None:
        """Stop every timer."""
        for timer in (self.deadline, *(member.expiry for member in self.members.values())):
            if timer is not None:
                timer.cancel()

    # Steps

    def _admit(self, member: Member, protocol_type: str) -> Member | None:
        """The member of that id when it is known, None for a new one that may enter."""
        others = [m for m in self.members.values() if m.id != member.id]
        common = set(dict(member.protocols)).intersection(*(dict(m.protocols) for m in others))
        if not common or (others and protocol_type != self.protocol_type):
            raise BrokerError(Code.INCONSISTENT_GROUP_PROTOCOL)
        return self.members.get(member.id)

    def _is_current(self, member: Member, protocols: Protocols) -> bool:
        """A join that changes nothing: its response was lost, or a follower repeats it."""
        if list(member.protocols) != list(protocols) or member.joining is not None:
            return False
        if self.state is State.STABLE:
            return member.id != self.leader
        return self.state is State.COMPLETING

    def _complete(self) -> None:
        """Every member has joined (or there is none): name the generation and answer them."""
        self.generation += 1
        if not self.members:
            self._set_deadline(None, None)
            self.state, self.protocol, self.leader = State.EMPTY, None, None
            self.on_settled(self)
            return
        self.state = State.COMPLETING
        self.protocol = self._vote()
        if self.leader is None:
            self.leader = next(iter(self.members))
        patience = max(member.rebalance_timeout for member in self.members.values())
        self._set_deadline(patience, self._end_syncing)
        for member in self.members.values():
            if member.joining is not None and not member.joining.done():
                member.joining.set_result(self._joined(member))
            member.joining, member.answered = None, True
            self.touch(member)

    def _vote(self) -> str:
        """The assignor that all members support and most prefer."""
        members = list(self.members.values())
        common = set.intersection(*(set(dict(member.protocols)) for member in members))
        votes = Counter(next(p for p, _ in m.protocols if p in common) for m in members)
        return votes.most_common(1)[0][0]

    def _joined(self, member: Member) -> Joined:
        members = [(m.id, m.metadata(self.protocol)) for m in self.members.values()]
        leads = member.id == self.leader
        return Joined(
            self.generation,
            self.protocol or "",
            self.leader or "",
            member.id,
            members if leads else (),
        )

    def _settle(self, assignments: Mapping[str, bytes]) -> None:
        """The leader has spoken: every waiting sync is answered."""
        self._set_deadline(None, None)
        self.state = State.STABLE
        for member in self.members.values():
            member.assignment = assignments.get(member.id, b"")
        self.on_settled(self)
        for member in self.members.values():
            if member.syncing is not None and not member.syncing.done():
                member.syncing.set_result(member.assignment)

    def _set_deadline(self, seconds: float | None, then: Callable[[], None] | None) -> None:
        if self.deadline is not None:
            self.deadline.cancel()
        self.deadline = None
        if seconds is not None and then is not None:
            self.deadline = asyncio.get_running_loop().call_later(seconds, then)

    def _end_joining(self) -> None:
        """The rebalance timeout has passed: those who did not join again are out."""
        if self.state is State.PREPARING:
            for member in [m for m in self.members.values() if m.joining is None]:
                self.remove(member)

    def _end_syncing(self) -> None:
        """No assignment in time: members without a pending request are removed."""
        if self.state is State.COMPLETING:
            for member in [m for m in self.members.values() if m.syncing is None]:
                self.remove(member)

    def _expire(self, member: Member) -> None:
        """The session timed out; a member with a pending join or sync stays."""
        if member.joining is None and member.syncing is None:
            self.remove(member)

    def _abandon(self, member: Member, pending: "asyncio.Future[Joined]") -> None:
        """The connection closed on a join: a newcomer is gone, another may come back."""
        if member.joining is pending and self.members.get(member.id) is member:
            member.joining = None
            if member.answered:
                self.touch(member)
            else:
                self.remove(member)


def _fail(pending: asyncio.Future[Joined] | asyncio.Future[bytes] | None, code: Code) -> None:
    if pending is not None and not pending.done():
        pending.set_exception(BrokerError(code))
