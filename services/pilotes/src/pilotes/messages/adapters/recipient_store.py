"""Recipients in PostgreSQL. The lock of a participant's consents serialises their choices with
their withdrawal, which erases the address in its own transaction."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from pilotes.french.domain import local_day
from pilotes.messages.adapters.mail_requests import (
    count_request,
    forget_requests,
    too_many_requests,
)
from pilotes.messages.adapters.sealed_addresses import SealedAddresses
from pilotes.messages.adapters.unanswered import UNANSWERED
from pilotes.messages.domain.addresses import channel_of
from pilotes.messages.domain.links import LinkPurpose, is_authentic, recipient_of_link
from pilotes.messages.domain.topics import (
    CONFIRMED_WITHIN,
    COORDINATOR_CHOICE_LASTS,
    MOST_CONFIRMATIONS,
    REMINDED_WITHIN_DAYS,
)
from pilotes.messages.ports import Choice, ChoiceRequest, RecipientKey
from pilotes.people.adapters.consent_rows import find_active, locked
from pilotes.record.adapters.advisory_locks import lock_exclusively
from socle.errors import Refusal
from socle.postgres import Connection, Pool, reachable, transaction

_FIND: Final = """
SELECT * FROM recipient WHERE pilot_id = $1 AND (pseudonym = $2 OR subject = $3)
"""
_SAVE: Final = """
INSERT INTO recipient (recipient_id, pilot_id, pseudonym, subject, coordinator, topics, language,
    channel, sealed, chosen_at, confirmed_at, confirmations_on, confirmations)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT (recipient_id) DO UPDATE SET coordinator = excluded.coordinator,
    topics = excluded.topics, language = excluded.language, channel = excluded.channel,
    sealed = excluded.sealed, chosen_at = excluded.chosen_at,
    confirmed_at = excluded.confirmed_at, refused = false,
    confirmations_on = excluded.confirmations_on, confirmations = excluded.confirmations
"""
_DROP_UNSENT: Final = "DELETE FROM message WHERE recipient_id = $1 AND deliveries = 0"
_CONFIRM: Final = """
INSERT INTO message (recipient_id, cause, type, next_attempt)
VALUES ($1, 'confirmation:' || gen_random_uuid(), 'confirmation', $2)
"""
_ERASE: Final = """
UPDATE recipient SET sealed = NULL, confirmed_at = NULL, refused = false, topics = '{}'
WHERE recipient_id = $1
"""
_REMINDED: Final = """
SELECT pilot_id FROM pilot JOIN protocol USING (pilot_id)
WHERE version = protocol_version AND stage IN ('trial', 'evaluation')
    AND (content ->> 'reminders_at_most')::integer > 0
    AND EXISTS (SELECT FROM survey WHERE survey.pilot_id = pilot.pilot_id)
"""
_USELESS: Final = """
DELETE FROM recipient USING pilot WHERE recipient.pilot_id = pilot.pilot_id AND CASE
    WHEN pseudonym IS NOT NULL THEN stage NOT IN ('trial', 'evaluation')
    WHEN closed_at < $1::timestamptz - interval '7 days' THEN true
    WHEN coordinator THEN chosen_at < $2
    ELSE NOT EXISTS (SELECT FROM membership WHERE membership.pilot_id = pilot.pilot_id
        AND membership.subject = recipient.subject)
    END
"""
# The row stays, with what was sent: it limits what is sent if they choose again.
_ANSWERED: Final = f"""
UPDATE recipient SET sealed = NULL, confirmed_at = NULL
WHERE pseudonym IS NOT NULL AND sealed IS NOT NULL
    AND NOT EXISTS (SELECT FROM ({UNANSWERED}) AS unanswered
        WHERE unanswered.pilot_id = recipient.pilot_id
            AND unanswered.pseudonym = recipient.pseudonym AND opens >= $1)
"""  # noqa: S608
_AWAITS: Final = f"""
SELECT EXISTS (SELECT FROM ({UNANSWERED}) AS unanswered
    WHERE pilot_id = $1 AND pseudonym = $2 AND opens >= $3)
"""  # noqa: S608
_UNCONFIRMED: Final = """
UPDATE recipient SET sealed = NULL, topics = '{}'
WHERE sealed IS NOT NULL AND confirmed_at IS NULL AND chosen_at < $1
"""


class PostgresRecipients:
    """Implements `Recipients`."""

    def __init__(self, pool: Pool, addresses: SealedAddresses) -> None:
        self._pool, self._addresses = pool, addresses

    async def find(self, key: RecipientKey) -> Choice | None:
        with reachable():
            row = await self._pool.fetchrow(_FIND, *_columns(key))
        return None if row is None else self._choice(row)

    async def choose(self, key: RecipientKey, request: ChoiceRequest, at: datetime) -> None:
        async with self._locked(key) as connection:
            former: Any = await connection.fetchrow(_FIND, *_columns(key))
            known = former["recipient_id"] if former else uuid4()
            same = former is not None and self._choice(former).address == request.address
            confirmed_at = former["confirmed_at"] if same else None
            today = local_day(at)
            requested = former["confirmations"] if _is_of(former, today) else 0
            if confirmed_at is None:
                requested = _one_more(requested)
                await count_request(connection, self._addresses, request.address, today)
            await connection.execute(
                _SAVE,
                known,
                *_columns(key),
                request.coordinator,
                sorted(request.topics),
                request.language,
                channel_of(request.address),
                former["sealed"] if same else self._addresses.seal(known, request.address),
                at,
                confirmed_at,
                today,
                requested,
            )
            if confirmed_at is None:
                await connection.execute(_DROP_UNSENT, known)
                await connection.execute(_CONFIRM, known, at)

    async def stop(self, key: RecipientKey) -> None:
        with reachable():
            async with transaction(self._pool) as connection:
                row = await connection.fetchrow(_FIND, *_columns(key))
                if row is not None:
                    await _erase(connection, row["recipient_id"])

    async def check_link(self, purpose: LinkPurpose, link: str, at: datetime) -> None:
        with reachable():
            async with self._pool.acquire() as connection:
                await self._checked(connection, purpose, link, at)

    async def follow_link(self, purpose: LinkPurpose, link: str, at: datetime) -> None:
        with reachable():
            async with transaction(self._pool) as connection:
                recipient = await self._checked(connection, purpose, link, at)
                if purpose == "stop":
                    await _erase(connection, recipient)
                    return
                await connection.execute(
                    "UPDATE recipient SET confirmed_at = coalesce(confirmed_at, $2)"
                    " WHERE recipient_id = $1",
                    recipient,
                    at,
                )

    async def list_reminded_pilots(self) -> frozenset[str]:
        with reachable():
            rows = await self._pool.fetch(_REMINDED)
        return frozenset(row["pilot_id"] for row in rows)

    async def awaits_questionnaire(self, key: RecipientKey, since: date) -> bool:
        with reachable():
            return bool(await self._pool.fetchval(_AWAITS, key.pilot_id, key.pseudonym, since))

    async def erase_useless(self, now: datetime) -> None:
        with reachable():
            async with transaction(self._pool) as connection:
                await connection.execute(_USELESS, now, now - COORDINATOR_CHOICE_LASTS)
                since = local_day(now) - timedelta(days=REMINDED_WITHIN_DAYS)
                await connection.execute(_ANSWERED, since)
                await connection.execute(_UNCONFIRMED, now - CONFIRMED_WITHIN)
                await forget_requests(connection, local_day(now))

    async def _checked(
        self, connection: Connection, purpose: LinkPurpose, link: str, at: datetime
    ) -> UUID:
        """The recipient of a valid link, locked in a transaction. Raises Refusal."""
        named, key = recipient_of_link(link), self._addresses.link_key
        if named is None:
            raise _unknown_link()
        recipient = UUID(bytes=named)
        if purpose == "stop":
            # Also once the recipient is erased: nothing is sent to them, which is what they want.
            if not is_authentic(key, purpose, link, named, b""):
                raise _unknown_link()
            return recipient
        row: Any = await connection.fetchrow(
            "SELECT * FROM recipient WHERE recipient_id = $1 FOR UPDATE", recipient
        )
        sealed = row["sealed"] if row else None
        if sealed is None or not is_authentic(key, purpose, link, named, sealed):
            raise _unknown_link()
        if row["confirmed_at"] is None and row["chosen_at"] + CONFIRMED_WITHIN <= at:
            raise _unknown_link()
        return recipient

    @asynccontextmanager
    async def _locked(self, key: RecipientKey) -> AsyncIterator[Connection]:
        """A transaction that alone changes what that recipient chose. Raises Refusal if a
        participant takes part no more."""
        if key.pseudonym is None:
            with reachable():
                async with transaction(self._pool) as connection:
                    name = f"recipient {key.pilot_id}:{key.subject}"
                    await lock_exclusively(connection, name)
                    yield connection
            return
        who = key.pilot_id, key.pseudonym.hex()
        async with locked(self._pool, who) as connection:
            if await find_active(connection, who) is None:
                raise Refusal(
                    "conflict",
                    "Vous ne participez plus à ce pilote : rien n'a été enregistré.",
                    rule="participation_over",
                )
            yield connection

    def _choice(self, row: Any) -> Choice:
        sealed = row["sealed"]
        return Choice(
            None if sealed is None else self._addresses.open(row["recipient_id"], sealed),
            row["channel"],
            row["confirmed_at"] is not None,
            row["refused"],
            frozenset(row["topics"]),
        )


async def erase_recipient(connection: Connection, pilot_id: str, pseudonym: bytes) -> None:
    """Erase what a participant chose and what was sent to them, in the caller's transaction."""
    await connection.execute(
        "DELETE FROM recipient WHERE pilot_id = $1 AND pseudonym = $2", pilot_id, pseudonym
    )


async def _erase(connection: Connection, recipient: UUID) -> None:
    await connection.execute(_ERASE, recipient)
    await connection.execute(_DROP_UNSENT, recipient)


def _columns(key: RecipientKey) -> tuple[str, bytes | None, str | None]:
    return key.pilot_id, key.pseudonym, key.subject


def _is_of(former: Any, today: Any) -> bool:
    """Whether the row counts what was requested on that day."""
    return former is not None and former["confirmations_on"] == today


def _one_more(requested: int) -> int:
    """The number of first messages with one more. Raises Refusal beyond the limit."""
    if requested >= MOST_CONFIRMATIONS:
        raise too_many_requests()
    return requested + 1


def _unknown_link() -> Refusal:
    return Refusal(
        "not_found",
        "Ce lien n'est plus valable. Ouvrez le dernier message reçu, ou donnez votre adresse de"
        " nouveau.",
        rule="message_link_unknown",
    )
