"""Consents in PostgreSQL. Each change and its announcement are one transaction.

An advisory lock serialises the changes of one person in one pilot, so that their announcements are
published in order. A withdrawal ends the consent before it erases the facts, and the erasure waits
for transactions that add facts (`fact_store`): no fact remains without a consent.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final

from pilotes.events import ConsentV1
from pilotes.identity.domain.codes import digest_of_code
from pilotes.people.domain.consent import Consent
from pilotes.people.ports import NewConsent, PilotPseudonym
from pilotes.record.adapters.advisory_locks import lock_exclusively
from pilotes.record.adapters.rows import LAST_VERSION
from pilotes.record.domain.roles import NO_PARTICIPANTS
from socle.errors import Refusal
from socle.events import Tombstone
from socle.outbox import Outbox
from socle.postgres import Connection, Pool, reachable, transaction

EraseFacts = Callable[[Connection, str, bytes], Awaitable[int]]
"""Erases the facts of a person in a pilot (its id, their pseudonym), in the caller's transaction.
Returns the number of rows."""
ListFacts = Callable[[Connection, str, bytes], Awaitable[Sequence[dict[str, Any]]]]
"""The facts of a person in a pilot (its id, their pseudonym), JSON-ready."""

_FIND_ACTIVE: Final = """
SELECT * FROM consent
WHERE pilot_id = $1 AND pseudonym = $2 AND withdrawn_at IS NULL AND lapsed_at IS NULL
"""
_LAPSED: Final = """
SELECT EXISTS (SELECT FROM consent
    WHERE pilot_id = $1 AND pseudonym = $2 AND withdrawn_at IS NULL AND lapsed_at IS NOT NULL)
"""
_ADD: Final = """
INSERT INTO consent
    (pilot_id, pseudonym, given_at, notice_version, protocol_version, means, place)
VALUES ($1, $2, $3, $4, $5, $6, coalesce((SELECT place FROM consent
    WHERE pilot_id = $1 AND pseudonym = $2 ORDER BY consent_id DESC LIMIT 1), $7))
RETURNING *
"""
# A clock that was set back must not end a consent before it was given. Lapsed periods end too.
_WITHDRAW: Final = """
UPDATE consent SET withdrawn_at = greatest($3, given_at)
WHERE pilot_id = $1 AND pseudonym = $2 AND withdrawn_at IS NULL RETURNING *
"""
_LIST: Final = """
SELECT consent.* FROM consent JOIN unnest($1::text[], $2::bytea[]) AS known (pilot, person)
    ON pilot_id = pilot AND pseudonym = person
ORDER BY consent_id
"""
_USE_CODE: Final = """
UPDATE enrolment_code SET used = used + 1 FROM invitation
WHERE enrolment_code.digest = $1 AND invitation.invitation_id = enrolment_code.invitation_id
    AND pilot_id = $2 AND used < uses AND expires_at > $3 AND revoked_at IS NULL
RETURNING true
"""
# FOR SHARE waits for a pause or a closing that is being decided: nobody enrols after it.
_TAKES_PEOPLE: Final = """
SELECT stage = 'trial' AND NOT paused AND salt IS NOT NULL AND protocol_version = $2
FROM pilot WHERE pilot_id = $1 FOR SHARE
"""
_LEADS_OR_JUDGES: Final = """
SELECT EXISTS (SELECT FROM membership
    WHERE pilot_id = $1 AND subject = $2 AND role = ANY($3::text[]))
"""


class PostgresConsents:
    """Implements `Consents`. `key`: the key of the codes' digests."""

    def __init__(
        self,
        pool: Pool,
        outbox: Outbox,
        *,
        key: bytes,
        erase_facts: EraseFacts,
        list_facts: ListFacts,
    ) -> None:
        self._pool, self._outbox, self._key = pool, outbox, key
        self._erase_facts, self._list_facts = erase_facts, list_facts

    async def give(self, agreement: NewConsent, code: str | None) -> Consent:
        pilot_id, pseudonym = who = agreement.pilot_id, agreement.pseudonym
        async with self._locked(who) as connection:
            row = await connection.fetchrow(_FIND_ACTIVE, pilot_id, bytes.fromhex(pseudonym))
            if row is not None:
                return _consent(row)
            await self._enter(connection, agreement, code)
            row = await connection.fetchrow(
                _ADD,
                pilot_id,
                bytes.fromhex(pseudonym),
                agreement.at,
                agreement.notice_version,
                agreement.protocol_version,
                agreement.means,
                agreement.place,
            )
            consent = _consent(row)
            await self._outbox.announce(connection, _consent_event(consent))
            return consent

    async def _enter(self, connection: Connection, agreement: NewConsent, code: str | None) -> None:
        """Check that the pilot still enrols that person under the notice that they read, and use
        the code once. Raises Refusal."""
        if not await _enrols(connection, agreement):
            raise Refusal(
                "conflict",
                "Ce pilote vient de changer pendant que vous lisiez. Rien n'a été enregistré : "
                "rouvrez votre lien pour voir où il en est.",
                rule="trial_changed",
            )
        if code is None:
            await _require_lapsed(connection, agreement)
            return
        digest = digest_of_code(self._key, code)
        if not await connection.fetchval(_USE_CODE, digest, agreement.pilot_id, agreement.at):
            raise Refusal(
                "gone",
                "Ce code a déjà servi, ou n'est plus valable. Rien n'a été enregistré.",
                rule="code_just_used",
            )

    async def withdraw(self, who: PilotPseudonym, at: datetime) -> Consent | None:
        pilot_id, pseudonym = who
        async with self._locked(who) as connection:
            rows = await connection.fetch(_WITHDRAW, pilot_id, bytes.fromhex(pseudonym), at)
            if not rows:
                periods = await _list(connection, [who])
                return periods[-1] if periods else None
            await self._erase_facts(connection, pilot_id, bytes.fromhex(pseudonym))
            consent = _consent(max(rows, key=lambda row: row["consent_id"]))
            await self._outbox.announce(connection, _consent_event(consent))
            return consent

    async def erase(self, who: PilotPseudonym) -> int:
        pilot_id, pseudonym = who
        async with self._locked(who) as connection:
            deleted = await connection.execute(
                "DELETE FROM consent WHERE pilot_id = $1 AND pseudonym = $2",
                pilot_id,
                bytes.fromhex(pseudonym),
            )
            await self._erase_facts(connection, pilot_id, bytes.fromhex(pseudonym))
            await self._outbox.announce(connection, Tombstone(ConsentV1, f"{pilot_id}:{pseudonym}"))
            return int(deleted.removeprefix("DELETE "))

    async def list_of(self, known: Iterable[PilotPseudonym]) -> Sequence[Consent]:
        with reachable():
            async with self._pool.acquire() as connection:
                return await _list(connection, list(known))

    async def facts_of(self, who: PilotPseudonym) -> Sequence[dict[str, Any]]:
        with reachable():
            async with self._pool.acquire() as connection:
                return await self._list_facts(connection, who[0], bytes.fromhex(who[1]))

    @asynccontextmanager
    async def _locked(self, who: PilotPseudonym) -> AsyncIterator[Connection]:
        with reachable():
            async with transaction(self._pool) as connection:
                await lock_exclusively(connection, f"consent {':'.join(who)}")
                yield connection


async def _enrols(connection: Connection, agreement: NewConsent) -> bool:
    """Whether the pilot enrols that person now, under the notice that they read."""
    pilot_id = agreement.pilot_id
    if not await connection.fetchval(_TAKES_PEOPLE, pilot_id, agreement.protocol_version):
        return False
    # Statements of their own, after that wait: in the same one they would read what was before it.
    if await connection.fetchval(LAST_VERSION, pilot_id) != agreement.notice_version:
        return False
    excluded = sorted(NO_PARTICIPANTS)
    return not await connection.fetchval(_LEADS_OR_JUDGES, pilot_id, agreement.account, excluded)


async def _require_lapsed(connection: Connection, agreement: NewConsent) -> None:
    """Raises Refusal unless the person's last period lapsed: they withdrew, or were erased, while
    they read."""
    lapsed = await connection.fetchval(
        _LAPSED, agreement.pilot_id, bytes.fromhex(agreement.pseudonym)
    )
    if not lapsed:
        raise Refusal(
            "conflict",
            "Vous ne participez plus à ce pilote : rien n'a été enregistré.",
            rule="participation_over",
        )


async def _list(connection: Connection, known: Sequence[PilotPseudonym]) -> Sequence[Consent]:
    rows = await connection.fetch(
        _LIST,
        [pilot_id for pilot_id, _ in known],
        [bytes.fromhex(pseudonym) for _, pseudonym in known],
    )
    return [_consent(row) for row in rows]


def _consent(row: Any) -> Consent:
    return Consent(
        record_id=str(row["record_id"]),
        pilot_id=row["pilot_id"],
        pseudonym=row["pseudonym"].hex(),
        given_at=row["given_at"],
        notice_version=row["notice_version"],
        protocol_version=row["protocol_version"],
        means=row["means"],
        withdrawn_at=row["withdrawn_at"],
        lapsed_at=row["lapsed_at"],
        place=row["place"],
    )


def _consent_event(consent: Consent) -> ConsentV1:
    return ConsentV1(
        pilot_id=consent.pilot_id,
        pseudonym=consent.pseudonym,
        given_at=consent.given_at,
        notice_version=consent.notice_version,
        withdrawn_at=consent.withdrawn_at,
        place=consent.place,
    )
