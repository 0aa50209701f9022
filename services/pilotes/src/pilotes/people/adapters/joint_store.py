"""Consents that two people sign, in PostgreSQL.

One row for a person in a pilot: what they signed, and the digest of the second signer's code. The
code follows from the pseudonym and a key that is not in the database: the participant can read it
again, and the parent or the representative has the same one after a new notice.
"""

import hmac
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from pilotes.identity.domain.codes import PERSONAL_LETTERS, new_code
from pilotes.people.adapters.consent_rows import (
    add_period,
    check_enrols,
    find_active,
    locked,
    use_code,
)
from pilotes.people.domain.capacity import Capacity, Mandate
from pilotes.people.domain.consent import Consent
from pilotes.people.domain.joint_consent import JointConsent
from pilotes.people.ports import NewConsent, PilotPseudonym
from pilotes.record.domain.draws.permuted_blocks import BlockDraw
from socle.errors import Refusal
from socle.outbox import Outbox
from socle.postgres import Connection, Pool, reachable

# The answer of somebody who was drawn already has no use, and is not stored beside their arm.
_BEGIN: Final = """
INSERT INTO joint_consent AS former (pilot_id, pseudonym, digest, capacity, assisted_by,
    notice_version, protocol_version, means, started_at, reading, place, stratum, pending)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,
    CASE WHEN EXISTS (SELECT FROM consent
        WHERE pilot_id = $1 AND pseudonym = $2 AND arm IS NOT NULL) THEN NULL ELSE $12 END, true)
ON CONFLICT (pilot_id, pseudonym) DO UPDATE
    SET capacity = excluded.capacity, assisted_by = excluded.assisted_by,
        notice_version = excluded.notice_version, protocol_version = excluded.protocol_version,
        means = excluded.means, started_at = excluded.started_at, reading = excluded.reading,
        place = CASE WHEN former.pending THEN coalesce(former.place, excluded.place)
            ELSE excluded.place END,
        stratum = excluded.stratum,
        pending = true
RETURNING *
"""
_ONE: Final = "SELECT * FROM joint_consent WHERE pilot_id = $1 AND pseudonym = $2"
_FIND: Final = "SELECT * FROM joint_consent WHERE digest = $1"
_LIST: Final = """
SELECT joint_consent.* FROM joint_consent
JOIN unnest($1::text[], $2::bytea[]) AS known (pilot, person)
    ON pilot_id = pilot AND pseudonym = person
ORDER BY pilot_id, pseudonym
"""


class PostgresJointConsents:
    """Implements `JointConsents`. `key`: the key of the codes and their digests."""

    def __init__(self, pool: Pool, outbox: Outbox, *, key: bytes) -> None:
        self._pool, self._outbox, self._key = pool, outbox, key

    async def begin(self, agreement: NewConsent, code: str | None) -> JointConsent:
        who = agreement.pilot_id, agreement.pseudonym
        async with locked(self._pool, who) as connection:
            if await find_active(connection, who) is not None:
                raise Refusal(
                    "conflict",
                    "Vous participez déjà à ce pilote. Rien n'a été enregistré.",
                    rule="taking_part_already",
                )
            await check_enrols(connection, agreement)
            await use_code(connection, agreement, code, key=self._key)
            row = await connection.fetchrow(
                _BEGIN,
                who[0],
                bytes.fromhex(who[1]),
                self._digest(self._code(who)),
                agreement.capacity.who,
                agreement.capacity.assisted_by,
                agreement.notice_version,
                agreement.protocol_version,
                agreement.means,
                agreement.at,
                agreement.reading,
                agreement.place,
                None if agreement.draw is None else agreement.draw.stratum,
            )
            return self._joint(row)

    async def sign(
        self,
        joint: JointConsent,
        mandate: Mandate,
        at: datetime,
        *,
        draw: BlockDraw | None = None,
    ) -> Consent:
        async with locked(self._pool, joint.who) as connection:
            capacity = Capacity(joint.capacity, joint.assisted_by, mandate)
            agreement = _agreement(joint, capacity, at, draw)
            await check_enrols(connection, agreement)
            # After that wait. What the participant signed is what the other read, or neither is
            # valid.
            row = await connection.fetchrow(_ONE, joint.pilot_id, bytes.fromhex(joint.pseudonym))
            if row is None or not row["pending"] or self._joint(row) != joint:
                raise Refusal(
                    "conflict",
                    "Cette signature n'est plus attendue. Rien n'a été enregistré : demandez à la"
                    " personne qui participe où elle en est.",
                    rule="signature_not_awaited",
                )
            return await add_period(connection, self._outbox, agreement)

    async def find(self, code: str) -> JointConsent | None:
        with reachable():
            row = await self._pool.fetchrow(_FIND, self._digest(code))
        return None if row is None else self._joint(row)

    async def list_of(self, known: Iterable[PilotPseudonym]) -> Sequence[JointConsent]:
        pairs = list(known)
        pilots, people = [pilot for pilot, _ in pairs], [bytes.fromhex(who) for _, who in pairs]
        with reachable():
            rows = await self._pool.fetch(_LIST, pilots, people)
        return [self._joint(row) for row in rows]

    def _code(self, who: PilotPseudonym) -> str:
        drawn = hmac.digest(self._key, f"second signer:{':'.join(who)}".encode(), "sha256")
        return new_code(drawn, PERSONAL_LETTERS)

    def _digest(self, code: str) -> bytes:
        return hmac.digest(self._key, b"second signer's code:" + code.encode(), "sha256")

    def _joint(self, row: Any) -> JointConsent:
        who = row["pilot_id"], row["pseudonym"].hex()
        return JointConsent(
            *who,
            row["capacity"],
            row["assisted_by"],
            row["notice_version"],
            row["protocol_version"],
            row["means"],
            row["reading"],
            row["started_at"],
            row["pending"],
            self._code(who),
            row["place"],
            row["stratum"],
        )


async def forget_joint_consents(
    connection: Connection, pilot_id: str, pseudonym: str | None = None
) -> None:
    """Delete the joint consents of a pilot, or of one person in it: their codes open nothing."""
    await connection.execute(
        "DELETE FROM joint_consent WHERE pilot_id = $1 AND ($2::bytea IS NULL OR pseudonym = $2)",
        pilot_id,
        None if pseudonym is None else bytes.fromhex(pseudonym),
    )


def _agreement(
    joint: JointConsent, capacity: Capacity, at: datetime, draw: BlockDraw | None
) -> NewConsent:
    """The consent that both signed. Its account was compared with the members when the participant
    signed, and whoever is named since is not awaited any more."""
    return NewConsent(
        joint.pilot_id,
        joint.pseudonym,
        at,
        joint.notice_version,
        joint.protocol_version,
        joint.means,
        None,
        capacity,
        joint.reading,
        joint.place,
        draw,
    )
