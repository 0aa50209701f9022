"""One poll of one GTFS-RT address: read, decode, compare with the last round, tell what changed.

Way A of the architecture. Whatever goes wrong with an address is said in its FeedPollV1; what it
said last is kept and grows old. Changes are told before the FeedPollV1 that speaks of them.
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from mobilite.archive.ports import KeepRaw
from mobilite.events import FeedPollV1
from mobilite.gtfs.domain.freshness import STALE_SECONDS
from mobilite.polling.domain.feed_message import FeedMessage, ReadUpdate, Record
from mobilite.polling.flows.poll_record import (
    accepted,
    failed,
    notes_of,
    older_words,
    succeeded,
    with_shares,
)
from mobilite.polling.flows.publish_entities import FeedRound
from mobilite.polling.ports import DecodeMessage, WalkEntity
from mobilite.sources.domain.churn import Churn, churn_between
from mobilite.sources.domain.header_time import judge_header
from mobilite.sources.ports import Announce, Source, SourceFault
from socle.clock import Clock

SILENCE = timedelta(seconds=STALE_SECONDS)
"""After that, an address yields to another of the same feed."""


@dataclass(frozen=True, slots=True)
class SourceState:
    """What is remembered of one address between two polls.

    `tag` and `digest` name the last accepted body; `doubts` are those of each record it says.
    `repeated` are the entity ids that name several alerts, `read` what entities came to by their
    bytes. `rest` is how long to leave it alone, in seconds, since it renamed so much.
    """

    poll: FeedPollV1
    tag: str | None = None
    digest: bytes = b""
    doubts: Mapping[Record, Counter[str]] = field(default_factory=dict)
    repeated: frozenset[str] = frozenset()
    read: Mapping[bytes, ReadUpdate] = field(default_factory=dict)
    rest: float = 0.0


@dataclass(frozen=True, slots=True)
class PollTools:
    """What a poll needs of the outside."""

    decode: DecodeMessage
    walk: WalkEntity
    announce: Announce
    archive: KeepRaw
    clock: Clock


async def poll_feed(
    source: Source, state: SourceState, feed: FeedRound, *, tools: PollTools
) -> SourceState:
    """Poll `source` once and publish what follows. Returns what to remember.

    Never raises for what the address does; raises what `announce` raises, with nothing remembered,
    so that the next poll tells it all again.
    """
    try:
        state = await _take(source, replace(state, rest=0.0), feed, tools)
    except SourceFault as fault:
        state = replace(state, poll=failed(state.poll, fault, at=tools.clock.now()))
    await _judge_silence(state.poll, feed, tools)
    poll = with_shares(state.poll, feed.told)
    await tools.announce(poll)
    return replace(state, poll=poll)


async def _take(
    source: Source, state: SourceState, feed: FeedRound, tools: PollTools
) -> SourceState:
    poll = state.poll
    body = await source.read(state.tag)
    received = tools.clock.now()
    digest = hashlib.sha256(body.content).digest() if body is not None else state.digest
    if body is None or digest == state.digest:
        tag = state.tag if body is None else body.tag
        return replace(state, tag=tag, poll=succeeded(poll, "unchanged", received))
    stream = f"rt-{poll.source_index}"
    await tools.archive(poll.feed_id, stream, body.content, at=received)
    message = await asyncio.to_thread(
        tools.decode,
        body.content,
        feed_id=poll.feed_id,
        source=poll.source_index,
        repeated=state.repeated,
        known=state.read,
    )
    header = judge_header(
        message.timestamp,
        received=received,
        last_seconds=poll.header_timestamp,
        last_as_of=poll.as_of,
    )
    if header.older:
        raise SourceFault("older", older_words(header, poll))
    doubts, churn = await _tell(message, state, feed, tools)
    notes = notes_of(message, header, doubts.values(), churn, received)
    return SourceState(
        accepted(poll, message, header, notes, at=received),
        tag=body.tag,
        digest=digest,
        doubts=doubts,
        repeated=message.repeated,
        read=message.read,
        rest=churn.rest,
    )


async def _tell(
    message: FeedMessage, state: SourceState, feed: FeedRound, tools: PollTools
) -> tuple[dict[Record, Counter[str]], Churn]:
    """Publish what the message changes. Returns the doubts of each record it names, and how many
    came and went."""
    source = state.poll.source_index
    async with feed.turn:
        before = feed.told.by_source.get(source, {})
        after = feed.told.with_source(source, message.statements)
        fresh = await feed.tell(after, state.poll.feed_id, tools.walk, tools.announce)
    known = {**state.doubts, **fresh}
    doubts = {record: known[record] for record in message.statements if known.get(record)}
    return doubts, churn_between(before.keys(), message.statements.keys())


async def _judge_silence(poll: FeedPollV1, feed: FeedRound, tools: PollTools) -> None:
    """Let the feed's other addresses speak for the runs of one that has no news any more."""
    old = poll.as_of is None or tools.clock.now() - poll.as_of > SILENCE
    async with feed.turn:
        after = feed.told.with_silence(poll.source_index, silent=old)
        if after is not feed.told:
            await feed.tell(after, poll.feed_id, tools.walk, tools.announce)
