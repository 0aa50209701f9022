"""Loads the records that are open to a professional or a carer. Those of an earlier request are
used again while their revision is the current one, which each request reads: a withdrawal is in
effect as soon as it is acknowledged."""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import asyncpg
import orjson

from esante.access.adapters.record_cache import MEMORY, CachedRecords, RecordCache
from esante.access.domain.carers import evaluate_carer
from esante.access.domain.consent_effects import ALWAYS, Reader, denied_in_emergency, some
from esante.access.domain.consent_provision import Provision, permits_for_sure, read_provision
from esante.access.domain.open_records import (
    OpenRecords,
    evaluate_openings,
    members_of,
    patient_element,
    references_of,
)
from esante.access.ports import EmergencyRecord
from esante.core.domain.permissions import Author, RevisionCheck
from esante.store.adapters.revision_sql import SELECT_REVISION, revision_sql
from socle.clock import Clock
from socle.postgres import Pool, reachable

# An element can come several times. `others`: with other reasons than the circle alone, which
# follow each element. Thousands are parsed sooner as bytes than as arrays. `changes_at`: when the
# next period begins or ends. `emergencies`: the newest of each record. Their reasons are read by an
# index of their own: that of all openings has every other column of this statement.
_LOAD: Final = f"""
WITH stated AS MATERIALIZED (
    SELECT element, reasons, starts, ends FROM record_opening WHERE member = ANY($1::text[])
), opened AS MATERIALIZED (
    SELECT element, reasons FROM stated
    WHERE (starts IS NULL OR starts <= $2) AND (ends IS NULL OR ends > $2)
), provisions AS MATERIALIZED (
    SELECT element, content FROM record_provision
    WHERE element IN (SELECT element FROM opened) AND EXISTS (SELECT FROM record_provision)
), emergencies AS MATERIALIZED (
    SELECT DISTINCT ON (element) element, coalesce(reason, '') AS reason FROM record_opening
    WHERE source_type = 'Communication' AND member = ANY($1::text[]) AND starts <= $2 AND ends > $2
    ORDER BY element, starts DESC, source_id
)
SELECT string_agg(int8send(element), '') FILTER (WHERE reasons = 1) AS circle,
    string_agg(int8send(element) || int2send(reasons), '') FILTER (WHERE reasons <> 1) AS others,
    (SELECT array_agg(element) FROM provisions) AS restricted,
    (SELECT array_agg(content) FROM provisions) AS provisions,
    (SELECT array_agg(element) FROM emergencies) AS emergencies,
    (SELECT array_agg(reason) FROM emergencies) AS emergency_reasons,
    (SELECT least(min(starts) FILTER (WHERE starts > $2), min(ends) FILTER (WHERE ends > $2))
        FROM stated) AS changes_at,
    ({revision_sql(("$3", "$4", "$5", "$6"))}) AS revision
FROM opened"""  # noqa: S608
_EMERGENCY: Final = """
SELECT (SELECT array_agg(content) FROM record_provision WHERE element = $1) AS provisions,
    (SELECT array_agg(DISTINCT source_id ORDER BY source_id) FROM record_opening
        WHERE element = $1 AND source_type = 'CareTeam' AND (starts IS NULL OR starts <= $2)
        AND (ends IS NULL OR ends > $2)) AS teams"""
_MOST_TEAMS: Final = 50
"""CareTeams that are notified of an emergency access."""


class RecordLoader:
    """The open records of professionals and carers. `memory`: see `RecordCache`."""

    def __init__(self, pool: Pool, clock: Clock, *, memory: int = MEMORY) -> None:
        self._pool, self._clock, self._cache = pool, clock, RecordCache(memory)

    def find_cached(self, author: Author) -> tuple[OpenRecords, RevisionCheck] | None:
        """Implements `FindCachedRecords`."""
        person = references_of(author)
        known = self._cache.find(person, self._clock.now())
        if known is None:
            return None
        return _usable(known.records), RevisionCheck(members_of(person), known.revision)

    async def load(self, author: Author) -> OpenRecords:
        """The records that are open to that person now. Raises Retry without the database."""
        if (cached := self.find_cached(author)) is not None:
            records, check = cached
            if await self.is_current(check):
                return records
        now, person = self._clock.now(), references_of(author)
        with reachable():
            row = await self._pool.fetchrow(_LOAD, person, now, *members_of(person))
        assert row is not None
        provisions = _provisions_of(row["restricted"] or (), row["provisions"] or ())
        others = _others_of(row["others"] or b"")
        if author.is_related:
            records = evaluate_carer(others, provisions, author=author, now=now)
        else:
            records = evaluate_openings(
                _circle_of(row["circle"] or b""),
                others,
                provisions,
                author=author,
                now=now,
                emergency_reasons=_reasons_of(row),
            )
        changes = [row["changes_at"], _next_change(provisions, now)]
        until = min((each for each in changes if each is not None), default=None)
        self._cache.store(person, CachedRecords(records, row["revision"], now, until, _size(row)))
        return _usable(records)

    async def is_current(self, check: RevisionCheck) -> bool:
        """Whether cached records are the current ones. Raises Retry without the database."""
        with reachable():
            current = await self._pool.fetchval(SELECT_REVISION, *check.members)
        return bool(current == check.revision)

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


def _circle_of(found: bytes) -> frozenset[int]:
    return frozenset(struct.unpack(f">{len(found) // 8}q", found))


def _others_of(found: bytes) -> dict[int, int]:
    others: dict[int, int] = {}
    for element, reasons in struct.iter_unpack(">qh", found):
        others[element] = others.get(element, 0) | reasons
    return others


def _reasons_of(row: asyncpg.Record) -> dict[int, str]:
    """The reasons of emergency accesses, by element: of several, that of the newest."""
    return dict(zip(row["emergencies"] or (), row["emergency_reasons"] or (), strict=True))


def _provisions_of(elements: Sequence[int], texts: Sequence[str]) -> dict[int, list[Provision]]:
    provisions: dict[int, list[Provision]] = {}
    for element, text in zip(elements, texts, strict=True):
        provisions.setdefault(element, []).append(_provision(text))
    return provisions


def _next_change(provisions: Mapping[int, Sequence[Provision]], now: datetime) -> datetime | None:
    """When the next period of a provision begins or ends."""
    return min((each for each in _instants(provisions) if each > now), default=None)


def _instants(provisions: Mapping[int, Sequence[Provision]]) -> Iterator[datetime]:
    for roots in provisions.values():
        for root in roots:
            for each in root.with_inner():
                yield from filter(None, each.period or ())


def _size(row: asyncpg.Record) -> int:
    """Bytes of a result."""
    texts = sum(map(len, (*(row["provisions"] or ()), *(row["emergency_reasons"] or ()))))
    return len(row["circle"] or b"") + len(row["others"] or b"") + texts


def _usable(records: OpenRecords) -> OpenRecords:
    """Conditions depend on search parameters, which can be uploaded: their criteria are not
    cached."""
    return replace(records, criteria={}) if records.conditional else records
