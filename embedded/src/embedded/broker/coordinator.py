"""The group coordinator: every group, their committed offsets, and the journal that keeps both.

A group that was agreed when the broker died stands again when it restarts: members go on with
their heartbeats, and nothing is read twice for want of a commit.
"""

import base64
import logging
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embedded.broker.codes import BrokerError, Code
from embedded.broker.group import Group, Member, State
from embedded.broker.journal import Journal
from embedded.broker.partition import Partition

log = logging.getLogger(__name__)

MIN_SESSION_MS, MAX_SESSION_MS = 1_000, 1_800_000
MAX_METADATA = 4096
_OFFSETS_RETENTION_MS = 7 * 86_400_000


@dataclass(frozen=True, slots=True)
class Committed:
    """A committed offset: the next record to read, the client's note, when (ms)."""

    offset: int
    metadata: str
    at: int


Offsets = dict[tuple[str, int], Committed]


class Coordinator:
    """Groups by id. Offsets and agreed groups survive a restart."""

    def __init__(self, path: Path) -> None:
        self._journal = Journal(path)
        self.groups: dict[str, Group] = {}
        self.offsets: dict[str, Offsets] = {}
        for key, value in self._journal.entries():
            self._recall(key, value)

    @property
    def partition(self) -> Partition:
        """The journal's log, for the sweep."""
        return self._journal.partition

    # Members

    def group(self, group_id: str | None) -> Group:
        """The group, made at need. Raises INVALID_GROUP_ID."""
        if not group_id:
            raise BrokerError(Code.INVALID_GROUP_ID)
        if group_id not in self.groups:
            self.groups[group_id] = Group(group_id, self._remember)
        return self.groups[group_id]

    def known_group(self, group_id: str | None) -> Group:
        """The group of a member. Raises UNKNOWN_MEMBER_ID where there is none."""
        if not group_id:
            raise BrokerError(Code.INVALID_GROUP_ID)
        if group_id not in self.groups:
            raise BrokerError(Code.UNKNOWN_MEMBER_ID)
        return self.groups[group_id]

    @staticmethod
    def new_member_id(client_id: str) -> str:
        """An id nobody else has."""
        return f"{client_id}-{uuid.uuid4()}"

    # Offsets

    def commit(self, group_id: str, member_id: str, generation: int, offsets: Offsets) -> None:
        """Keep offsets; on return they survive a SIGKILL. Raises `BrokerError`."""
        if not group_id:
            raise BrokerError(Code.INVALID_GROUP_ID)
        group = self.groups.get(group_id)
        if generation < 0 and not member_id:
            # A consumer without a group of members, or an administrator: only when nobody is in.
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
                        ["offset", group_id, *place],
                        [committed.offset, committed.metadata, committed.at],
                    )
                    for place, committed in offsets.items()
                ]
            )
            self.offsets.setdefault(group_id, {}).update(offsets)

    def forget(self, group_id: str, places: Iterable[tuple[str, int]]) -> None:
        """Delete committed offsets of a group."""
        gone = list(places)
        if gone:
            self._journal.write([(["offset", group_id, *place], None) for place in gone])
        committed = self.offsets.get(group_id, {})
        for place in gone:
            committed.pop(place, None)
        if not committed:
            self.offsets.pop(group_id, None)

    def forget_topic(self, topic: str) -> None:
        """Delete what every group committed on a topic that is no more."""
        for group_id, offsets in list(self.offsets.items()):
            self.forget(group_id, [place for place in offsets if place[0] == topic])

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
        """Drop groups nobody is in: at once without offsets, after seven days with."""
        for group_id, group in list(self.groups.items()):
            if group.state is State.EMPTY and group_id not in self.offsets:
                del self.groups[group_id]
        for group_id, offsets in list(self.offsets.items()):
            if group_id in self.groups and self.groups[group_id].members:
                continue
            oldest = now - _OFFSETS_RETENTION_MS
            self.forget(
                group_id, [place for place, committed in offsets.items() if committed.at < oldest]
            )

    def close(self) -> None:
        """Stop the timers and close the journal."""
        for group in self.groups.values():
            group.close()
        self._journal.close()

    # The journal

    def _remember(self, group: Group) -> None:
        """Write down an agreed group, or that nobody is in it."""
        try:
            self._journal.write([(["group", group.id], self._description(group))])
        except BrokerError as error:
            # The group works on; a restart of the broker would make its members join again.
            log.error("group %s is not written down: %s", group.id, error)

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

    def _recall(self, key: list[Any], value: Any) -> None:
        record_type, group_id, *place = key
        if record_type == "offset":
            offsets = self.offsets.setdefault(group_id, {})
            offsets.pop((place[0], place[1]), None)
            if value is not None:
                offsets[place[0], place[1]] = Committed(*value)
            if not offsets:
                del self.offsets[group_id]
            return
        self.groups.pop(group_id, None)
        if value is not None:
            self.groups[group_id] = self._restored(group_id, value)

    def _restored(self, group_id: str, value: list[Any]) -> Group:
        generation, protocol_type, protocol, leader, members = value
        group = Group(
            group_id, self._remember, State.STABLE, generation, protocol_type, protocol, leader
        )
        for member_id, client_id, session, rebalance, protocols, assignment in members:
            known = [(name, base64.b64decode(metadata)) for name, metadata in protocols]
            group.members[member_id] = Member(
                member_id, client_id, session, rebalance, known, base64.b64decode(assignment)
            )
            group.members[member_id].answered = True
        return group

    def begin(self) -> None:
        """Start the session timeouts of the members known from before the restart."""
        for group in self.groups.values():
            for member in group.members.values():
                group.touch(member)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
