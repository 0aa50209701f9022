"""The messages to be sent, in PostgreSQL."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from pilotes.french.domain import local_day
from pilotes.messages.adapters.sealed_addresses import SealedAddresses
from pilotes.messages.adapters.unanswered import UNANSWERED
from pilotes.messages.adapters.unreadable_messages import UnreadableMessages
from pilotes.messages.domain.addresses import Address, Channel, channel_of
from pilotes.messages.domain.links import make_link
from pilotes.messages.domain.topics import (
    ATTEMPTS,
    REMINDED_WITHIN_DAYS,
    Attempt,
    next_attempt,
)
from pilotes.messages.domain.wording import LetterFacts
from pilotes.messages.ports import ClaimedMessage, TeamEvent
from pilotes.record.adapters.advisory_locks import lock_exclusively
from socle.postgres import Connection, Pool, reachable, transaction

# By recipient with an active consent and a confirmed address: the days on which questionnaires open
# that they have not answered, and how many reminders the protocol in force allows.
_OPEN: Final = f"""
SELECT recipient_id, opens, (protocol.content ->> 'reminders_at_most')::integer AS most
FROM recipient JOIN pilot USING (pilot_id)
JOIN protocol ON protocol.pilot_id = pilot.pilot_id AND protocol.version = pilot.protocol_version
JOIN ({UNANSWERED}) AS unanswered ON unanswered.pilot_id = pilot.pilot_id
    AND unanswered.pseudonym = recipient.pseudonym AND lapsed_at IS NULL
WHERE stage IN ('trial', 'evaluation') AND NOT paused AND confirmed_at IS NOT NULL
    -- Whoever confirms later has seen on the page what is open.
    AND opens > (confirmed_at AT TIME ZONE 'Europe/Paris')::date
"""  # noqa: S608
_REMIND: Final = f"""
INSERT INTO message (recipient_id, cause, type, opens, next_attempt)
SELECT DISTINCT recipient_id, 'opens:' || opens, 'reminder', opens, $3::timestamptz
FROM ({_OPEN}) AS open WHERE opens BETWEEN $1 AND $2
ON CONFLICT (recipient_id, cause) DO NOTHING
"""  # noqa: S608
_INFORM: Final = """
INSERT INTO message (recipient_id, cause, type, automatic, next_attempt)
SELECT recipient_id, cause, topic, event.automatic, $6
FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::boolean[])
    AS event (pilot_id, topic, cause, at, automatic)
JOIN recipient ON recipient.pilot_id = event.pilot_id AND topic = ANY(topics)
WHERE subject IS NOT NULL AND confirmed_at < at
ON CONFLICT (recipient_id, cause) DO NOTHING
"""
# A reminder is sent if it is still wanted, and neither the promise of the notice nor that of one a
# day is broken by it. A member who was dismissed since it was planned gets nothing; the role of a
# coordinator is not in this database, and their choice expires.
_NEXT: Final = f"""
SELECT message.*, recipient.pilot_id, language, sealed, coordinator, title FROM message
JOIN recipient USING (recipient_id) JOIN pilot ON pilot.pilot_id = recipient.pilot_id
WHERE sent_at IS NULL AND next_attempt <= $1 AND attempts < $2 AND sealed IS NOT NULL
    AND channel = $7
    AND (subject IS NULL OR coordinator OR EXISTS (SELECT FROM membership
        WHERE membership.pilot_id = pilot.pilot_id AND membership.subject = recipient.subject))
    AND CASE type WHEN 'confirmation' THEN confirmed_at IS NULL
    WHEN 'reminder' THEN $3::boolean
        AND message.opens BETWEEN $5::date AND $6::date
        AND EXISTS (SELECT FROM ({_OPEN}) AS open
            WHERE open.recipient_id = message.recipient_id AND open.opens = message.opens
                AND most > (SELECT coalesce(sum(deliveries), 0) FROM message AS other
                    WHERE other.recipient_id = open.recipient_id AND other.type = 'reminder'))
        AND NOT EXISTS (SELECT FROM message AS other
            WHERE other.recipient_id = message.recipient_id AND other.type = 'reminder'
                AND other.deliveries > 0 AND other.attempted_on = $4::date)
    ELSE confirmed_at IS NOT NULL AND type = ANY(topics) END
    AND (next_attempt, coalesce(message.opens, '-infinity'), message_id) > ($8, $9::date, $10)
ORDER BY next_attempt, coalesce(message.opens, '-infinity'), message_id LIMIT $11
"""  # noqa: S608
_CORRECT_CHANNEL: Final = """
UPDATE recipient SET channel = $3 WHERE recipient_id = $1 AND sealed = $2
"""
_CLAIM: Final = """
UPDATE message SET attempts = attempts + 1, deliveries = deliveries + 1, attempted_on = $2,
    next_attempt = $3
WHERE message_id = $1
"""
_SENT: Final = "UPDATE message SET sent_at = $2 WHERE message_id = $1"
_NOT_SENT: Final = """
UPDATE message SET deliveries = deliveries - 1, next_attempt = $2, attempted_on = $3,
    attempts = attempts - $4
WHERE message_id = $1
"""
# The first notification that a push service accepts confirms its browser, if it is still chosen.
_CONFIRMED: Final = """
UPDATE recipient SET confirmed_at = $3 FROM message
WHERE message_id = $1 AND type = 'confirmation' AND channel = 'push'
    AND recipient.recipient_id = message.recipient_id AND sealed = $2 AND confirmed_at IS NULL
"""
_REFUSED: Final = """
UPDATE recipient SET sealed = NULL, confirmed_at = NULL, refused = true FROM message
WHERE message_id = $1 AND recipient.recipient_id = message.recipient_id AND sealed = $2
"""
_READ_AT_ONCE: Final = 100
"""Messages that a claim reads in one transaction, once it could not open the first."""


class PostgresOutbox:
    """Implements `Outbox`. `public`: the platform's address in browsers."""

    def __init__(self, pool: Pool, addresses: SealedAddresses, *, public: str) -> None:
        self._pool, self._addresses, self._public = pool, addresses, public
        self._unreadable = UnreadableMessages()

    async def plan_reminders(self, today: date, now: datetime) -> None:
        with reachable():
            await self._pool.execute(_REMIND, *_reminded_days(today), now)

    async def plan_team_events(self, events: Sequence[TeamEvent], now: datetime) -> None:
        with reachable():
            await self._pool.execute(
                _INFORM,
                [each.pilot_id for each in events],
                [each.topic for each in events],
                [each.cause for each in events],
                [each.at for each in events],
                [each.automatic for each in events],
                now,
            )

    async def claim(
        self, now: datetime, *, channel: Channel, reminders: bool
    ) -> ClaimedMessage | None:
        limit = 1
        with reachable():
            while True:
                async with transaction(self._pool) as connection:
                    # One claim at a time reads what the former ones counted.
                    await lock_exclusively(connection, "pilotes.messages")
                    rows = await self._list_due(connection, now, channel, reminders, limit)
                    for row in rows:
                        address = await self._open(row, channel, now, connection)
                        if address is not None:
                            return await self._lease(row, address, now, connection)
                if len(rows) < limit:
                    return None
                limit = _READ_AT_ONCE

    async def settle(self, claimed: ClaimedMessage, attempt: Attempt, now: datetime) -> None:
        outcome = attempt.outcome
        if outcome == "unknown":
            return
        with reachable():
            async with transaction(self._pool) as connection:
                if outcome == "sent":
                    await connection.execute(_SENT, claimed.id, now)
                    await connection.execute(_CONFIRMED, claimed.id, claimed.sealed, now)
                    return
                wait = next_attempt(claimed.facts.type, claimed.attempts, outcome, attempt.after)
                untried = int(outcome == "not_tried")
                day = claimed.attempted_on
                await connection.execute(_NOT_SENT, claimed.id, now + wait, day, untried)
                # The page then tells its reader, who can choose it again.
                given_up = attempt.rejected and claimed.attempts >= ATTEMPTS
                if outcome == "refused" or given_up:
                    await connection.execute(_REFUSED, claimed.id, claimed.sealed)

    async def _list_due(
        self, connection: Connection, now: datetime, channel: Channel, reminders: bool, limit: int
    ) -> Sequence[Any]:
        """The first rows of messages that are due, without those that are passed over."""
        today, last = local_day(now), self._unreadable.last(channel, now)
        due = now, ATTEMPTS, reminders, today, *_reminded_days(today), channel
        return await connection.fetch(_NEXT, *due, *last, limit)

    async def _open(
        self, row: Any, channel: Channel, now: datetime, connection: Connection
    ) -> Address | None:
        """The address of a message. None if this process cannot open it, and passes over it; or it
        is one of another channel, since a replica of before the channels replaces an address and
        not its channel, which is corrected."""
        recipient, sealed = row["recipient_id"], row["sealed"]
        address = self._addresses.open(recipient, sealed)
        if address is None:
            # Its row stays as it is, for a process that can open it.
            position = row["next_attempt"], row["opens"] or date.min, row["message_id"]
            self._unreadable.add(channel, position, now)
            return None
        if channel_of(address) == channel:
            return address
        await connection.execute(_CORRECT_CHANNEL, recipient, sealed, channel_of(address))
        return None

    async def _lease(
        self, row: Any, address: Address, now: datetime, connection: Connection
    ) -> ClaimedMessage:
        """Claim the message of that row, until its attempt would be of an unknown outcome."""
        attempts = row["attempts"] + 1
        until = now + next_attempt(row["type"], attempts, "unknown")
        await connection.execute(_CLAIM, row["message_id"], local_day(now), until)
        return self._claimed(row, address, attempts)

    def _claimed(self, row: Any, address: Address, attempts: int) -> ClaimedMessage:
        recipient, sealed = row["recipient_id"], row["sealed"]
        key = self._addresses.link_key
        facts = LetterFacts(
            type=row["type"],
            language=row["language"],
            public=self._public,
            confirm=make_link(key, "confirm", recipient.bytes, sealed),
            stop=make_link(key, "stop", recipient.bytes, sealed),
            opens=row["opens"],
            pilot_id=row["pilot_id"],
            title=row["title"],
            automatic=row["automatic"],
            coordinator=row["coordinator"],
        )
        return ClaimedMessage(
            row["message_id"], attempts, address, sealed, row["attempted_on"], facts
        )


def _reminded_days(today: date) -> tuple[date, date]:
    """The first and the last day of opening that is reminded of on that day."""
    return today - timedelta(days=REMINDED_WITHIN_DAYS), today + timedelta(days=1)
