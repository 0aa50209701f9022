"""The open records that were loaded last for each professional, in one process."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from esante.access.domain.open_records import OpenRecords

MEMORY: Final = 2_000_000
"""Bytes of results that are cached, as PostgreSQL sends them; their sets take about twelve times
that."""
_OVERHEAD: Final = 2_000
"""Bytes that a result counts in addition."""


@dataclass(frozen=True, slots=True)
class CachedRecords:
    """Records that are open to a person from one instant until another, at one revision."""

    records: OpenRecords
    revision: int
    since: datetime
    until: datetime | None
    """When the first period begins or ends; None: never."""
    size: int
    """Bytes of the result that they followed from."""


class RecordCache:
    """The last records of each person. `most`: bytes of their results, with an overhead each."""

    def __init__(self, most: int) -> None:
        self._most, self._size = most, 0
        self._known: OrderedDict[tuple[str, ...], CachedRecords] = OrderedDict()

    def find(self, person: tuple[str, ...], now: datetime) -> CachedRecords | None:
        """The records of that person; None if there are none for that instant."""
        known = self._known.get(person)
        if known is None or now < known.since or (known.until is not None and known.until <= now):
            return None
        self._known.move_to_end(person)
        return known

    def store(self, person: tuple[str, ...], records: CachedRecords) -> None:
        """Cache them; the least recently used are left out."""
        if (before := self._known.pop(person, None)) is not None:
            self._size -= before.size + _OVERHEAD
        self._known[person] = records
        self._size += records.size + _OVERHEAD
        while self._size > self._most:
            self._size -= self._known.popitem(last=False)[1].size + _OVERHEAD
