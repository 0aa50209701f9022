"""One consumer group: its members, and their generations.

    Empty → PreparingRebalance → CompletingRebalance → Stable → PreparingRebalance → …

Follows Apache Kafka's classic group coordinator: a join waits until every member has joined again
or the rebalance timeout has expired; a sync waits for the leader's assignment; a member without a
heartbeat for its session timeout is removed.
https://cwiki.apache.org/confluence/display/KAFKA/Kafka+Client-side+Assignment+Proposal
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from embedded.broker.codes import BrokerError, Code
from embedded.broker.member import Joined, Member, Protocols


class State(StrEnum):
    """The states, by their names in DescribeGroups."""

    EMPTY = "Empty"
    PREPARING = "PreparingRebalance"
    COMPLETING = "CompletingRebalance"
    STABLE = "Stable"


@dataclass(slots=True, eq=False)
class Group:
    """One group."""

    id: str
    on_complete: "Callable[[Group], None]"
    """Called when a generation is complete, and when the group is empty."""
    state: State = State.EMPTY
    generation: int = 0
    protocol_type: str = ""
    protocol: str | None = None
    leader: str | None = None
    """A member id."""
    members: dict[str, Member] = field(default_factory=dict)
    """By id, in the order in which they joined."""
    deadline: asyncio.TimerHandle | None = None
    """The timer of the rebalance."""

    # Requests of members

    async def join(self, member: Member, protocol_type: str) -> Joined:
        """Add a member, or let a known one join again, and wait for the next generation.

        Raises `BrokerError`.
        """
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
        """The assignment of a member. Members other than the leader wait until it is known.

        `assignments`: from the leader, those of all members by id; empty from the others.

        Raises `BrokerError`.
        """
        member = self.check(member_id, generation)
        if self.state is State.PREPARING:
            raise BrokerError(Code.REBALANCE_IN_PROGRESS)
        self.touch(member)
        if self.state is State.STABLE:
            return member.assignment
        if member.id == self.leader:
            self._complete_sync(assignments)
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
        """The member, if `generation` is the current one.

        Raises UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION.
        """
        member = self.get(member_id)
        if generation != self.generation:
            raise BrokerError(Code.ILLEGAL_GENERATION)
        return member

    def touch(self, member: Member) -> None:
        """Restart the member's session timeout."""
        if member.expiry is not None:
            member.expiry.cancel()
        loop = asyncio.get_running_loop()
        member.expiry = loop.call_later(member.session_timeout, self._expire, member)

    def remove(self, member: Member) -> None:
        """Remove a member, and start a rebalance of the others."""
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
        """Start a rebalance, or complete the current one if every member has joined."""
        if self.state is not State.PREPARING:
            for member in self.members.values():
                _fail(member.syncing, Code.REBALANCE_IN_PROGRESS)
                member.syncing = None
            self.state = State.PREPARING
            timeout = max((m.rebalance_timeout for m in self.members.values()), default=0.0)
            self._set_deadline(timeout, self._end_joining)
        if all(member.joining is not None for member in self.members.values()):
            self._complete()

    def close(self) -> None:
        """Stop every timer."""
        for timer in (self.deadline, *(member.expiry for member in self.members.values())):
            if timer is not None:
                timer.cancel()

    # Steps

    def _admit(self, member: Member, protocol_type: str) -> Member | None:
        """The known member of that id, None for a new one. Raises INCONSISTENT_GROUP_PROTOCOL
        unless it shares an assignor with all others."""
        others = [m for m in self.members.values() if m.id != member.id]
        common = set(dict(member.protocols)).intersection(*(dict(m.protocols) for m in others))
        if not common or (others and protocol_type != self.protocol_type):
            raise BrokerError(Code.INCONSISTENT_GROUP_PROTOCOL)
        return self.members.get(member.id)

    def _is_current(self, member: Member, protocols: Protocols) -> bool:
        """Whether a join changes nothing: its response was lost, or a follower repeats it."""
        if list(member.protocols) != list(protocols) or member.joining is not None:
            return False
        if self.state is State.STABLE:
            return member.id != self.leader
        return self.state is State.COMPLETING

    def _complete(self) -> None:
        """Start the next generation and answer the joins: every member has joined, or there is
        none."""
        self.generation += 1
        if not self.members:
            self._set_deadline(None, None)
            self.state, self.protocol, self.leader = State.EMPTY, None, None
            self.on_complete(self)
            return
        self.state = State.COMPLETING
        self.protocol = self._vote()
        if self.leader is None:
            self.leader = next(iter(self.members))
        timeout = max(member.rebalance_timeout for member in self.members.values())
        self._set_deadline(timeout, self._end_syncing)
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

    def _complete_sync(self, assignments: Mapping[str, bytes]) -> None:
        """Store the leader's assignment and answer every waiting sync."""
        self._set_deadline(None, None)
        self.state = State.STABLE
        for member in self.members.values():
            member.assignment = assignments.get(member.id, b"")
        self.on_complete(self)
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
        """Remove the members that did not join again: the rebalance timeout has expired."""
        if self.state is State.PREPARING:
            for member in [m for m in self.members.values() if m.joining is None]:
                self.remove(member)

    def _end_syncing(self) -> None:
        """Remove the members without a pending sync: no assignment came in time."""
        if self.state is State.COMPLETING:
            for member in [m for m in self.members.values() if m.syncing is None]:
                self.remove(member)

    def _expire(self, member: Member) -> None:
        """Remove a member whose session timed out, unless a join or sync is pending."""
        if member.joining is None and member.syncing is None:
            self.remove(member)

    def _abandon(self, member: Member, pending: "asyncio.Future[Joined]") -> None:
        """The connection of a pending join closed: remove a new member, which does not know its id;
        a known one can join again."""
        if member.joining is pending and self.members.get(member.id) is member:
            member.joining = None
            if member.answered:
                self.touch(member)
            else:
                self.remove(member)


def _fail(pending: asyncio.Future[Joined] | asyncio.Future[bytes] | None, code: Code) -> None:
    if pending is not None and not pending.done():
        pending.set_exception(BrokerError(code))
