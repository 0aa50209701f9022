"""A pilot that takes participants, on a real database."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pilotes.identity.domain.codes import ENROLMENT_LETTERS, new_code
from pilotes.people.adapters.code_store import PostgresCodes
from pilotes.people.adapters.consent_store import PostgresConsents
from pilotes.people.adapters.joint_store import PostgresJointConsents
from pilotes.people.domain.invitations import InvitationOrder
from pilotes.people.ports import NewConsent
from pilotes.record.adapters.notice_store import PostgresNotices, insert_notice
from pilotes.record.domain.notice import Notice
from socle.clock import Clock
from socle.outbox import Outbox
from socle.postgres import Connection, Pool

KEY = b"k" * 32
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ALICE, BOB = "a1" * 32, "b2" * 32

_PILOT = """
INSERT INTO pilot (pilot_id, revision, stage, field, title, description, processing, salt,
    protocol_version, created_at, changed_at, changed_by)
VALUES ($1, 1, 'trial', 'mobilite', 'Être prévenu avant de partir', '{}', '{}', '\\x00', 1, $2, $2,
    'c-1')
"""
_PROTOCOL = "INSERT INTO protocol VALUES ($1, 1, '{}', 'd', '', $2, 'c-1', $2)"


@dataclass
class PeopleWorld:
    """The stores, over the test's own database. `erased`: whose facts were to be erased."""

    pool: Pool
    codes: PostgresCodes
    consents: PostgresConsents
    joints: PostgresJointConsents
    notices: PostgresNotices
    erased: list[tuple[str, str]]

    async def pilot(self, pilot_id: str) -> None:
        """A pilot whose trial is open, with a notice "1"."""
        await self.pool.execute(_PILOT, pilot_id, NOW)
        await self.pool.execute(_PROTOCOL, pilot_id, NOW)
        await insert_notice(self.pool, notice(pilot_id), at=NOW, by="c-1")

    async def code(self, pilot_id: str, *, uses: int = 1, days: int = 30) -> str:
        """A new code that opens that pilot."""
        code = new_code(os.urandom(7), ENROLMENT_LETTERS)
        await self.codes.add(
            pilot_id, [code], InvitationOrder(1, uses, days, "essai"), at=NOW, by="c-1"
        )
        return code

    async def consent_events(self) -> list[dict[str, Any] | None]:
        """The announcements of consents, in order; None: a tombstone."""
        rows = await self.pool.fetch(
            "SELECT value FROM outbox WHERE topic = 'pilotes.consent.v1' ORDER BY id"
        )
        return [None if row["value"] is None else json.loads(row["value"]) for row in rows]


def agreement(pilot_id: str, pseudonym: str, at: datetime = NOW, **changes: Any) -> NewConsent:
    values: dict[str, Any] = {
        "notice_version": "1",
        "protocol_version": 1,
        "means": "device",
        "account": None,
    }
    return NewConsent(pilot_id, pseudonym, at, **(values | changes))


def notice(pilot_id: str, version: str = "1") -> Notice:
    return Notice(
        pilot_id=pilot_id,
        version=version,
        language="fr",
        title="Être prévenu avant de partir",
        summary="Une alerte quand votre trajet habituel est perturbé.",
        asked="Consultez vos horaires comme d'habitude.",
        benefits="Peut-être moins d'attente.",
        risks="Aucun connu.",
        arms=("Service habituel", "Alerte avant le départ"),
        health=False,
        controller="Région Centre-Val de Loire",
        contact="donnees@region.example",
        purposes=("Savoir si prévenir fait gagner du temps",),
        data=("Pages d'horaires consultées",),
        recipients=("L'équipe du projet",),
        retention_days=365,
        storage="France",
        security="Pseudonymes",
    )


def open_people(pool: Pool, clock: Clock) -> PeopleWorld:
    erased: list[tuple[str, str]] = []

    async def erase(connection: Connection, pilot_id: str, pseudonym: bytes) -> int:
        assert connection.is_in_transaction()
        erased.append((pilot_id, pseudonym.hex()))
        return 0

    async def restrict(
        connection: Connection, pilot_id: str, pseudonym: bytes, at: datetime
    ) -> int:
        return await erase(connection, pilot_id, pseudonym)

    async def listed(connection: Connection, pilot_id: str, pseudonym: bytes) -> Sequence[Any]:
        return []

    outbox = Outbox("pilotes", clock)
    return PeopleWorld(
        pool,
        PostgresCodes(pool, key=KEY),
        PostgresConsents(
            pool, outbox, key=KEY, erase_facts=erase, restrict_facts=restrict, list_facts=listed
        ),
        PostgresJointConsents(pool, outbox, key=KEY),
        PostgresNotices(pool),
        erased,
    )


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)
