"""Polling every GTFS-RT address of feeds.toml, each in a task of its own, for as long as it runs.

An address that hangs or fails degrades alone. A change of feeds.toml is taken up without a
restart: what is no longer declared is deleted from the tables.
"""

import asyncio
import logging
import re
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field

from mobilite.events import AlertV1, FeedPollV1
from mobilite.feeds.domain.feed import Feed
from mobilite.feeds.flows.declared_feeds import FeedsDeclared
from mobilite.gtfs.domain.ids import FeedId
from mobilite.polling.domain.entity_state import Round, Statement
from mobilite.polling.domain.feed_message import Record
from mobilite.polling.flows.poll_source import PollTools, SourceState, poll_feed
from mobilite.polling.flows.publish_entities import KINDS, FeedRound, ToldRound
from mobilite.polling.ports import Told
from mobilite.sources.ports import Source
from socle.errors import Retry
from socle.events import Tombstone

log = logging.getLogger(__name__)

_APART = re.compile(r"(.*)~[0-9a-f]{16}", re.DOTALL)
"""An alert told apart from others of its entity id by its content."""


@dataclass(slots=True)
class Polled:
    """One feed under way: its round, its addresses as declared, what is remembered of each."""

    round: FeedRound
    addresses: tuple[str, ...] = ()
    states: dict[int, SourceState] = field(default_factory=dict)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)


class FeedPolling:
    """All feeds under way. Starts from what the tables hold, so that nothing stays in them that
    vanished while no poll ran."""

    def __init__(
        self,
        told: Iterable[Told],
        polls: Iterable[FeedPollV1],
        *,
        open_source: Callable[[str], Source],
        tools: PollTools,
        interval: float,
        look_every: float = 2.0,
        authority: Callable[[str], bool] = lambda address: False,
    ) -> None:
        """`open_source` opens one address of feeds.toml. `interval` between two polls of one
        address and `look_every` between two looks at feeds.toml are in seconds. What an address
        of `authority` says of a run goes before what the feed's others say."""
        self._open_source = open_source
        self._tools = tools
        self._interval = interval
        self._look_every = look_every
        self._authority = authority
        self._polled = as_told(told, polls)

    async def run(self, declared: FeedsDeclared) -> None:
        """Poll until cancelled. An absent broker is waited for; mistakes of ours are raised."""
        await declared.keep_up(self._take_up, every=self._look_every, clock=self._tools.clock)

    async def _take_up(self, feeds: Iterable[Feed], group: asyncio.TaskGroup) -> None:
        """Bring what runs in line with what is declared; may be done again when it failed."""
        wanted = {feed.id: feed.gtfs_rt for feed in feeds if feed.gtfs_rt}
        for feed_id in [*self._polled]:
            if wanted.get(FeedId(feed_id)) != self._polled[feed_id].addresses:
                await self._stop(self._polled[feed_id])
        for feed_id in [*self._polled]:
            if feed_id not in wanted:
                await self._drop_sources(feed_id, (), frozenset())
                del self._polled[feed_id]
        for feed_id, addresses in wanted.items():
            polled = self._polled.setdefault(feed_id, Polled(FeedRound(Round())))
            if not polled.tasks:
                await self._start(feed_id, addresses, group)

    async def _start(
        self, feed_id: str, addresses: tuple[str, ...], group: asyncio.TaskGroup
    ) -> None:
        polled = self._polled[feed_id]
        sources = [self._open_source(address) for address in addresses]
        kept = [
            index
            for index, source in enumerate(sources)
            if index in polled.states and polled.states[index].poll.address == source.address
        ]
        deciding = (index for index, address in enumerate(addresses) if self._authority(address))
        await self._drop_sources(feed_id, kept, frozenset(deciding))
        polled.addresses = addresses
        for index, source in enumerate(sources):
            if index not in polled.states:
                polled.states[index] = self._unknown(feed_id, index, source)
            polled.tasks.append(group.create_task(self._poll(source, index, polled)))

    async def _poll(self, source: Source, index: int, polled: Polled) -> None:
        broken = 0
        while True:
            try:
                polled.states[index] = await poll_feed(
                    source, polled.states[index], polled.round, tools=self._tools
                )
                broken = 0
            except Retry as away:
                log.warning("poll of %s not told: %s", source.address, away.message)
            except Exception:
                # A mistake of ours that one address brings out must not cost the others theirs:
                # what it said last grows old meanwhile, for all to see.
                broken += 1
                log.exception("poll of %s failed", source.address)
            await self._tools.clock.sleep(polled.states[index].rest)
            failures = max(broken, polled.states[index].poll.consecutive_failures)
            await source.pause(interval=self._interval, failures=failures)

    async def _drop_sources(
        self, feed_id: str, kept: Container[int], authority: frozenset[int]
    ) -> None:
        """Delete from the tables what addresses said that are not declared (there) any more."""
        polled = self._polled[feed_id]
        after = polled.round.told.with_authority(authority)
        for index in {*after.by_source, *polled.states}:
            if index not in kept:
                after = after.without_source(index)
        async with polled.round.turn:
            await polled.round.tell(after, feed_id, self._tools.walk, self._tools.announce)
        gone = [index for index in polled.states if index not in kept]
        await self._tools.announce(
            *(Tombstone(FeedPollV1, polled.states[index].poll.key()) for index in gone)
        )
        for index in gone:
            del polled.states[index]

    def _unknown(self, feed_id: str, index: int, source: Source) -> SourceState:
        return SourceState(
            FeedPollV1(
                feed_id=feed_id,
                source_index=index,
                address=source.address,
                attempted_at=self._tools.clock.now(),
                outcome="unchanged",
            )
        )

    @staticmethod
    async def _stop(polled: Polled) -> None:
        for task in polled.tasks:
            task.cancel()
        await asyncio.gather(*polled.tasks, return_exceptions=True)
        polled.tasks.clear()


def as_told(told: Iterable[Told], polls: Iterable[FeedPollV1]) -> dict[str, Polled]:
    """Each feed as the tables have it: the start of a polling that was interrupted."""
    by_feed: dict[str, dict[int, dict[Record, Statement[bytes | Told]]]] = {}
    repeated: dict[tuple[str, int], set[str]] = {}
    for event in told:
        source = event.source_index
        statements = by_feed.setdefault(event.feed_id, {}).setdefault(source, {})
        measured = 0 if isinstance(event, AlertV1) else event.timestamp or 0
        statements[Record(KINDS[type(event)], event.key())] = Statement(source, measured, event)
        if isinstance(event, AlertV1) and (apart := _APART.fullmatch(event.alert_id)):
            repeated.setdefault((event.feed_id, source), set()).add(apart[1])
    polled: dict[str, Polled] = {}
    for feed_id, by_source in by_feed.items():
        known: ToldRound = Round()
        for source, statements in by_source.items():
            known = known.with_source(source, statements)
        polled[feed_id] = Polled(FeedRound(known))
    for poll in polls:
        feed = polled.setdefault(poll.feed_id, Polled(FeedRound(Round())))
        ids = frozenset(repeated.get((poll.feed_id, poll.source_index), ()))
        feed.states[poll.source_index] = SourceState(poll, repeated=ids)
    return polled
