"""The region's one real time: what every operator says, under the ids of the one schedule.

    trip updates   of the runs the schedule holds or the update makes; where several are about one
                   run, the believed one. Those of a silent address are left out past five minutes,
                   as on boards, where its cancellations and the stops it does not serve stand: they
                   are decisions
    vehicles       of addresses that still speak, seen in the last five minutes, as on maps; without
                   their trip where the schedule lacks it
    alerts         all that concern something the schedule holds

What is left out is counted, by reason. The header's time is that of the newest data of the region:
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
from mobilite.open_data.flows.merge_entities import Address, Picking, newest
from mobilite.open_data.ports import MergedState, WriteEntities, WriteMessages
from mobilite.streams.ports import StateSource
from mobilite.vehicles.domain.fleet import LOST_SECONDS
from socle.clock import Clock
from socle.events import Received

AHEAD: Final = 60
"""Seconds by which an operator's clock may be ahead: consumers accept as much."""


class Kind(StrEnum):
    """The three messages, by the name of their address."""

    TRIP_UPDATES = "trip-updates"
    VEHICLE_POSITIONS = "vehicle-positions"
    ALERTS = "alerts"


@dataclass(frozen=True, slots=True)
class MergedMessage:
    """One message as it stands. `tag` names its content, whatever the form; `left_out` counts what
    was said and does not go out, by feed and reason."""

    kind: Kind
    timestamp: int
    version: str
    entities: tuple[bytes, ...]
    sent: Mapping[FeedId, int]
    left_out: Mapping[FeedId, Mapping[str, int]]
    protobuf: bytes
    tag: str


class MergedRealTime:
    """Keeps every trip update as it will go out; makes each message once for each state of things,
    when somebody asks."""

    def __init__(
        self,
        live: StateSource[MergedState],
        *,
        version: Callable[[], MergedVersion],
        entities: WriteEntities,
        messages: WriteMessages,
        clock: Clock,
    ) -> None:
        """`version` is that of the schedule as it serves (`MergedSchedule.version`)."""
        self._live = live
        self._version = version
        self._write = entities
        self._messages = messages
        self._clock = clock
        self._updates: dict[str, bytes] = {}
        self._turns = {kind: asyncio.Lock() for kind in Kind}
        self._made: dict[Kind, tuple[_Seen, MergedMessage]] = {}
        self._written: dict[Kind, tuple[str, bytes]] = {}
        self._newest = 0

    def follow_trip_updates(self, batch: Sequence[Received[TripUpdateV1]]) -> None:
        """Take a batch of `mobilite.trip-update.v1`, beside the live state."""
        for received in batch:
            if received.data is None:
                self._updates.pop(received.key, None)
            else:
                self._updates[received.key] = self._write.trip_update(received.data)

    async def message(self, kind: Kind) -> MergedMessage:
        """The message as things stand. One is made at a time; the others wait for it."""
        async with self._turns[kind]:
            state, version, now = self._live.state, self._version(), self._clock.now()
            instant = int(now.timestamp())
            lost = _lost(state, instant) if kind is Kind.VEHICLE_POSITIONS else ()
            silent = frozenset(_silent(state, instant))
            seen = _Seen(state, version.id, silent, frozenset(lost))
            made = self._made.get(kind)
            if made is not None and made[0].same(seen):
                return made[1]
            picking = Picking(
                state,
                frozenset(feed.feed_id for feed in version.feeds),
                silent,
                seen.lost,
                {**self._updates},
                self._write,
            )
            base = max(self._newest, _newest_data(state) or instant)
            message = await asyncio.to_thread(self._make, kind, picking, version.id, base)
            self._newest = max(self._newest, message.timestamp)
            self._made[kind] = seen, message
            return message

    async def json(self, message: MergedMessage) -> bytes:
        """The same message as JSON, written once."""
        async with self._turns[message.kind]:
            written = self._written.get(message.kind)
            if written is None or written[0] != message.tag:
                body = await asyncio.to_thread(
                    self._messages.json,
                    message.kind,
                    message.entities,
                    timestamp=message.timestamp,
                    version=message.version,
                )
                written = self._written[message.kind] = message.tag, body
            return written[1]

    def _make(self, kind: Kind, picking: Picking, version: str, base: int) -> MergedMessage:
        picked = {
            Kind.TRIP_UPDATES: picking.trip_updates,
            Kind.VEHICLE_POSITIONS: picking.vehicles,
            Kind.ALERTS: picking.alerts,
        }[kind]()
        timestamp = newest(picked.instants, base=base, ahead=AHEAD)
        # A clock that is too far ahead is not believed, on maps either.
        entities = tuple(
            self._write.undated(entity) if measured_at > timestamp else entity
            for entity, measured_at in zip(picked.entities, picked.instants, strict=True)
        )
        body = self._messages.protobuf(entities, timestamp=timestamp, version=version)
        return MergedMessage(
            kind,
            timestamp,
            version,
            entities,
            picked.sent,
            picked.left_out,
            body,
            hashlib.blake2b(body, digest_size=12).hexdigest(),
        )


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a message was made of: compared by identity where it is immutable."""

    state: MergedState
    version: str
    silent: frozenset[Address]
    lost: frozenset[str]

    def same(self, other: "_Seen") -> bool:
        mine, theirs = self.state, other.state
        return (
            mine.snapshot is theirs.snapshot
            and mine.vehicles is theirs.vehicles
            and mine.alerts is theirs.alerts
            and self.version == other.version
            and self.silent == other.silent
            and self.lost == other.lost
        )


def _silent(state: MergedState, now: int) -> Iterator[Address]:
    for feed_id, polls in state.polls.items():
        for index, poll in polls.items():
            if poll.as_of is None or now - poll.as_of.timestamp() > STALE_SECONDS:
                yield feed_id, index


def _lost(state: MergedState, now: int) -> Iterator[str]:
    for vehicles in state.vehicles.values():
        for key, said in vehicles.items():
            if said.timestamp is not None and now - said.timestamp > LOST_SECONDS:
                yield key


def _newest_data(state: MergedState) -> int:
    """POSIX seconds of the newest data of the region; 0 where there is none. An address that says
    nothing at all (a desk without notices) has none."""
    told = [said_at(state, feed_id) for feed_id in state.polls]
    packed = [facts.packed_at for facts in state.timetables.values()]
    return max((int(each.timestamp()) for each in (*told, *packed) if each is not None), default=0)


def said_at(state: MergedState, feed_id: FeedId) -> datetime | None:
    """The instant the newest real time of a feed speaks of; None where it never had any."""
    polls = state.polls.get(feed_id, {}).values()
    return max((poll.as_of for poll in polls if poll.as_of and _speaks(poll)), default=None)


def _speaks(poll: FeedPollV1) -> bool:
    """Whether an address ever said anything: records older than `carries` have counts alone."""
    counts = poll.entities
    said = counts.trip_updates + counts.vehicle_positions + counts.alerts
    return bool(poll.carries or said)
