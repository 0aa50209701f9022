"""The rows of a table as told on the bus, and how followers are brought to a new state of them."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Generic

from mobilite.sources.domain.churn import Churn, churn_between
from mobilite.sources.ports import Announce
from socle.events import Event, EventT, Tombstone

_AT_ONCE = 500
"""Rows published together, so that a large system leaves room for others."""


class ToldRows(Generic[EventT]):
    """The rows by key that one task alone tells. `same` says that two rows tell the same."""

    def __init__(
        self,
        event_type: type[EventT],
        told: Mapping[str, EventT],
        same: Callable[[EventT, EventT], bool],
    ) -> None:
        self.rows: dict[str, EventT] = dict(told)
        self._event_type = event_type
        self._same = same
        self._unsure: set[str] = set()

    async def tell(self, after: Mapping[str, EventT], announce: Announce) -> Churn:
        """Publish what followers need to come to `after`; raises what `announce` raises. Returns
        how many rows came and went.

        When publishing fails, its keys may or may not have arrived: they are told again next time,
        whatever they have become by then.
        """
        changed = await asyncio.to_thread(self._changed, after)
        self._unsure.update(changed)
        for first in range(0, len(changed), _AT_ONCE):
            keys = changed[first : first + _AT_ONCE]
            items: list[Event | Tombstone] = [
                after[key] if key in after else Tombstone(self._event_type, key) for key in keys
            ]
            await announce(*items)
        churn = churn_between(self.rows.keys(), after.keys())
        self.rows = {key: self.rows.get(key, row) for key, row in after.items()}
        self.rows.update({key: after[key] for key in changed if key in after})
        self._unsure.clear()
        return churn

    def _changed(self, after: Mapping[str, EventT]) -> list[str]:
        told = self.rows
        found = [
            key
            for key, row in after.items()
            if key in self._unsure or key not in told or not self._same(told[key], row)
        ]
        gone = (told.keys() | self._unsure) - after.keys()
        return found + sorted(gone)
