"""Pilots as participants see them, read from the record."""

from collections.abc import Sequence
from typing import Final

from pilotes.people.domain.consent import Consent
from pilotes.people.domain.enrolment import AgreedTerms, SaltedPilot, Trial
from pilotes.record.adapters.rows import LAST_NOTICE, PILOTS, PROTOCOLS, pilot_of, protocol_of
from pilotes.record.adapters.salts import Salts
from pilotes.record.domain.notice import parse_notice
from pilotes.record.domain.roles import NO_PARTICIPANTS
from socle.postgres import Pool, reachable

_ONE: Final = PILOTS + " WHERE pilot_id = $1"
_SALTED: Final = PILOTS + " WHERE salt IS NOT NULL ORDER BY pilot_id"
_PROTOCOL: Final = PROTOCOLS + " WHERE pilot_id = $1 AND version = $2"
_NOTICE: Final = "SELECT content FROM notice WHERE pilot_id = $1 AND version = $2"
# An amendment that changes what people agree to takes effect at the instant of its notice.
_REASONS: Final = """
SELECT reason FROM protocol JOIN notice USING (pilot_id)
WHERE pilot_id = $1 AND protocol.version > $2 AND published_at = frozen_at
ORDER BY protocol.version
"""
_EXCLUDED: Final = "SELECT subject FROM membership WHERE pilot_id = $1 AND role = ANY($2::text[])"
_SALTS: Final = "SELECT pilot_id, salt FROM pilot WHERE pilot_id = ANY($1) AND salt IS NOT NULL"


class PostgresTrials:
    """Implements `Trials`."""

    def __init__(self, pool: Pool, salts: Salts) -> None:
        self._pool, self._salts = pool, salts

    async def find(self, pilot_id: str) -> Trial | None:
        with reachable():
            row = await self._pool.fetchrow(_ONE, pilot_id)
            if row is None:
                return None
            pilot = pilot_of(row)
            row = await self._pool.fetchrow(_PROTOCOL, pilot_id, pilot.protocol_version)
            content = await self._pool.fetchval(LAST_NOTICE, pilot_id)
            excluded = await self._pool.fetch(_EXCLUDED, pilot_id, sorted(NO_PARTICIPANTS))
        salts = await self._open([pilot_id])
        written = None if row is None else protocol_of(row)
        return Trial(
            pilot,
            written.protocol if written else None,
            parse_notice(content) if content is not None else None,
            salts.get(pilot_id),
            frozenset(each["subject"] for each in excluded),
        )

    async def agreed_terms(self, consent: Consent) -> AgreedTerms:
        pilot_id, version = consent.pilot_id, consent.protocol_version
        with reachable():
            row = await self._pool.fetchrow(_PROTOCOL, pilot_id, version)
            content = await self._pool.fetchval(_NOTICE, pilot_id, consent.notice_version)
            reasons = await self._pool.fetch(_REASONS, pilot_id, version)
        assert row is not None, "the protocol of a consent exists"
        notice = parse_notice(content)
        return AgreedTerms(
            protocol_of(row).protocol, notice, tuple(each["reason"] for each in reasons)
        )

    async def salt_of(self, pilot_id: str) -> bytes | None:
        return (await self._open([pilot_id])).get(pilot_id)

    async def list_salted(self) -> Sequence[SaltedPilot]:
        with reachable():
            pilots = [pilot_of(row) for row in await self._pool.fetch(_SALTED)]
        salts = await self._open([each.id for each in pilots])
        return [SaltedPilot(each, salts[each.id]) for each in pilots if each.id in salts]

    async def _open(self, pilots: Sequence[str]) -> dict[str, bytes]:
        with reachable():
            rows = await self._pool.fetch(_SALTS, pilots)
        return {row["pilot_id"]: self._salts.open(row["pilot_id"], row["salt"]) for row in rows}
