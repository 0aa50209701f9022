"""Invitations of carers, and the links of their accounts, which are rows of `record_opening`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from esante.access.adapters.carer_rows import ADD_LINK, bounds_of, remains_open
from esante.access.domain.carers import CarerRole, RelatedLink, related_link
from esante.access.domain.emergency_notice import person_name
from esante.access.domain.open_records import (
    CARER,
    REPRESENTATIVE,
    patient_element,
    related_prefix,
    related_reference,
)
from esante.access.ports import CaredRecord
from esante.core.domain.json_parser import parse_json
from socle.clock import Clock
from socle.errors import Refusal
from socle.postgres import Connection, Pool, reachable, transaction

_REASONS: Final[dict[CarerRole, int]] = {"carer": CARER, "representative": REPRESENTATIVE}
_INVITE: Final = """
INSERT INTO carer_invitation (related_person, patient, reasons, code, until)
VALUES ($1, $2, $3, $4, $5) ON CONFLICT (related_person) DO UPDATE
SET patient = excluded.patient, reasons = excluded.reasons, code = excluded.code,
    until = excluded.until"""
_FIND: Final = "SELECT related_person FROM carer_invitation WHERE code = $1"
_TAKE: Final = """
DELETE FROM carer_invitation WHERE code = $1 AND until > $2 RETURNING patient, reasons"""
# The row is locked first, as by a new version: one that ends the link is written before this
# transaction, or finds it; and neither waits for the other's rows.
_PERSON: Final = """
SELECT content FROM resource WHERE type = 'RelatedPerson' AND id = $1 FOR SHARE"""
_UNLINK: Final = "DELETE FROM record_opening WHERE source_type = 'RelatedPerson' AND source_id = $1"
_PATIENT: Final = "SELECT content FROM resource WHERE type = 'Patient' AND id = $1"
# All members of an account begin alike; `!` follows the space that ends this beginning.
_LIST: Final = """
SELECT o.source_id, o.reasons, o.ends, r.content FROM record_opening o
JOIN resource r ON r.type = 'RelatedPerson' AND r.id = o.source_id
WHERE o.member >= $1 || ' ' AND o.member < $1 || '!' AND o.source_type = 'RelatedPerson'
AND (o.starts IS NULL OR o.starts <= $2) AND (o.ends IS NULL OR o.ends > $2)
AND ($3::text IS NULL OR o.source_id = $3)
ORDER BY o.source_id LIMIT 500"""


class PostgresCarerLinks:
    """Implements `CarerLinks`. `base`: the FHIR base."""

    def __init__(self, pool: Pool, clock: Clock, base: str) -> None:
        self._pool, self._clock, self._base = pool, clock, base

    async def invite(
        self, related_person: str, patient: str, kind: CarerRole, code: bytes, until: datetime
    ) -> None:
        row = related_person, patient, _REASONS[kind], code, until
        with reachable():
            await self._pool.execute(_INVITE, *row)

    async def accept(self, code: bytes, *, account: str, own: str | None) -> CaredRecord | None:
        now = self._clock.now()
        with reachable():
            async with transaction(self._pool) as connection:
                person = await connection.fetchval(_FIND, code)
                link = self._link(await connection.fetchval(_PERSON, person))
                taken = await connection.fetchrow(_TAKE, code, now)
                if taken is None or link is None or link.has_ended(now):
                    return None
                element, reasons = patient_element(taken["patient"]), taken["reasons"]
                if not remains_open(link, element, reasons):
                    return None
                if link.patient == own:
                    raise Refusal(
                        "conflict", "Ce code ouvre votre propre dossier : vous le voyez déjà."
                    )
                member = related_reference(account, f"RelatedPerson/{person}")
                await connection.execute(_UNLINK, person)
                bounds = bounds_of(link)
                await connection.execute(ADD_LINK, element, member, reasons, *bounds, person)
                return await _record(connection, person, link.patient, reasons, bounds[1])

    async def list_records(
        self, account: str, related_person: str | None = None
    ) -> Sequence[CaredRecord]:
        with reachable():
            async with self._pool.acquire() as connection:
                of = related_prefix(account), self._clock.now(), related_person
                rows = await connection.fetch(_LIST, *of)
                return [
                    await _record(
                        connection, row["source_id"], link.patient, row["reasons"], row["ends"]
                    )
                    for row in rows
                    if (link := self._link(row["content"])) is not None
                ]

    def _link(self, content: str | None) -> RelatedLink | None:
        return None if content is None else related_link(parse_json(content.encode()), self._base)


async def _record(
    connection: Connection, person: str, patient: str, reasons: int, until: Any
) -> CaredRecord:
    content = await connection.fetchval(_PATIENT, patient)
    name = None if content is None else person_name(parse_json(content.encode()))
    kind: CarerRole = "representative" if reasons & REPRESENTATIVE else "carer"
    return CaredRecord(person, patient, name or "", kind, until)
