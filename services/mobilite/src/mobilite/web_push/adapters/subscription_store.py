"""Push subscriptions in PostgreSQL."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import asyncpg

from mobilite.web_push.adapters.subscription_limits import OF_THE_PLATFORM, SubscriptionCounts
from mobilite.web_push.domain.journey_facts import Fact
from mobilite.web_push.domain.notification_times import NotificationTimes
from mobilite.web_push.domain.push_subscription import PushSubscription, Subject
from socle.postgres import Connection, Pool, reachable, transaction
from socle.web_push import PushTarget

LEASE: Final = timedelta(seconds=30)
UNCONFIRMED: Final = timedelta(minutes=10)
"""How long a subscription that is not confirmed is stored."""
_ACQUIRED_AT_ONCE: Final = 100

_COUNT = """
SELECT count(*) FILTER (WHERE endpoint_digest = $1) AS of_browser,
    count(*) FILTER (
        WHERE confirmed AND (subject_type = 'journey') = ($2 = 'journey')
    ) AS confirmed,
    count(*) FILTER (
        WHERE NOT confirmed AND (subject_type = 'journey') = ($2 = 'journey')
    ) AS unconfirmed
FROM push_subscription
WHERE (endpoint_digest, subject_type, subject_id) <> ($1, $2, $3)
"""
_OF_BROWSER = """
SELECT confirmed, subject_type, subject_id, language, notified FROM push_subscription
WHERE endpoint_digest = $1 AND p256dh = $2 AND auth = $3
"""
_REPLACE = """
DELETE FROM push_subscription WHERE (endpoint_digest, subject_type, subject_id) = ($1, $2, $3)
"""
_ADD = """
INSERT INTO push_subscription (id, subject_type, subject_id, language, endpoint, endpoint_digest,
    p256dh, auth, until, notified, days, start_minute, end_minute, confirmed, added, replica,
    leased_until)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
    clock_timestamp() + $17::interval)
"""
_CONFIRM = """
UPDATE push_subscription SET confirmed = true WHERE id = $1 AND replica = $2 RETURNING subject_type
"""
# Only a confirmed subscription takes the place of another: who has no browser cannot.
_MAKE_PLACE = """
DELETE FROM push_subscription WHERE id IN (
    SELECT id FROM push_subscription WHERE id IN (
        SELECT id FROM push_subscription
        WHERE confirmed AND subject_type <> 'journey' AND id <> $1
        ORDER BY until DESC, id OFFSET $2
    ) FOR UPDATE SKIP LOCKED
)
"""
_REMOVE = """
DELETE FROM push_subscription WHERE id = $1 AND subject_type = $2 AND subject_id = $3 RETURNING id
"""
# Rows that another replica is acquiring are skipped.
_ACQUIRE = """
UPDATE push_subscription SET replica = $1, leased_until = clock_timestamp() + $2::interval
WHERE id IN (
    SELECT id FROM push_subscription WHERE leased_until < clock_timestamp()
    ORDER BY leased_until LIMIT $3 FOR UPDATE SKIP LOCKED
)
RETURNING *
"""
_RENEW = """
UPDATE push_subscription SET leased_until = clock_timestamp() + $3::interval
WHERE id = ANY($2) AND replica = $1 RETURNING id
"""
_RECORD = "UPDATE push_subscription SET notified = $2 WHERE id = $1 AND replica = $3"
_RELEASE = """
UPDATE push_subscription SET replica = NULL, leased_until = '-infinity' WHERE replica = $1
"""
_DELETE_EXPIRED = """
DELETE FROM push_subscription WHERE until <= $1 OR (NOT confirmed AND added <= $2)
"""


class PostgresPushSubscriptions:
    """The subscriptions, in the service's own database. Implements `PushSubscriptions`."""

    def __init__(self, pool: Pool, *, lease: timedelta = LEASE) -> None:
        """`lease`: how long a replica that no longer runs has its leases."""
        self._pool, self._lease = pool, lease

    async def add(
        self, subscription: PushSubscription, *, replica: str, now: datetime
    ) -> PushSubscription:
        digest = hashlib.sha256(subscription.target.endpoint.encode()).digest()
        with reachable():
            async with transaction(self._pool) as connection:
                # One at a time for each browser, or two could exceed its limit together.
                await connection.execute(
                    "SELECT pg_advisory_xact_lock(hashtext('push:' || $1))", digest.hex()
                )
                return await self._add(connection, digest, subscription, replica, now)

    async def _add(
        self,
        connection: Connection,
        digest: bytes,
        subscription: PushSubscription,
        replica: str,
        now: datetime,
    ) -> PushSubscription:
        subject, target = subscription.subject, subscription.target
        own = await connection.fetch(_OF_BROWSER, digest, target.p256dh, target.auth)
        stored = _with_known(subscription, own)
        row = await connection.fetchrow(_COUNT, digest, subject.type, subject.id)
        assert row is not None
        lasting = subject.type != "journey"
        SubscriptionCounts(**row).check(confirmed=stored.confirmed, lasting=lasting)
        await connection.execute(_REPLACE, digest, subject.type, subject.id)
        times = stored.times
        await connection.execute(
            _ADD,
            stored.id,
            subject.type,
            subject.id,
            stored.language,
            target.endpoint,
            digest,
            target.p256dh,
            target.auth,
            stored.until,
            dict(stored.notified),
            None if times is None else sorted(times.days),
            None if times is None else times.start,
            None if times is None else times.end,
            stored.confirmed,
            now,
            replica,
            self._lease,
        )
        if lasting and stored.confirmed:
            await connection.execute(_MAKE_PLACE, stored.id, OF_THE_PLATFORM - 1)
        return stored

    async def confirm(self, subscription_id: str, *, replica: str) -> None:
        with reachable():
            subject_type = await self._pool.fetchval(_CONFIRM, subscription_id, replica)
            if subject_type not in (None, "journey"):
                await self._pool.execute(_MAKE_PLACE, subscription_id, OF_THE_PLATFORM - 1)

    async def remove(self, subscription_id: str, subject: Subject) -> bool:
        ids = subscription_id + subject.id
        # Not every other text can be one of PostgreSQL; the ids of stops can be any text.
        if "\0" in ids or not subscription_id.isascii():
            return False
        with reachable():
            found = await self._pool.fetchval(_REMOVE, subscription_id, subject.type, subject.id)
        return found is not None

    async def acquire(self, replica: str) -> Sequence[PushSubscription]:
        with reachable():
            rows = await self._pool.fetch(_ACQUIRE, replica, self._lease, _ACQUIRED_AT_ONCE)
        return [_subscription(row) for row in rows]

    async def renew(self, replica: str, ids: Collection[str]) -> frozenset[str]:
        if not ids:
            return frozenset()
        with reachable():
            rows = await self._pool.fetch(_RENEW, replica, list(ids), self._lease)
        return frozenset(row["id"] for row in rows)

    async def record(
        self, subscription_id: str, notified: Mapping[str, Fact], *, replica: str
    ) -> None:
        with reachable():
            await self._pool.execute(_RECORD, subscription_id, dict(notified), replica)

    async def release(self, replica: str) -> None:
        with reachable():
            await self._pool.execute(_RELEASE, replica)

    async def delete_expired(self, now: datetime) -> None:
        with reachable():
            await self._pool.execute(_DELETE_EXPIRED, now, now - UNCONFIRMED)


def _with_known(subscription: PushSubscription, own: Sequence[asyncpg.Record]) -> PushSubscription:
    """A new subscription with what is known of its browser. `own`: its other rows and the one that
    is replaced, with the same keys."""
    confirmed, notified = any(row["confirmed"] for row in own), subscription.notified
    subject = subscription.subject
    # What was notified has headlines: in another language they are others.
    same = (subject.type, subject.id, subscription.language)
    for row in own:
        former = (row["subject_type"], row["subject_id"], row["language"])
        if subject.type != "journey" and former == same:
            notified = row["notified"]
    return replace(subscription, confirmed=confirmed, notified=notified)


def _subscription(row: asyncpg.Record) -> PushSubscription:
    days = row["days"]
    return PushSubscription(
        id=row["id"],
        subject=Subject(row["subject_type"], row["subject_id"]),
        language=row["language"],
        target=PushTarget(row["endpoint"], row["p256dh"], row["auth"]),
        until=row["until"],
        notified=row["notified"],
        times=None
        if days is None
        else NotificationTimes(frozenset(days), row["start_minute"], row["end_minute"]),
        confirmed=row["confirmed"],
    )
