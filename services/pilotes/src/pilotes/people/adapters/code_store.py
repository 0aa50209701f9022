"""Enrolment codes in PostgreSQL: their digests, and how often each was used."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from pilotes.identity.domain.codes import digest_of_code
from pilotes.people.domain.invitations import Invitation, InvitationOrder
from socle.errors import Refusal
from socle.postgres import Pool, reachable, transaction

_ADD: Final = """
INSERT INTO invitation (pilot_id, label, uses, made_at, made_by, expires_at, place)
VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING invitation_id
"""
_FIND: Final = """
SELECT pilot_id, used >= uses AS used_up, expires_at <= $2 AS expired,
    revoked_at IS NOT NULL AS revoked, uses
FROM enrolment_code JOIN invitation USING (invitation_id) WHERE digest = $1
"""
_FIND_PILOT: Final = """
SELECT pilot_id FROM enrolment_code JOIN invitation USING (invitation_id) WHERE digest = $1
"""
_FIND_PLACE: Final = """
SELECT place FROM enrolment_code JOIN invitation USING (invitation_id) WHERE digest = $1
"""
_LIST: Final = """
SELECT invitation_id AS id, label, count(digest) AS count, uses, coalesce(sum(used), 0) AS used,
    made_at, expires_at, revoked_at, place
FROM invitation LEFT JOIN enrolment_code USING (invitation_id)
WHERE pilot_id = $1 GROUP BY invitation_id ORDER BY invitation_id DESC
"""


class PostgresCodes:
    """Implements `Codes`. `key`: the key of the digests; it is not in the database."""

    def __init__(self, pool: Pool, *, key: bytes) -> None:
        self._pool, self._key = pool, key

    async def add(
        self, pilot_id: str, codes: Iterable[str], order: InvitationOrder, *, at: datetime, by: str
    ) -> int:
        until = at + timedelta(days=order.days)
        with reachable():
            async with transaction(self._pool) as connection:
                invitation_id: int = await connection.fetchval(
                    _ADD, pilot_id, order.label, order.uses, at, by, until, order.place
                )
                await connection.execute(
                    "INSERT INTO enrolment_code (digest, invitation_id)"
                    " SELECT digest, $2 FROM unnest($1::bytea[]) AS digest",
                    [digest_of_code(self._key, code) for code in codes],
                    invitation_id,
                )
                return invitation_id

    async def get_pilot_id(self, code: str, at: datetime) -> str:
        with reachable():
            found = await self._pool.fetchrow(_FIND, digest_of_code(self._key, code), at)
        if found is None:
            raise Refusal(
                "not_found",
                "Ce code n'existe pas : recopiez-le avec soin, ou demandez-en un autre à la "
                "personne qui vous l'a donné.",
                rule="code_unknown",
            )
        if found["revoked"] or found["expired"]:
            raise Refusal(
                "gone",
                "Ce code n'est plus valable : demandez-en un autre à la personne qui vous l'a "
                "donné.",
                rule="code_expired",
            )
        if found["used_up"]:
            how = (
                "il ne sert qu'une fois" if found["uses"] == 1 else "toutes les places sont prises"
            )
            raise Refusal(
                "gone",
                f"Ce code a déjà servi : {how}. Si c'est vous qui l'avez utilisé, depuis un autre "
                "appareil, retrouvez votre participation avec votre code personnel.",
                used_up=True,
                rule="code_used" if found["uses"] == 1 else "code_full",
            )
        return str(found["pilot_id"])

    async def find_pilot_id(self, code: str) -> str | None:
        with reachable():
            found: str | None = await self._pool.fetchval(
                _FIND_PILOT, digest_of_code(self._key, code)
            )
        return found

    async def find_place(self, code: str) -> str | None:
        with reachable():
            found: str | None = await self._pool.fetchval(
                _FIND_PLACE, digest_of_code(self._key, code)
            )
        return found

    async def list_of(self, pilot_id: str) -> Sequence[Invitation]:
        with reachable():
            rows = await self._pool.fetch(_LIST, pilot_id)
        return [Invitation(**row) for row in rows]

    async def revoke(self, pilot_id: str, invitation_id: int, at: datetime) -> bool:
        with reachable():
            done = await self._pool.execute(
                "UPDATE invitation SET revoked_at = coalesce(revoked_at, $3)"
                " WHERE pilot_id = $1 AND invitation_id = $2",
                pilot_id,
                invitation_id,
                at,
            )
        return done != "UPDATE 0"
