"""Loads the records that are open to a professional: one indexed query for each request, so that a
withdrawal is in effect as soon as it is acknowledged. If it returns the same as the last time, what
followed from it is used again."""

import struct
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

import orjson

from esante.access.domain.consent_effects import ALWAYS, Reader, denied_in_emergency, some
from esante.access.domain.consent_provision import Provision, permits_for_sure, read_provision
from esante.access.domain.open_records import (
    OpenRecords,
    evaluate_openings,
    patient_element,
    references_of,
)
from esante.access.ports import EmergencyRecord
from esante.core.domain.permissions import Author
from socle.clock import Clock
from socle.postgres import Pool, reachable

# An element can come several times. `others`: with other reasons than the circle alone, which
# follow each element. Thousands are compared and parsed sooner as bytes than as arrays.
_LOAD: Final = """
WITH opened AS MATERIALIZED (
    SELECT element, reasons FROM record_opening
    WHERE member = ANY($1::text[]) AND (starts IS NULL OR starts <= $2)
        AND (ends IS NULL OR ends > $2)
), provisions AS MATERIALIZED (
    SELECT element, content FROM record_provision
    WHERE element IN (SELECT element FROM opened) AND EXISTS (SELECT FROM record_provision)
)
SELECT string_agg(int8send(element), '') FILTER (WHERE reasons = 1) AS circle,
    string_agg(int8send(element) || int2send(reasons), '') FILTER (WHERE reasons <> 1) AS others,
    (SELECT array_agg(element) FROM provisions) AS restricted,
    (SELECT array_agg(content) FROM provisions) AS provisions
FROM opened"""
_EMERGENCY: Final = """
SELECT (SELECT array_agg(content) FROM record_provision WHERE element = $1) AS provisions,
    (SELECT array_agg(DISTINCT source_id ORDER BY source_id) FROM record_opening
        WHERE element = $1 AND source_type = 'CareTeam' AND (starts IS NULL OR starts <= $2)
        AND (ends IS NULL OR ends > $2)) AS teams"""
_MOST_TEAMS: Final = 50
"""CareTeams that are notified of an emergency access."""


_MEMORY: Final = 2_000_000
"""Bytes of results that are cached, as PostgreSQL sends them; their sets take about twelve times
that."""
_OVERHEAD: Final = 2_000
"""Bytes that a result counts in addition."""


@dataclass(frozen=True, slots=True)
class _Loaded:
    """What the query returns."""

    circle: bytes
    others: bytes
    restricted: tuple[int, ...]
    provisions: tuple[str, ...]

    @property
    def size(self) -> int:
        texts = sum(map(len, self.provisions))
        return len(self.circle) + len(self.others) + texts + _OVERHEAD


class _Memory:
    """The records that followed from the last result of each person."""

    def __init__(self, most: int) -> None:
        self._most, self._size = most, 0
        self._known: OrderedDict[tuple[str, ...], tuple[_Loaded, OpenRecords]] = OrderedDict()

    def find(self, person: tuple[str, ...], loaded: _Loaded) -> OpenRecords | None:
        """The records of that person, if the last result was the same."""
        known = self._known.get(person)
        if known is None or known[0] != loaded:
            return None
        self._known.move_to_end(person)
        return known[1]

    def store(self, person: tuple[str, ...], loaded: _Loaded, records: OpenRecords) -> None:
        """Cache it; the least recently used are left out."""
        if (before := self._known.pop(person, None)) is not None:
            self._size -= before[0].size
        self._known[person] = loaded, records
        self._size += loaded.size
        while self._size > self._most:
            self._size -= self._known.popitem(last=False)[1][0].size


class RecordLoader:
    """The open records of professionals. `memory`: bytes of results that are cached."""

    def __init__(self, pool: Pool, clock: Clock, *, memory: int = _MEMORY) -> None:
        self._pool, self._clock, self._memory = pool, clock, _Memory(memory)

    async def load(self, author: Author) -> OpenRecords:
        """The records that are open to that professional now. Raises Retry without the database."""
        now, person = self._clock.now(), references_of(author)
        with reachable():
            row = await self._pool.fetchrow(_LOAD, person, now)
        assert row is not None
        loaded = _Loaded(
            row["circle"] or b"",
            row["others"] or b"",
            tuple(row["restricted"] or ()),
            tuple(row["provisions"] or ()),
        )
        records = self._memory.find(person, loaded)
        if records is None:
            provisions = _provisions_of(loaded)
            records = evaluate_openings(
                _circle_of(loaded), _others_of(loaded), provisions, author=author, now=now
            )
            if _are_timeless(provisions):
                self._memory.store(person, loaded, records)
        # Conditions depend on search parameters, which can be uploaded.
        return replace(records, criteria={}) if records.conditional else records

    async def find_emergency_record(self, patient: str, author: Author) -> EmergencyRecord:
        """What an emergency access to that record depends on. Raises Retry."""
        now = self._clock.now()
        with reachable():
            row = await self._pool.fetchrow(_EMERGENCY, patient_element(patient), now)
        assert row is not None
        reader = Reader(frozenset(references_of(author)), now)
        denied = some(
            denied_in_emergency(_provision(text), reader) for text in row["provisions"] or ()
        )
        return EmergencyRecord(denied == ALWAYS, (row["teams"] or ())[:_MOST_TEAMS])


@lru_cache(maxsize=10_000)
def _provision(text: str) -> Provision:
    """The provision of a row. Many patients sign the same text."""
    consent: dict[str, Any] = orjson.loads(text)
    return read_provision(consent, permits=permits_for_sure(consent))


def _circle_of(loaded: _Loaded) -> frozenset[int]:
    return frozenset(struct.unpack(f">{len(loaded.circle) // 8}q", loaded.circle))


def _others_of(loaded: _Loaded) -> dict[int, int]:
    others: dict[int, int] = {}
    for element, reasons in struct.iter_unpack(">qh", loaded.others):
        others[element] = others.get(element, 0) | reasons
    return others


def _provisions_of(loaded: _Loaded) -> dict[int, list[Provision]]:
    provisions: dict[int, list[Provision]] = {}
    for element, text in zip(loaded.restricted, loaded.provisions, strict=True):
        provisions.setdefault(element, []).append(_provision(text))
    return provisions


def _are_timeless(provisions: Mapping[int, Sequence[Provision]]) -> bool:
    """Whether what they permit and deny is the same at any time."""
    every = (each for found in provisions.values() for root in found for each in root.with_inner())
    return all(each.period is None for each in every)
