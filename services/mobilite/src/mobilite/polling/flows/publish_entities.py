"""The entities of one feed as published on the bus, and the publication of changes.

Only changes are published; an entity that no longer exists becomes a tombstone.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from mobilite.events import AlertV1, TripModificationsV1, TripUpdateV1, VehiclePositionV1
from mobilite.polling.domain.entity_state import EntityChange, EntityState
from mobilite.polling.domain.feed_message import EntityType, Record
from mobilite.polling.ports import DecodeEntity, EntityEvent
from mobilite.sources.ports import Announce
from socle.events import Event, Tombstone

TABLES: Mapping[EntityType, type[EntityEvent]] = {
    EntityType.TRIP_UPDATE: TripUpdateV1,
    EntityType.VEHICLE: VehiclePositionV1,
    EntityType.ALERT: AlertV1,
    EntityType.TRIP_MODIFICATIONS: TripModificationsV1,
}
"""The table of each entity type."""
ENTITY_TYPES: Mapping[type[EntityEvent], EntityType] = {
    table: entity_type for entity_type, table in TABLES.items()
}
PublishedState = EntityState[Record, bytes | EntityEvent]
"""Content is a serialised entity, or its event if it was read back from its table."""
PublishedChange = EntityChange[Record, bytes | EntityEvent]
_BATCH_ENTITIES = 500
"""Entities converted and published together, so that a large feed does not block others."""
_BATCH_BYTES = 256 * 1024
"""The same limit in serialised bytes: converted, they take a hundred times as much memory."""


class PublishedEntities:
    """The published entities of one feed, shared by the tasks of its addresses.

    Only `publish` changes the state; its caller holds `lock` from reading the state on.
    """

    def __init__(self, state: PublishedState) -> None:
        self.state = state
        self.lock = asyncio.Lock()
        self._unconfirmed: set[Record] = set()
        """Records of a failed publication, which may or may not have arrived."""

    async def publish(
        self, after: PublishedState, feed_id: str, decode_entity: DecodeEntity, announce: Announce
    ) -> dict[Record, Counter[str]]:
        """Publish the changes from the current state to `after`. Returns the doubts about the
        converted entities, by record.

        Raises what `announce` raises, with the state unchanged. The next call then publishes the
        records of the failed one again.
        """
        changes = after.changes(self.state)
        changed = {change.key for change in changes}
        changes += [
            EntityChange(key, None, after.selected.get(key)) for key in self._unconfirmed - changed
        ]
        self._unconfirmed |= changed
        doubts = await _publish(changes, feed_id, decode_entity, announce)
        self.state = after
        self._unconfirmed.clear()
        return doubts


async def _publish(
    changes: Sequence[PublishedChange],
    feed_id: str,
    decode_entity: DecodeEntity,
    announce: Announce,
) -> dict[Record, Counter[str]]:
    doubts: dict[Record, Counter[str]] = {}

    def items(some: Sequence[PublishedChange]) -> list[Event | Tombstone]:
        found: list[Event | Tombstone] = []
        for change in some:
            record = change.key
            if change.after is None:
                found.append(Tombstone(TABLES[record.entity_type], record.key))
                continue
            event = change.after.content
            if isinstance(event, bytes):
                event, doubts[record] = decode_entity(
                    record, event, feed_id=feed_id, source=change.after.source
                )
            # After a restart the table is known as events: unchanged ones are not published again.
            if change.before is None or change.before.content != event:
                found.append(event)
        return found

    for batch in in_batches(changes):
        changed_items = await asyncio.to_thread(items, batch)
        if changed_items:
            await announce(*changed_items)
    return doubts


def in_batches(changes: Sequence[PublishedChange]) -> Iterator[Sequence[PublishedChange]]:
    """The changes in order, in batches of limited size."""
    first = size = 0
    for place, change in enumerate(changes):
        content = None if change.after is None else change.after.content
        size += len(content) if isinstance(content, bytes) else 0
        if place - first >= _BATCH_ENTITIES or size > _BATCH_BYTES:
            yield changes[first:place]
            first, size = place, len(content) if isinstance(content, bytes) else 0
    if first < len(changes):
        yield changes[first:]
