"""One poll of one GTFS-Realtime address: read, decode, compare, publish the changes.

Any failure of the address is reported in its FeedPollV1; its last data stays published and ages.
Changes are published before the FeedPollV1 that reports them.
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from mobilite.archive.ports import StoreRawMessage
from mobilite.events import FeedPollV1
from mobilite.gtfs.domain.freshness import STALE_SECONDS
from mobilite.polling.domain.feed_message import DecodedUpdate, FeedMessage, Record
from mobilite.polling.flows.poll_record import (
    accepted,
    failed,
    notes_of,
    older_message_text,
    succeeded,
    with_entity_counts,
)
from mobilite.polling.flows.publish_entities import PublishedEntities
from mobilite.polling.ports import DecodeEntity, DecodeMessage
from mobilite.sources.domain.churn import Churn, churn_between
from mobilite.sources.domain.header_time import check_header_time
from mobilite.sources.ports import Announce, Source, SourceFault
from socle.clock import Clock

MAX_SILENCE = timedelta(seconds=STALE_SECONDS)
"""Age of the data of an address from which other addresses of the feed are preferred."""


@dataclass(frozen=True, slots=True)
class SourceState:
    """The state of one address between two polls."""

    poll: FeedPollV1
    """As last published."""
    tag: str | None = None
    """The version of the last accepted body, for `Source.read`."""
    digest: bytes = b""
    """The SHA-256 of that body."""
    doubts: Mapping[Record, Counter[str]] = field(default_factory=dict)
    """The doubts about each record of the last accepted message that has any, by code."""
    repeated: frozenset[str] = frozenset()
    """The entity ids that identify several alerts."""
    decoded: Mapping[bytes, DecodedUpdate] = field(default_factory=dict)
    """`FeedMessage.decoded` of the last message."""
    pause_seconds: float = 0.0
    """An additional pause for an address that renames too many records (`sources.domain.churn`)."""


@dataclass(frozen=True, slots=True)
class PollDependencies:
    """The ports of a poll."""

    decode: DecodeMessage
    decode_entity: DecodeEntity
    announce: Announce
    archive: StoreRawMessage
    clock: Clock


async def poll_source(
    source: Source, state: SourceState, feed: PublishedEntities, *, tools: PollDependencies
) -> SourceState:
    """Poll `source` once and publish the changes. Returns the new state.

    `feed`: the entities published of its feed. Never raises for failures of the address; raises
    what `announce` raises. The caller then keeps the old state, so that the next poll publishes
    everything again.
    """
    try:
        state = await _read_and_publish(source, replace(state, pause_seconds=0.0), feed, tools)
    except SourceFault as fault:
        state = replace(state, poll=failed(state.poll, fault, at=tools.clock.now()))
    await _update_silence(state.poll, feed, tools)
    poll = with_entity_counts(state.poll, feed.state)
    await tools.announce(poll)
    return replace(state, poll=poll)


async def _read_and_publish(
    source: Source, state: SourceState, feed: PublishedEntities, tools: PollDependencies
) -> SourceState:
    """Read the address, and publish the changes if it has a new message. Returns the new state.
    Raises SourceFault if the address cannot be read, or its message not be used."""
    poll = state.poll
    body = await source.read(state.tag)
    received = tools.clock.now()
    digest = hashlib.sha256(body.content).digest() if body is not None else state.digest
    if body is None or digest == state.digest:
        tag = state.tag if body is None else body.tag
        return replace(state, tag=tag, poll=succeeded(poll, "unchanged", received))
    await tools.archive(poll.feed_id, f"rt-{poll.source_index}", body.content, at=received)
    message = await asyncio.to_thread(
        tools.decode,
        body.content,
        feed_id=poll.feed_id,
        source=poll.source_index,
        repeated=state.repeated,
        known=state.decoded,
    )
    header = check_header_time(
        message.timestamp,
        received=received,
        last_seconds=poll.header_timestamp,
        last_as_of=poll.as_of,
    )
    if header.older:
        raise SourceFault("older", older_message_text(header, poll))
    doubts, churn = await _publish_changes(message, state, feed, tools)
    notes = notes_of(message, header, doubts.values(), churn, received)
    return SourceState(
        accepted(poll, message, header, notes, at=received),
        tag=body.tag,
        digest=digest,
        doubts=doubts,
        repeated=message.repeated,
        decoded=message.decoded,
        pause_seconds=churn.pause_seconds,
    )


async def _publish_changes(
    message: FeedMessage, state: SourceState, feed: PublishedEntities, tools: PollDependencies
) -> tuple[dict[Record, Counter[str]], Churn]:
    """Publish the changes of the message. Returns the doubts of each record, and the churn."""
    source = state.poll.source_index
    async with feed.lock:
        before = feed.state.by_source.get(source, {})
        after = feed.state.with_source(source, message.statements)
        fresh = await feed.publish(after, state.poll.feed_id, tools.decode_entity, tools.announce)
    known = {**state.doubts, **fresh}
    doubts = {record: known[record] for record in message.statements if known.get(record)}
    return doubts, churn_between(before.keys(), message.statements.keys())


async def _update_silence(
    poll: FeedPollV1, feed: PublishedEntities, tools: PollDependencies
) -> None:
    """Mark the address as silent if its data is too old: other addresses of the feed are then
    preferred for its runs."""
    silent = poll.as_of is None or tools.clock.now() - poll.as_of > MAX_SILENCE
    async with feed.lock:
        after = feed.state.with_silence(poll.source_index, silent=silent)
        if after is not feed.state:
            await feed.publish(after, poll.feed_id, tools.decode_entity, tools.announce)
