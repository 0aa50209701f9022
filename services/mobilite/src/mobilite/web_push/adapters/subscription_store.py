"""Push subscriptions in PostgreSQL."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import asyncpg

from mobilite.web_push.domain.journey_facts import Fact
from mobilite.web_push.domain.push_subscription import PushSubscription, PushTarget
from socle.errors import Refusal
from socle.postgres import Pool, reachable, transaction

LEASE: Final = timedelta(seconds=30)
_MOST_OF_A_BROWSER: Final = 20
_MOST: Final = 10_000
"""Subscriptions of the platform: one replica can follow all of them, and as many streams."""
_ACQUIRED_AT_ONCE: Final = 100

_REPLACE = "DELETE FROM push_subscription WHERE endpoint_digest = $1 AND journey_id = $2"
_COUNT = """
SELECT count(*) FILTER (WHERE endpoint_digest = $1) AS browser, count(*) AS platform
FROM push_subscription
"""
_ADD = """
INSERT INTO push_subscription (id, journey_id, language, endpoint, endpoint_digest, p256dh, auth,
    until, notified, replica, leased_until)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, clock_timestamp() + $11::interval)
"""
_REMOVE = "DELETE FROM push_subscription WHERE id = $1 AND journey_id = $2 RETURNING id"
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
_DELETE_EXPIRED = "DELETE FROM push_subscription WHERE until <= $1"


class PostgresPushSubscriptions:
    """The subscriptions, in the service's own database. Implements `PushSubscriptions`."""

    def __init__(self, pool: Pool, *, lease: timedelta = LEASE) -> None:
        """`lease`: how long a replica that no longer runs has its leases."""
        self._pool, self._lease = pool, lease

    async def add(self, subscription: PushSubscription, *, replica: str) -> None:
        target = subscription.target
        digest = hashlib.sha256(target.endpoint.encode()).digest()
        with reachable():
            async with transaction(self._pool) as connection:
                # One at a time for each browser, or two could exceed its limit together.
                await connection.execute(
                    "SELECT pg_advisory_xact_lock(hashtext('push:' || $1))", digest.hex()
                )
                await connection.execute(_REPLACE, digest, subscription.journey_id)
                count = await connection.fetchrow(_COUNT, digest)
                assert count is not None
                _check_limits(count["browser"], count["platform"])
                await connection.execute(
                    _ADD,
                    subscription.id,
                    subscription.journey_id,
                    subscription.language,
                    target.endpoint,
                    digest,
                    target.p256dh,
                    target.auth,
                    subscription.until,
                    dict(subscription.notified),
                    replica,
                    self._lease,
                )

    async def remove(self, subscription_id: str, *, journey_id: str) -> bool:
        ids = subscription_id + journey_id
        if "\0" in ids or not ids.isascii():  # not every other text can be one of PostgreSQL
            return False
        with reachable():
            return await self._pool.fetchval(_REMOVE, subscription_id, journey_id) is not None

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
            await self._pool.execute(_DELETE_EXPIRED, now)


def _check_limits(browser: int, platform: int) -> None:
    if browser >= _MOST_OF_A_BROWSER:
        raise Refusal(
            "too_many",
            f"Ce navigateur suit déjà {browser} trajets : arrêtez d'en suivre un avant d'en "
            "ajouter.",
        )
    if platform >= _MOST:
        raise Refusal(
            "unavailable",
            "Trop de trajets sont suivis par des notifications en ce moment : réessayez plus tard.",
            retry_after=300,
        )


def _subscription(row: asyncpg.Record) -> PushSubscription:
    return PushSubscription(
        id=row["id"],
        journey_id=row["journey_id"],
        language=row["language"],
        target=PushTarget(row["endpoint"], row["p256dh"], row["auth"]),
        until=row["until"],
        notified=row["notified"],
    )
