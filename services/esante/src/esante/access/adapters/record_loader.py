"""Loads the records that are open to a professional: one indexed query for each request, without a
cache, so that a withdrawal is in effect as soon as it is acknowledged."""

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

# An element can come several times. `others`: with other reasons than the circle alone.
_LOAD: Final = """
WITH opened AS MATERIALIZED (
    SELECT element, reasons FROM record_opening
    WHERE member = ANY($1::text[]) AND (starts IS NULL OR starts <= $2)
        AND (ends IS NULL OR ends > $2)
), provisions AS MATERIALIZED (
    SELECT element, content FROM record_provision
    WHERE element IN (SELECT element FROM opened) AND EXISTS (SELECT FROM record_provision)
)
SELECT array_agg(element) FILTER (WHERE reasons = 1) AS circle,
    array_agg(element) FILTER (WHERE reasons <> 1) AS others,
    array_agg(reasons) FILTER (WHERE reasons <> 1) AS reasons,
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


class RecordLoader:
    """The open records of professionals."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool, self._clock = pool, clock

    async def load(self, author: Author) -> OpenRecords:
        """The records that are open to that professional now. Raises Retry without the database."""
        now = self._clock.now()
        with reachable():
            row = await self._pool.fetchrow(_LOAD, references_of(author), now)
        assert row is not None
        circle = frozenset(row["circle"] or ())
        others: dict[int, int] = {}
        for element, reasons in zip(row["others"] or (), row["reasons"] or (), strict=True):
            others[element] = others.get(element, 0) | reasons
        provisions: dict[int, list[Provision]] = {}
        for element, text in zip(row["restricted"] or (), row["provisions"] or (), strict=True):
            provisions.setdefault(element, []).append(_provision(text))
        return evaluate_openings(circle, others, provisions, author=author, now=now)

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
