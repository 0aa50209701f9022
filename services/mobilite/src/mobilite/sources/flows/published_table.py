"""The rows of a table as published on the bus, and the update to a new set of rows."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Generic

from mobilite.sources.domain.churn import Churn, churn_between
from mobilite.sources.ports import Announce
from socle.events import Event, EventT, Tombstone

_BATCH_ROWS = 500
"""Rows published together, so that a large system does not block others."""


class PublishedTable(Generic[EventT]):
    """The rows of a table for which this task is the only writer."""

    def __init__(
        self,
        event_type: type[EventT],
        published: Mapping[str, EventT],
        same: Callable[[EventT, EventT], bool],
    ) -> None:
        """`published`: the current rows by key. `same`: whether a row need not be published again,
        given the published and the new one."""
        self.rows: dict[str, EventT] = dict(published)
        """As published, by key."""
        self._event_type = event_type
        self._same = same
        self._unconfirmed: set[str] = set()
        """Keys of a failed publication, which may or may not have arrived."""

    async def publish(self, after: Mapping[str, EventT], announce: Announce) -> Churn:
        """Publish the difference between the published rows and `after` (by key). Returns the
        churn.

        Raises what `announce` raises. The next call then publishes the keys of the failed one
        again.
        """
        changed = await asyncio.to_thread(self._changed, after)
        self._unconfirmed.update(changed)
        for first in range(0, len(changed), _BATCH_ROWS):
            keys = changed[first : first + _BATCH_ROWS]
            items: list[Event | Tombstone] = [
                after[key] if key in after else Tombstone(self._event_type, key) for key in keys
            ]
            await announce(*items)
        churn = churn_between(self.rows.keys(), after.keys())
        self.rows = {key: self.rows.get(key, row) for key, row in after.items()}
        self.rows.update({key: after[key] for key in changed if key in after})
        self._unconfirmed.clear()
        return churn

    def _changed(self, after: Mapping[str, EventT]) -> list[str]:
        published = self.rows
        found = [
            key
            for key, row in after.items()
            if key in self._unconfirmed
            or key not in published
            or not self._same(published[key], row)
        ]
        removed = (published.keys() | self._unconfirmed) - after.keys()
        return found + sorted(removed)
