"""Match changes of resources: each becomes an event of every subscription that it meets.

A record of `esante.resource-changed.v1` names a version; that version is matched, whatever the
resource is by now, so that the events of a resource are its versions, in their order.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final

from esante.access.domain.smart_scopes import cached_access
from esante.core.domain.json_parser import parse_json
from esante.core.domain.permissions import Author
from esante.core.flows.worker_pool import WorkerPool
from esante.events import ResourceChangedV1
from esante.search.domain.indexing import index
from esante.search.domain.query.criterion_parser import SearchContext
from esante.search.domain.query.matcher import IndexedResource
from esante.store.domain.index_rows import IndexEntries, keys_alone
from esante.subscriptions.domain.criteria_index import CriteriaIndex
from esante.subscriptions.domain.subscription import Event, Matchable
from esante.subscriptions.domain.subscription_criteria import parse_criteria
from esante.subscriptions.ports import (
    ChangedVersion,
    MatchedEvent,
    ReadVersion,
    SubscriptionQueue,
)
from socle.clock import Clock
from socle.errors import Refusal, Retry
from socle.events import Received

log = logging.getLogger(__name__)

MAX_WAITING: Final = 10_000
"""Events that wait for one subscriber. Further ones are counted, and not stored."""
_ATTEMPTS: Final = 5
_ADDED_AT_ONCE: Final = 5_000
"""Pairs of an event and a subscription that are stored together; those of one event always are."""


class ChangeMatcher:
    """Matches changes against an index of all criteria, which follows the database.

    `read_version`: reads a version under the permissions that an author has then. `wake`: called
    when events were added. `base`: the FHIR base.
    """

    def __init__(
        self,
        queue: SubscriptionQueue,
        read_version: ReadVersion,
        *,
        clock: Clock,
        workers: WorkerPool,
        base: str,
        wake: Callable[[], None],
    ) -> None:
        self._queue, self._clock, self._workers = queue, clock, workers
        self._read_version = read_version
        self._narrowed: dict[str, Author] = {}
        """The authors of subscriptions to whom only some records are open."""
        self._base, self._wake = base, wake
        self._index = CriteriaIndex()
        self._revision = 0
        self._lock = asyncio.Lock()

    async def handle(self, received: Sequence[Received[ResourceChangedV1]]) -> None:
        """Handle records of one partition, in their order; handling one again adds nothing.

        Raises Retry.
        """
        changes = {
            (each.type, each.id, each.version): each
            for each in (one.data for one in received)
            if each is not None and each.interaction != "delete"
        }
        waiting, attempts = list(changes.values()), _ATTEMPTS
        while waiting and await self._can_match(waiting):
            # Read at the same instant: a subscription that was stored before a change is known.
            versions, revision = await self._queue.read_versions(
                [(each.type, each.id, each.version) for each in waiting]
            )
            if revision > self._revision:
                await self.load(revision)
            some = waiting[: len(versions)]
            found = [
                await self._match(change, version)
                for change, version in zip(some, versions, strict=True)
                if version.text is not None and self._index.has_type(change.type)
            ]
            if await self._add([each for each in found if each.subscriptions]):
                waiting, attempts = waiting[len(versions) :], _ATTEMPTS
            elif not (attempts := attempts - 1):
                raise Retry("Des abonnements changent sans cesse.")

    async def _can_match(self, changes: Sequence[ResourceChangedV1]) -> bool:
        """Whether a subscription is to the type of one of the changes: versions are not read else.

        A subscription that was stored before a change is visible once the change is received.
        """
        if not any(self._index.has_type(each.type) for each in changes):
            revision = await self._queue.get_revision()
            if revision > self._revision:
                await self.load(revision)
        return any(self._index.has_type(each.type) for each in changes)

    async def _add(self, found: Sequence[MatchedEvent]) -> bool:
        """Add events; whether the subscriptions are still those that were matched."""
        for some in _parts(found):
            added, changed = await self._queue.add_events(some, limit=MAX_WAITING)
            if added:
                self._wake()
            if changed:
                return False
        return True

    async def load(self, revision: int) -> None:
        """Load the subscriptions that were stored up to that revision."""
        async with self._lock:
            while self._revision < revision:
                rows = await self._queue.list_changed(self._revision)
                for stored, subscription_id, subscription in rows:
                    self._put(subscription_id, subscription)
                    self._revision = stored
                if not rows:
                    # The last one was deleted for good meanwhile.
                    self._revision = revision

    async def _match(self, change: ResourceChangedV1, version: ChangedVersion) -> MatchedEvent:
        found, text = None, version.text or b""
        if version.keys is not None:
            # Most criteria are equalities: the resource is not parsed for them.
            resource = _resource(change, keys_alone(*version.keys))
            found = self._index.find_by_keys(resource)
        if found is None:
            found = await self._workers.run(len(text), partial(self._find, change, text))
        found = await self._readable(change, found)
        event = Event(0, change.type, change.id, change.version, change.interaction, change.at)
        return MatchedEvent(event, found)

    async def _readable(self, change: ResourceChangedV1, found: dict[str, int]) -> dict[str, int]:
        """Those subscriptions whose authors can read the version now: no event may count a change
        in a record that is closed to them."""
        of_author: dict[Author, bool] = {}
        readable = {}
        for subscription_id, revision in found.items():
            author = self._narrowed.get(subscription_id)
            if author is not None and author not in of_author:
                of_author[author] = await self._can_read(change, author)
            if author is None or of_author[author]:
                readable[subscription_id] = revision
        return readable

    async def _can_read(self, change: ResourceChangedV1, author: Author) -> bool:
        try:
            await self._read_version(
                change.type, change.id, change.version, by=cached_access(author)
            )
        except Refusal:
            return False
        return True

    def _find(self, change: ResourceChangedV1, text: bytes) -> dict[str, int]:
        indexed = index(parse_json(text), base=self._base)
        return self._index.find_matches(_resource(change, indexed))

    def _put(self, subscription_id: str, subscription: Matchable | None) -> None:
        self._narrowed.pop(subscription_id, None)
        if subscription is None:
            self._index.remove(subscription_id)
            return
        if subscription.author.needs_records:
            self._narrowed[subscription_id] = subscription.author
        context = SearchContext(self._base, self._clock.now())
        try:
            resource_type, criterion = parse_criteria(
                subscription.criteria, access=cached_access(subscription.author), context=context
            )
        except Refusal as refusal:
            # What was accepted is no longer: the author's permissions are read in another way.
            log.error("subscription %s is not matched: %s", subscription_id, refusal.message)
            self._index.remove(subscription_id)
            return
        self._index.put(subscription, resource_type, criterion)


def _resource(change: ResourceChangedV1, indexed: IndexEntries) -> IndexedResource:
    return IndexedResource(change.type, change.id, change.at, indexed)


def _parts(found: Sequence[MatchedEvent]) -> Iterator[Sequence[MatchedEvent]]:
    """The events in their order, in parts that are stored together."""
    part: list[MatchedEvent] = []
    pairs = 0
    for each in found:
        pairs += len(each.subscriptions)
        if part and pairs > _ADDED_AT_ONCE:
            yield part
            part, pairs = [], len(each.subscriptions)
        part.append(each)
    if part:
        yield part
