"""Consents in PostgreSQL. Each change and its announcement are one transaction.

An advisory lock serialises the changes of one person in one pilot, so that their announcements are
published in order. A withdrawal ends the consent before it erases the facts, and the erasure waits
for transactions that add facts (`fact_store`): no fact remains without a consent.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from pilotes.events import ConsentV1
from pilotes.people.adapters.consent_rows import (
    add_period,
    check_enrols,
    consent_event,
    consent_of,
    find_active,
    is_child,
    locked,
    stop_awaiting,
    use_code,
)
from pilotes.people.adapters.joint_store import forget_joint_consents
from pilotes.people.domain.consent import Consent
from pilotes.people.ports import NewConsent, PilotPseudonym
from socle.errors import Refusal
from socle.events import Tombstone
from socle.outbox import Outbox
from socle.postgres import Connection, Pool, reachable

EraseFacts = Callable[[Connection, str, bytes], Awaitable[int]]
"""Erases the facts of a person in a pilot (its id, their pseudonym), in the caller's transaction.
Returns the number of rows."""
RestrictFacts = Callable[[Connection, str, bytes, datetime], Awaitable[int]]
"""Moves the facts of a person in a pilot (its id, their pseudonym) to where no figure reads them,
in the caller's transaction. Returns their number."""
ListFacts = Callable[[Connection, str, bytes], Awaitable[Sequence[dict[str, Any]]]]
"""The facts of a person in a pilot (its id, their pseudonym), JSON-ready."""

# A clock that was set back must not end a consent before it was given. Lapsed periods end too.
_WITHDRAW: Final = """
UPDATE consent SET withdrawn_at = greatest($3, given_at)
WHERE pilot_id = $1 AND pseudonym = $2 AND withdrawn_at IS NULL RETURNING *
"""
_RESTRICT: Final = """
UPDATE consent SET lapsed_at = coalesce(lapsed_at, greatest($3, given_at)),
    restricted_at = greatest($3, given_at, lapsed_at)
WHERE pilot_id = $1 AND pseudonym = $2 AND withdrawn_at IS NULL AND restricted_at IS NULL
RETURNING *
"""
_LIST: Final = """
SELECT consent.* FROM consent JOIN unnest($1::text[], $2::bytea[]) AS known (pilot, person)
    ON pilot_id = pilot AND pseudonym = person
ORDER BY consent_id
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
        restrict_facts: RestrictFacts,
        list_facts: ListFacts,
    ) -> None:
        self._pool, self._outbox, self._key = pool, outbox, key
        self._erase_facts, self._restrict_facts = erase_facts, restrict_facts
        self._list_facts = list_facts

    async def give(self, agreement: NewConsent, code: str | None) -> Consent:
        who = agreement.pilot_id, agreement.pseudonym
        async with locked(self._pool, who) as connection:
            active = await find_active(connection, who)
            if active is not None:
                return active
            await check_enrols(connection, agreement)
            await use_code(connection, agreement, code, key=self._key)
            return await add_period(connection, self._outbox, agreement)

    async def withdraw(
        self, who: PilotPseudonym, at: datetime, *, by_second_signer: bool = False
    ) -> Consent | None:
        pilot_id, pseudonym = who
        async with locked(self._pool, who) as connection:
            awaited = await stop_awaiting(connection, who)
            periods = await _list(connection, [who])
            alone = by_second_signer and _decided_alone(periods)
            # What a child accepted before they stated their age is not theirs alone.
            if alone and not await is_child(connection, who):
                if not awaited:
                    raise _decides_alone()
                return periods[-1]
            rows = await connection.fetch(_WITHDRAW, pilot_id, bytes.fromhex(pseudonym), at)
            if not rows:
                return periods[-1] if periods else None
            await self._erase_facts(connection, pilot_id, bytes.fromhex(pseudonym))
            consent = consent_of(max(rows, key=lambda row: row["consent_id"]))
            await self._outbox.announce(connection, consent_event(consent))
            return consent

    async def restrict(self, who: PilotPseudonym, at: datetime) -> Consent | None:
        pilot_id, pseudonym = who
        async with locked(self._pool, who) as connection:
            await stop_awaiting(connection, who)
            rows = await connection.fetch(_RESTRICT, pilot_id, bytes.fromhex(pseudonym), at)
            if rows:
                await self._restrict_facts(connection, pilot_id, bytes.fromhex(pseudonym), at)
                await self._outbox.announce(
                    connection, Tombstone(ConsentV1, f"{pilot_id}:{pseudonym}")
                )
            periods = await _list(connection, [who])
            return periods[-1] if periods else None

    async def erase(self, who: PilotPseudonym) -> int:
        pilot_id, pseudonym = who
        async with locked(self._pool, who) as connection:
            deleted = await connection.execute(
                "DELETE FROM consent WHERE pilot_id = $1 AND pseudonym = $2",
                pilot_id,
                bytes.fromhex(pseudonym),
            )
            await forget_joint_consents(connection, pilot_id, pseudonym)
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


def _decided_alone(periods: Sequence[Consent]) -> bool:
    """Whether the person takes part, and decided it alone the last time."""
    return bool(periods) and not periods[-1].ended and periods[-1].capacity.who == "self"


def _decides_alone() -> Refusal:
    return Refusal(
        "conflict",
        "Cette personne a donné son accord elle-même : elle seule peut l'arrêter. Rien n'a changé.",
        rule="decides_alone",
    )


async def _list(connection: Connection, known: Sequence[PilotPseudonym]) -> Sequence[Consent]:
    rows = await connection.fetch(
        _LIST,
        [pilot_id for pilot_id, _ in known],
        [bytes.fromhex(pseudonym) for _, pseudonym in known],
    )
    return [consent_of(row) for row in rows]
