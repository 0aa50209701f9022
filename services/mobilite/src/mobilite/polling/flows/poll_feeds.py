"""Polls every GTFS-Realtime address of feeds.toml, each in its own task.

An address that hangs or fails affects no other. A change of feeds.toml applies without a
restart: the entities of an address that is no longer declared are deleted from the tables.
"""

import asyncio
import logging
import re
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field

from mobilite.events import AlertV1, FeedPollV1, TripUpdateV1, VehiclePositionV1
from mobilite.feeds.domain.feed import Feed
from mobilite.feeds.flows.declared_feeds import DeclaredFeeds
from mobilite.gtfs.domain.ids import FeedId
from mobilite.polling.domain.entity_state import EntityState, SourceStatement
from mobilite.polling.domain.feed_message import Record
from mobilite.polling.flows.poll_source import PollDependencies, SourceState, poll_source
from mobilite.polling.flows.publish_entities import ENTITY_TYPES, PublishedEntities, PublishedState
from mobilite.polling.ports import EntityEvent
from mobilite.sources.ports import Source
from socle.errors import Retry
from socle.events import Tombstone

log = logging.getLogger(__name__)

_WITH_DIGEST = re.compile(r"(.*)~[0-9a-f]{16}", re.DOTALL)
"""An alert id made of a repeated entity id and a digest of the content (`entities.Alerts`)."""


@dataclass(slots=True)
class PolledFeed:
    """One polled feed."""

    entities: PublishedEntities
    addresses: tuple[str, ...] = ()
    """As declared when its tasks were started; () before."""
    states: dict[int, SourceState] = field(default_factory=dict)
    """By number of the address."""
    tasks: list[asyncio.Task[None]] = field(default_factory=list)


class FeedPolling:
    """Polls all feeds."""

    def __init__(
        self,
        events: Iterable[EntityEvent],
        polls: Iterable[FeedPollV1],
        *,
        open_source: Callable[[str], Source],
        tools: PollDependencies,
        interval: float,
        reload_seconds: float = 2.0,
        authority: Callable[[str], bool] = lambda address: False,
    ) -> None:
        """Start from the tables, so that entities that vanished while no poll ran are deleted.

        `events`, `polls`: the contents of the tables. `open_source`: opens one address of
        feeds.toml. `interval`: seconds between two polls of one address. `reload_seconds`:
        between two reloads of feeds.toml. `authority`: whether the statements of an address take
        precedence over those of the feed's others.
        """
        self._open_source = open_source
        self._tools = tools
        self._interval = interval
        self._reload_seconds = reload_seconds
        self._authority = authority
        self._polled = restore_feeds(events, polls)

    async def run(self, declared: DeclaredFeeds) -> None:
        """Poll until cancelled. While the broker is unavailable it tries again."""
        await declared.watch(
            self._apply_declared, every=self._reload_seconds, clock=self._tools.clock
        )

    async def _apply_declared(self, feeds: Iterable[Feed], group: asyncio.TaskGroup) -> None:
        """Start and stop tasks according to the declared feeds; can be repeated after a failure."""
        wanted = {feed.id: feed.gtfs_rt for feed in feeds if feed.gtfs_rt}
        for feed_id in [*self._polled]:
            if wanted.get(FeedId(feed_id)) != self._polled[feed_id].addresses:
                await self._stop(self._polled[feed_id])
        for feed_id in [*self._polled]:
            if feed_id not in wanted:
                await self._drop_sources(feed_id, (), frozenset())
                del self._polled[feed_id]
        for feed_id, addresses in wanted.items():
            polled = self._polled.setdefault(feed_id, PolledFeed(PublishedEntities(EntityState())))
            if not polled.tasks:
                await self._start(feed_id, addresses, group)

    async def _start(
        self, feed_id: str, addresses: tuple[str, ...], group: asyncio.TaskGroup
    ) -> None:
        """Start one task for each address. The state of an address is kept if its number still
        has the same address."""
        polled = self._polled[feed_id]
        sources = [self._open_source(address) for address in addresses]
        unchanged = [
            index
            for index, source in enumerate(sources)
            if index in polled.states and polled.states[index].poll.address == source.address
        ]
        deciding = (index for index, address in enumerate(addresses) if self._authority(address))
        await self._drop_sources(feed_id, unchanged, frozenset(deciding))
        polled.addresses = addresses
        for index, source in enumerate(sources):
            if index not in polled.states:
                polled.states[index] = self._initial_state(feed_id, index, source)
            polled.tasks.append(group.create_task(self._poll(source, index, polled)))

    async def _poll(self, source: Source, index: int, polled: PolledFeed) -> None:
        """Poll one address until cancelled."""
        unexpected_failures = 0
        while True:
            try:
                polled.states[index] = await poll_source(
                    source, polled.states[index], polled.entities, tools=self._tools
                )
                unexpected_failures = 0
            except Retry as error:
                log.warning("poll of %s not published: %s", source.address, error.message)
            except Exception:
                # A programming error triggered by one address must not affect the others;
                # its last data visibly ages meanwhile.
                unexpected_failures += 1
                log.exception("poll of %s failed", source.address)
            await self._tools.clock.sleep(polled.states[index].pause_seconds)
            failures = max(unexpected_failures, polled.states[index].poll.consecutive_failures)
            await source.pause(interval=self._interval, failures=failures)

    async def _drop_sources(
        self, feed_id: str, unchanged: Container[int], authority: frozenset[int]
    ) -> None:
        """Delete from the tables the entities and polls of addresses that are not `unchanged`.
        `authority`: the addresses that take precedence from now on."""
        polled = self._polled[feed_id]
        async with polled.entities.lock:
            after = polled.entities.state.with_authority(authority)
            for index in {*after.by_source, *polled.states}:
                if index not in unchanged:
                    after = after.without_source(index)
            await polled.entities.publish(
                after, feed_id, self._tools.decode_entity, self._tools.announce
            )
        dropped = [index for index in polled.states if index not in unchanged]
        await self._tools.announce(
            *(Tombstone(FeedPollV1, polled.states[index].poll.key()) for index in dropped)
        )
        for index in dropped:
            del polled.states[index]

    def _initial_state(self, feed_id: str, index: int, source: Source) -> SourceState:
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
    async def _stop(polled: PolledFeed) -> None:
        for task in polled.tasks:
            task.cancel()
        await asyncio.gather(*polled.tasks, return_exceptions=True)
        polled.tasks.clear()


def restore_feeds(
    events: Iterable[EntityEvent], polls: Iterable[FeedPollV1]
) -> dict[str, PolledFeed]:
    """The state of each feed from the tables, after a restart."""
    by_feed: dict[str, dict[int, dict[Record, SourceStatement[bytes | EntityEvent]]]] = {}
    repeated: dict[tuple[str, int], set[str]] = {}
    for event in events:
        source = event.source_index
        statements = by_feed.setdefault(event.feed_id, {}).setdefault(source, {})
        timestamp = (
            event.timestamp or 0 if isinstance(event, TripUpdateV1 | VehiclePositionV1) else 0
        )
        statements[Record(ENTITY_TYPES[type(event)], event.key())] = SourceStatement(
            source, timestamp, event
        )
        if isinstance(event, AlertV1) and (with_digest := _WITH_DIGEST.fullmatch(event.alert_id)):
            repeated.setdefault((event.feed_id, source), set()).add(with_digest[1])
    polled: dict[str, PolledFeed] = {}
    for feed_id, by_source in by_feed.items():
        known: PublishedState = EntityState()
        for source, statements in by_source.items():
            known = known.with_source(source, statements)
        polled[feed_id] = PolledFeed(PublishedEntities(known))
    for poll in polls:
        feed = polled.setdefault(poll.feed_id, PolledFeed(PublishedEntities(EntityState())))
        ids = frozenset(repeated.get((poll.feed_id, poll.source_index), ()))
        feed.states[poll.source_index] = SourceState(poll, repeated=ids)
    return polled
