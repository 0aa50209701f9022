"""The region's merged real time: every operator's data with the ids of the merged schedule.

    trip updates   of runs in the schedule or added; of several about one run, the selected one.
                   Those of a silent address are omitted after five minutes, as on boards, except
                   cancellations and skipped stops, which are decisions. Then the detours of
                   known trips, with their shapes and stops, which are decisions too
    vehicles       of addresses that are not silent, seen in the last five minutes, as on the map;
                   without their trip if it is not in the schedule
    alerts         those that affect something in the schedule

Omissions are counted by reason. The header timestamp is that of the newest data of the region:
it is the same in every replica and never goes back. docs/decisions/0012-merged-feeds.md
"""

import asyncio
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from mobilite.events import FeedPollV1, TripUpdateV1
from mobilite.gtfs.domain.freshness import STALE_SECONDS
from mobilite.gtfs.domain.ids import FeedId
from mobilite.open_data.domain.merged_network import MergedVersion
from mobilite.open_data.flows.merge_entities import Address, EntitySelection, newest
from mobilite.open_data.ports import EntityWriter, MergedState, MessageWriter
from mobilite.streams.ports import StateSource
from mobilite.vehicles.domain.fleet import MAX_AGE_SECONDS
from socle.clock import Clock
from socle.events import Received

AHEAD_SECONDS: Final = 60
"""Seconds by which an operator's clock can be ahead: consumers accept as much."""


class MessageType(StrEnum):
    """The three messages. The values are their names in the URLs."""

    TRIP_UPDATES = "trip-updates"
    VEHICLE_POSITIONS = "vehicle-positions"
    ALERTS = "alerts"


@dataclass(frozen=True, slots=True)
class MergedMessage:
    """One merged message."""

    message_type: MessageType
    timestamp: int
    """Of the header, in POSIX seconds."""
    version: str
    """The id of the matching schedule (`MergedVersion`)."""
    entities: tuple[bytes, ...]
    """Serialised."""
    sent: Mapping[FeedId, int]
    """The number of entities by feed."""
    left_out: Mapping[FeedId, Mapping[str, int]]
    """The number of omitted entities by feed and reason (`SelectedEntities.left_out`)."""
    protobuf: bytes
    """The message serialised."""
    tag: str
    """Identifies its content in any format."""


class MergedRealTime:
    """Makes the merged messages on request, each once per state of the data."""

    def __init__(
        self,
        live: StateSource[MergedState],
        *,
        version: Callable[[], MergedVersion],
        entities: EntityWriter,
        messages: MessageWriter,
        clock: Clock,
    ) -> None:
        """`version`: gives the current schedule (`MergedSchedule.version`). `entities`,
        `messages`: serialise. The others are the live state and the platform's clock."""
        self._live = live
        self._version = version
        self._write = entities
        self._messages = messages
        self._clock = clock
        self._updates: dict[str, bytes] = {}
        """Every trip update serialised, by record key: this takes longest."""
        self._locks = {message_type: asyncio.Lock() for message_type in MessageType}
        self._cached_messages: dict[MessageType, tuple[_Inputs, MergedMessage]] = {}
        self._cached_json: dict[MessageType, tuple[str, bytes]] = {}
        self._newest = 0

    def follow_trip_updates(self, batch: Sequence[Received[TripUpdateV1]]) -> None:
        """Apply a batch of `mobilite.trip-update.v1`, which the live state follows too."""
        for received in batch:
            if received.data is None:
                self._updates.pop(received.key, None)
            else:
                self._updates[received.key] = self._write.trip_update(received.data)

    async def message(self, message_type: MessageType) -> MergedMessage:
        """The current message of that type. Concurrent requests wait for the same one."""
        async with self._locks[message_type]:
            state, version, now = self._live.state, self._version(), self._clock.now()
            instant = int(now.timestamp())
            lost = _lost(state, instant) if message_type is MessageType.VEHICLE_POSITIONS else ()
            silent = frozenset(_silent(state, instant))
            inputs = _Inputs(state, version.id, silent, frozenset(lost))
            cached = self._cached_messages.get(message_type)
            if cached is not None and cached[0].equals(inputs):
                return cached[1]
            selection = EntitySelection(
                state,
                frozenset(feed.feed_id for feed in version.feeds),
                silent,
                inputs.lost,
                {**self._updates},
                self._write,
            )
            base = max(self._newest, _newest_data(state) or instant)
            message = await asyncio.to_thread(self._make, message_type, selection, version.id, base)
            self._newest = max(self._newest, message.timestamp)
            self._cached_messages[message_type] = inputs, message
            return message

    async def json(self, message: MergedMessage) -> bytes:
        """The same message as JSON, which is cached."""
        async with self._locks[message.message_type]:
            written = self._cached_json.get(message.message_type)
            if written is None or written[0] != message.tag:
                body = await asyncio.to_thread(
                    self._messages.json,
                    message.message_type,
                    message.entities,
                    timestamp=message.timestamp,
                    version=message.version,
                )
                written = self._cached_json[message.message_type] = message.tag, body
            return written[1]

    def _make(
        self, message_type: MessageType, selection: EntitySelection, version: str, base: int
    ) -> MergedMessage:
        selected = {
            MessageType.TRIP_UPDATES: selection.trip_updates,
            MessageType.VEHICLE_POSITIONS: selection.vehicles,
            MessageType.ALERTS: selection.alerts,
        }[message_type]()
        timestamp = newest(selected.instants, base=base, ahead=AHEAD_SECONDS)
        # An entity's timestamp after that of the message is too far ahead: it is dropped.
        entities = tuple(
            self._write.without_timestamp(entity) if measured_at > timestamp else entity
            for entity, measured_at in zip(selected.entities, selected.instants, strict=True)
        )
        body = self._messages.protobuf(entities, timestamp=timestamp, version=version)
        return MergedMessage(
            message_type,
            timestamp,
            version,
            entities,
            selected.sent,
            selected.left_out,
            body,
            hashlib.blake2b(body, digest_size=12).hexdigest(),
        )


@dataclass(frozen=True, slots=True)
class _Inputs:
    """What a message is made of, to find out whether the cached one is current."""

    state: MergedState
    version: str
    silent: frozenset[Address]
    lost: frozenset[str]

    def equals(self, other: "_Inputs") -> bool:
        """Whether they give the same message. Large immutable parts are compared by identity."""
        own_state, other_state = self.state, other.state
        return (
            own_state.snapshot is other_state.snapshot
            and own_state.vehicles is other_state.vehicles
            and own_state.alerts is other_state.alerts
            and own_state.modifications is other_state.modifications
            and self.version == other.version
            and self.silent == other.silent
            and self.lost == other.lost
        )


def _silent(state: MergedState, now: int) -> Iterator[Address]:
    """The addresses whose data is too old at `now` (POSIX seconds)."""
    for feed_id, polls in state.polls.items():
        for index, poll in polls.items():
            if poll.as_of is None or now - poll.as_of.timestamp() > STALE_SECONDS:
                yield feed_id, index


def _lost(state: MergedState, now: int) -> Iterator[str]:
    """The record keys of vehicles that were last seen too long before `now` (POSIX seconds)."""
    for vehicles in state.vehicles.values():
        for key, position in vehicles.items():
            if position.timestamp is not None and now - position.timestamp > MAX_AGE_SECONDS:
                yield key


def _newest_data(state: MergedState) -> int:
    """POSIX seconds of the newest real time or schedule of the region; 0 if there is none."""
    latest = [latest_as_of(state, feed_id) for feed_id in state.polls]
    packed = [announcement.packed_at for announcement in state.timetables.values()]
    return max(
        (int(each.timestamp()) for each in (*latest, *packed) if each is not None), default=0
    )


def latest_as_of(state: MergedState, feed_id: FeedId) -> datetime | None:
    """The instant of the feed's newest real time; None if it never had any. An address that has
    never published an entity (a desk without notices) does not count."""
    polls = state.polls.get(feed_id, {}).values()
    return max((poll.as_of for poll in polls if poll.as_of and _has_published(poll)), default=None)


def _has_published(poll: FeedPollV1) -> bool:
    """Whether an address ever published an entity. Records from before `carries` existed have the
    counts of the last message only."""
    counts = poll.entities
    entity_count = counts.trip_updates + counts.vehicle_positions + counts.alerts
    return bool(poll.carries or entity_count)
