"""The group coordinator: every group, their committed offsets, and the journal of both.

A group that was stable when the broker was killed is restored when it restarts: its members
continue with their heartbeats, and their committed offsets are still known.
"""

import base64
import logging
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embedded.broker.codes import BrokerError, Code
from embedded.broker.group import Group, State
from embedded.broker.journal import Journal
from embedded.broker.member import Member
from embedded.broker.partition import Partition

log = logging.getLogger(__name__)

MIN_SESSION_MS, MAX_SESSION_MS = 1_000, 1_800_000
MAX_METADATA = 4096
_OFFSETS_RETENTION_MS = 7 * 86_400_000


@dataclass(frozen=True, slots=True)
class Committed:
    """A committed offset."""

    offset: int
    """Of the next record to read."""
    metadata: str
    """The client's own text."""
    at: int
    """When it was committed, in POSIX milliseconds."""


Offsets = dict[tuple[str, int], Committed]
"""By topic and partition."""


class Coordinator:
    """All groups. Offsets and stable groups survive a restart. `path`: the journal's folder."""

    def __init__(self, path: Path) -> None:
        self._journal = Journal(path)
        self.groups: dict[str, Group] = {}
        self.offsets: dict[str, Offsets] = {}
        for key, value in self._journal.entries():
            self._replay_journal(key, value)

    @property
    def partition(self) -> Partition:
        """The journal's log, for the sweep."""
        return self._journal.partition

    # Members

    def group(self, group_id: str | None) -> Group:
        """The group of that id, created if it is new. Raises INVALID_GROUP_ID."""
        if not group_id:
            raise BrokerError(Code.INVALID_GROUP_ID)
        if group_id not in self.groups:
            self.groups[group_id] = Group(group_id, self._journal_group)
        return self.groups[group_id]

    def known_group(self, group_id: str | None) -> Group:
        """The group of that id. Raises INVALID_GROUP_ID, or UNKNOWN_MEMBER_ID if there is none."""
        if not group_id:
            raise BrokerError(Code.INVALID_GROUP_ID)
        if group_id not in self.groups:
            raise BrokerError(Code.UNKNOWN_MEMBER_ID)
        return self.groups[group_id]

    @staticmethod
    def new_member_id(client_id: str) -> str:
        """A unique member id."""
        return f"{client_id}-{uuid.uuid4()}"

    # Offsets

    def commit(self, group_id: str, member_id: str, generation: int, offsets: Offsets) -> None:
        """Store offsets of a member, or of an administrator (no member id, generation below 0). On
        return they survive a SIGKILL. Raises `BrokerError`."""
        if not group_id:
            raise BrokerError(Code.INVALID_GROUP_ID)
        group = self.groups.get(group_id)
        if generation < 0 and not member_id:
            # A consumer without group membership, or an administrator: only for an empty group.
            if group is not None and group.members:
                raise BrokerError(Code.UNKNOWN_MEMBER_ID)
        else:
            group = self.known_group(group_id)
            group.touch(group.check(member_id, generation))
            if group.state is State.COMPLETING:
                raise BrokerError(Code.REBALANCE_IN_PROGRESS)
        if offsets:
            self._journal.write(
                [
                    (
                        ["offset", group_id, *topic_partition],
                        [committed.offset, committed.metadata, committed.at],
                    )
                    for topic_partition, committed in offsets.items()
                ]
            )
            self.offsets.setdefault(group_id, {}).update(offsets)

    def forget(self, group_id: str, topic_partitions: Iterable[tuple[str, int]]) -> None:
        """Delete committed offsets of a group."""
        deleted = list(topic_partitions)
        if deleted:
            self._journal.write(
                [(["offset", group_id, *topic_partition], None) for topic_partition in deleted]
            )
        committed = self.offsets.get(group_id, {})
        for topic_partition in deleted:
            committed.pop(topic_partition, None)
        if not committed:
            self.offsets.pop(group_id, None)

    def forget_topic(self, topic: str) -> None:
        """Delete the offsets that groups committed on a topic, since it is deleted."""
        for group_id, offsets in list(self.offsets.items()):
            self.forget(
                group_id,
                [topic_partition for topic_partition in offsets if topic_partition[0] == topic],
            )

    def delete(self, group_id: str) -> None:
        """Delete a group without members. Raises NON_EMPTY_GROUP, GROUP_ID_NOT_FOUND."""
        group = self.groups.get(group_id)
        if group is None and group_id not in self.offsets:
            raise BrokerError(Code.GROUP_ID_NOT_FOUND)
        if group is not None and group.members:
            raise BrokerError(Code.NON_EMPTY_GROUP)
        self.forget(group_id, list(self.offsets.get(group_id, {})))
        self.groups.pop(group_id, None)

    def expire(self, now: int) -> None:
        """Delete groups without members: at once if they have no offsets, and their offsets after
        seven days. `now`: POSIX milliseconds."""
        for group_id, group in list(self.groups.items()):
            if group.state is State.EMPTY and group_id not in self.offsets:
                del self.groups[group_id]
        for group_id, offsets in list(self.offsets.items()):
            if group_id in self.groups and self.groups[group_id].members:
                continue
            oldest = now - _OFFSETS_RETENTION_MS
            self.forget(
                group_id,
                [
                    topic_partition
                    for topic_partition, committed in offsets.items()
                    if committed.at < oldest
                ],
            )

    def close(self) -> None:
        """Stop the timers and close the journal."""
        for group in self.groups.values():
            group.close()
        self._journal.close()

    # The journal

    def _journal_group(self, group: Group) -> None:
        """Record a complete generation in the journal, or an empty group."""
        try:
            self._journal.write([(["group", group.id], self._description(group))])
        except BrokerError as error:
            # The group continues; after a restart of the broker its members must join again.
            log.error("group %s is not stored: %s", group.id, error)

    @staticmethod
    def _description(group: Group) -> list[Any] | None:
        if not group.members:
            return None
        members = [
            [
                member.id,
                member.client_id,
                member.session_timeout,
                member.rebalance_timeout,
                [[name, _text(metadata)] for name, metadata in member.protocols],
                _text(member.assignment),
            ]
            for member in group.members.values()
        ]
        return [group.generation, group.protocol_type, group.protocol, group.leader, members]

    def _replay_journal(self, key: list[Any], value: Any) -> None:
        record_type, group_id, *topic_partition = key
        if record_type == "offset":
            offsets = self.offsets.setdefault(group_id, {})
            offsets.pop((topic_partition[0], topic_partition[1]), None)
            if value is not None:
                offsets[topic_partition[0], topic_partition[1]] = Committed(*value)
            if not offsets:
                del self.offsets[group_id]
            return
        self.groups.pop(group_id, None)
        if value is not None:
            self.groups[group_id] = self._restored(group_id, value)

    def _restored(self, group_id: str, value: list[Any]) -> Group:
        generation, protocol_type, protocol, leader, members = value
        group = Group(
            group_id, self._journal_group, State.STABLE, generation, protocol_type, protocol, leader
        )
        for member_id, client_id, session, rebalance, protocols, assignment in members:
            known = [(name, base64.b64decode(metadata)) for name, metadata in protocols]
            group.members[member_id] = Member(
                member_id, client_id, session, rebalance, known, base64.b64decode(assignment)
            )
            group.members[member_id].answered = True
        return group

    def start_session_timeouts(self) -> None:
        """Start the session timeouts of the members restored from the journal."""
        for group in self.groups.values():
            for member in group.members.values():
                group.touch(member)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
