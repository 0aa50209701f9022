"""One poll of one GTFS-RT address: read, decode, compare with the last round, tell what changed.

Way A of the architecture. Whatever goes wrong with an address is said in its FeedPollV1; what it
said last is kept and grows old. Changes are told before the FeedPollV1 that speaks of them.
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from mobilite.domain.feed_message import FeedMessage
from mobilite.domain.feed_snapshot import STALE_SECONDS
from mobilite.domain.header_time import HeaderTime, judge_header
from mobilite.domain.poll_words import NOTES
from mobilite.domain.round import Change, Round
from mobilite.events import EntityCounts, FeedPollV1, PollError, PollNote, TripUpdateV1
from mobilite.ports import Announce, DecodeMessage, Source, SourceFault, WalkTripUpdate
from socle.clock import Clock
from socle.events import Event, Tombstone

SILENCE = timedelta(seconds=STALE_SECONDS)
"""After that, an address yields to another of the same feed."""
_AT_ONCE = 500
"""Updates walked and published together, so that a large feed leaves room for others."""


class FeedRound:
    """The round of one feed as told on the bus, shared by the tasks of its addresses.

    Content is a serialised TripUpdate, or its event where it was read back from the table. A
    change is made under `turn`, by `tell`.
    """

    def __init__(self, told: Round[bytes | TripUpdateV1]) -> None:
        self.told = told
        self.turn = asyncio.Lock()
        self._unsure: set[str] = set()

    async def tell(
        self, after: Round[bytes | TripUpdateV1], feed_id: str, tools: "PollTools"
    ) -> dict[str, Counter[str]]:
        """Publish what followers need to come to `after`. Returns the doubts by run.

        When publishing fails, its keys may or may not have arrived: they are told again next time,
        whatever they have become by then.
        """
        changes = after.changes(self.told)
        changed = {change.key for change in changes}
        changes += [Change(key, None, after.believed.get(key)) for key in self._unsure - changed]
        self._unsure |= changed
        doubts = await _publish(changes, feed_id, tools)
        self.told = after
        self._unsure.clear()
        return doubts


@dataclass(frozen=True, slots=True)
class SourceState:
    """What is remembered of one address between two polls.

    `tag` and `digest` name the last accepted body; `doubts` are those of each run's update.
    """

    poll: FeedPollV1
    tag: str | None = None
    digest: bytes = b""
    doubts: Mapping[str, Counter[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PollTools:
    """What a poll needs of the outside."""

    decode: DecodeMessage
    walk: WalkTripUpdate
    announce: Announce
    clock: Clock


async def poll_feed(
    source: Source, state: SourceState, feed: FeedRound, *, tools: PollTools
) -> SourceState:
    """Poll `source` once and publish what follows. Returns what to remember.

    Never raises for what the address does; raises what `announce` raises, with nothing remembered,
    so that the next poll tells it all again.
    """
    try:
        state = await _take(source, state, feed, tools)
    except SourceFault as fault:
        state = replace(state, poll=_failed(state.poll, fault, at=tools.clock.now()))
    await _judge_silence(state.poll, feed, tools)
    believed, superseded = feed.told.shares(state.poll.source_index)
    poll = state.poll.model_copy(update={"trips": believed, "superseded": superseded})
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
        return replace(state, tag=tag, poll=_succeeded(poll, "unchanged", received))
    message = await asyncio.to_thread(
        tools.decode, body.content, feed_id=poll.feed_id, source=poll.source_index
    )
    header = judge_header(
        message.timestamp,
        received=received,
        last_seconds=poll.header_timestamp,
        last_as_of=poll.as_of,
    )
    if header.older:
        raise SourceFault("older", _older_words(header, poll))
    doubts = await _tell(message, state, feed, tools)
    notes = _notes(message, header, doubts.values())
    accepted = _accepted(poll, message, header, notes, at=received)
    return SourceState(accepted, tag=body.tag, digest=digest, doubts=doubts)


async def _tell(
    message: FeedMessage, state: SourceState, feed: FeedRound, tools: PollTools
) -> dict[str, Counter[str]]:
    """Publish what the message changes. Returns the doubts of each run it names."""
    async with feed.turn:
        after = feed.told.with_source(state.poll.source_index, message.statements)
        fresh = await feed.tell(after, state.poll.feed_id, tools)
    known = {**state.doubts, **fresh}
    return {key: known[key] for key in message.statements if known.get(key)}


async def _judge_silence(poll: FeedPollV1, feed: FeedRound, tools: PollTools) -> None:
    """Let the feed's other addresses speak for the runs of one that has no news any more."""
    old = poll.as_of is None or tools.clock.now() - poll.as_of > SILENCE
    async with feed.turn:
        after = feed.told.with_silence(poll.source_index, silent=old)
        if after is not feed.told:
            await feed.tell(after, poll.feed_id, tools)


async def _publish(
    changes: Sequence[Change[bytes | TripUpdateV1]], feed_id: str, tools: PollTools
) -> dict[str, Counter[str]]:
    doubts: dict[str, Counter[str]] = {}

    def items(some: Sequence[Change[bytes | TripUpdateV1]]) -> list[Event | Tombstone]:
        found: list[Event | Tombstone] = []
        for change in some:
            if change.after is None:
                found.append(Tombstone(TripUpdateV1, change.key))
                continue
            event = change.after.content
            if isinstance(event, bytes):
                event, doubts[change.key] = tools.walk(
                    event, feed_id=feed_id, source=change.after.source
                )
            # After a restart the table is known as events: what it holds already is not repeated.
            if change.before is None or change.before.content != event:
                found.append(event)
        return found

    for first in range(0, len(changes), _AT_ONCE):
        some = await asyncio.to_thread(items, changes[first : first + _AT_ONCE])
        if some:
            await tools.announce(*some)
    return doubts


def _accepted(
    poll: FeedPollV1,
    message: FeedMessage,
    header: HeaderTime,
    notes: tuple[PollNote, ...],
    *,
    at: datetime,
) -> FeedPollV1:
    counts = message.counts
    taken = {
        "header_timestamp": header.seconds,
        "as_of": header.as_of,
        "realtime_version": message.realtime_version,
        "feed_version": message.feed_version,
        "entities": EntityCounts(
            trip_updates=counts.trip_updates,
            vehicle_positions=counts.vehicle_positions,
            alerts=counts.alerts,
            other=counts.other,
            deleted=counts.deleted,
        ),
        "notes": notes,
    }
    return _succeeded(poll, "accepted", at).model_copy(update=taken)


def _succeeded(poll: FeedPollV1, outcome: str, at: datetime) -> FeedPollV1:
    return poll.model_copy(
        update={
            "attempted_at": at,
            "succeeded_at": at,
            "outcome": outcome,
            "error": None,
            "consecutive_failures": 0,
        }
    )


def _failed(poll: FeedPollV1, fault: SourceFault, *, at: datetime) -> FeedPollV1:
    since = poll.error.since if poll.error is not None else at
    return poll.model_copy(
        update={
            "attempted_at": at,
            "outcome": "failed",
            "error": PollError(code=fault.code, message=fault.message, since=since),
            "consecutive_failures": poll.consecutive_failures + 1,
            "refused_older": poll.refused_older + (fault.code == "older"),
        }
    )


def _older_words(header: HeaderTime, poll: FeedPollV1) -> str:
    assert header.seconds is not None
    assert poll.header_timestamp is not None
    back = poll.header_timestamp - header.seconds
    return f"Le message est plus ancien de {back} s que le précédent : il est refusé."


def _notes(
    message: FeedMessage, header: HeaderTime, doubts: Iterable[Counter[str]]
) -> tuple[PollNote, ...]:
    found = Counter(message.notes) + Counter(header.notes)
    for each in doubts:
        found += each
    return tuple(
        PollNote(code=code, message=NOTES[code], count=count)
        for code, count in sorted(found.items())
    )
