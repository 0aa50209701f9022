"""Match one change of a resource: it becomes an event of each subscription that it meets.

A record of `esante.resource-changed.v1` names a version; that version is matched, whatever the
resource is by now, so that the events of a resource are its versions, in their order.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from esante.access.domain.smart_scopes import cached_access
from esante.core.domain.json_parser import parse_json
from esante.core.flows.worker_pool import WorkerPool
from esante.events import ResourceChangedV1
from esante.search.domain.indexing import index
from esante.search.domain.query.criterion_parser import SearchContext
from esante.search.domain.query.matcher import IndexedResource
from esante.subscriptions.domain.criteria_index import CriteriaIndex
from esante.subscriptions.domain.subscription import Event, Matchable
from esante.subscriptions.domain.subscription_criteria import parse_criteria
from esante.subscriptions.ports import SubscriptionQueue
from socle.clock import Clock
from socle.errors import Refusal, Retry
from socle.events import Received

log = logging.getLogger(__name__)

MAX_WAITING: Final = 10_000
"""Events that wait for one subscriber. Further ones are counted, and not stored."""
_ATTEMPTS: Final = 5


class ChangeMatcher:
    """Matches changes against an index of all criteria, which follows the database.

    `wake`: called when events were added. `base`: the FHIR base.
    """

    def __init__(
        self,
        queue: SubscriptionQueue,
        *,
        clock: Clock,
        workers: WorkerPool,
        base: str,
        wake: Callable[[], None],
    ) -> None:
        self._queue, self._clock, self._workers = queue, clock, workers
        self._base, self._wake = base, wake
        self._index = CriteriaIndex()
        self._revision = 0
        self._lock = asyncio.Lock()

    async def handle(self, received: Received[ResourceChangedV1]) -> None:
        """Handle one record; handling it again adds nothing. Raises Retry."""
        change = received.data
        if change is None or change.interaction == "delete":
            return
        for _ in range(_ATTEMPTS):
            # Read at the same instant: a subscription that was stored before the change is known.
            version = await self._queue.read_version(change.type, change.id, change.version)
            if version.revision > self._revision:
                await self.load(version.revision)
            if version.text is None or not self._index.has_type(change.type):
                return
            matched = await self._find_matches(change, version.text)
            if not matched:
                return
            event = Event(0, change.type, change.id, change.version, change.interaction, change.at)
            added, changed = await self._queue.add_event(matched, event, limit=MAX_WAITING)
            if added:
                self._wake()
            if not changed:
                return
        raise Retry("Des abonnements changent sans cesse.")

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

    async def _find_matches(self, change: ResourceChangedV1, text: bytes) -> dict[str, int]:
        def find() -> dict[str, int]:
            indexed = index(parse_json(text), base=self._base)
            resource = IndexedResource(change.type, change.id, change.at, indexed)
            return self._index.find_matches(resource)

        return await self._workers.run(len(text), find)

    def _put(self, subscription_id: str, subscription: Matchable | None) -> None:
        if subscription is None:
            self._index.remove(subscription_id)
            return
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
