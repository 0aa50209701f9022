"""What one feed is known to have said, and how followers of its tables come to know it.

Way A of the architecture: only what changed is published; what vanished becomes a tombstone.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from mobilite.events import AlertV1, TripUpdateV1, VehiclePositionV1
from mobilite.polling.domain.entity_state import Change, Round
from mobilite.polling.domain.feed_message import EntityKind, Record
from mobilite.polling.ports import Told, WalkEntity
from mobilite.sources.ports import Announce
from socle.events import Event, Tombstone

TABLES: Mapping[EntityKind, type[Told]] = {
    EntityKind.TRIP_UPDATE: TripUpdateV1,
    EntityKind.VEHICLE: VehiclePositionV1,
    EntityKind.ALERT: AlertV1,
}
"""Where each kind of entity is told."""
KINDS: Mapping[type[Told], EntityKind] = {table: kind for kind, table in TABLES.items()}
ToldRound = Round[Record, bytes | Told]
ToldChange = Change[Record, bytes | Told]
_AT_ONCE = 500
"""Entities walked and published together, so that a large feed leaves room for others."""
_BYTES_AT_ONCE = 256 * 1024
"""The same in bytes as they came: walked, they take a hundred times as much for a moment."""


class FeedRound:
    """The round of one feed as told on the bus, shared by the tasks of its addresses.

    Content is a serialised entity, or its event where it was read back from its table. A change is
    made under `turn`, by `tell`.
    """

    def __init__(self, told: ToldRound) -> None:
        self.told = told
        self.turn = asyncio.Lock()
        self._unsure: set[Record] = set()

    async def tell(
        self, after: ToldRound, feed_id: str, walk: WalkEntity, announce: Announce
    ) -> dict[Record, Counter[str]]:
        """Publish what followers need to come to `after`. Returns the doubts by record.

        When publishing fails, its keys may or may not have arrived: they are told again next time,
        whatever they have become by then.
        """
        changes = after.changes(self.told)
        changed = {change.key for change in changes}
        changes += [Change(key, None, after.believed.get(key)) for key in self._unsure - changed]
        self._unsure |= changed
        doubts = await _publish(changes, feed_id, walk, announce)
        self.told = after
        self._unsure.clear()
        return doubts


async def _publish(
    changes: Sequence[ToldChange], feed_id: str, walk: WalkEntity, announce: Announce
) -> dict[Record, Counter[str]]:
    doubts: dict[Record, Counter[str]] = {}

    def items(some: Sequence[ToldChange]) -> list[Event | Tombstone]:
        found: list[Event | Tombstone] = []
        for change in some:
            record = change.key
            if change.after is None:
                found.append(Tombstone(TABLES[record.kind], record.key))
                continue
            event = change.after.content
            if isinstance(event, bytes):
                event, doubts[record] = walk(
                    record, event, feed_id=feed_id, source=change.after.source
                )
            # After a restart the table is known as events: what it holds already is not repeated.
            if change.before is None or change.before.content != event:
                found.append(event)
        return found

    for each in in_slices(changes):
        some = await asyncio.to_thread(items, each)
        if some:
            await announce(*some)
    return doubts


def in_slices(changes: Sequence[ToldChange]) -> Iterator[Sequence[ToldChange]]:
    """The changes in order, a bearable number at a time."""
    first = size = 0
    for place, change in enumerate(changes):
        content = None if change.after is None else change.after.content
        size += len(content) if isinstance(content, bytes) else 0
        if place - first >= _AT_ONCE or size > _BYTES_AT_ONCE:
            yield changes[first:place]
            first, size = place, len(content) if isinstance(content, bytes) else 0
    if first < len(changes):
        yield changes[first:]
