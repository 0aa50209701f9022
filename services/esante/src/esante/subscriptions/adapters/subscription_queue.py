"""Subscriptions and their events in PostgreSQL. Implements `SubscriptionQueue`."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

import asyncpg

from esante.subscriptions.adapters.subscription_rows import author_of
from esante.subscriptions.domain.subscription import Channel, Event, Matchable
from esante.subscriptions.ports import DeliveryState, Due, Limits, MatchedEvent
from socle.errors import Retry
from socle.postgres import Pool, reachable

LEASE: Final = timedelta(seconds=30)
_LOADED_AT_ONCE: Final = 500

# A snapshot: a subscription that was stored before one of these versions is counted in `revision`.
# `content` is returned for the first ones, whose texts are $4 bytes together; one at least.
_READ_VERSIONS = """
WITH sized AS MATERIALIZED (
    SELECT w.place, v.content, sum(coalesce(octet_length(v.content), 0)) OVER (ORDER BY w.place)
        AS bytes
    FROM unnest($1::text[], $2::text[], $3::integer[])
            WITH ORDINALITY AS w(type, id, version, place)
        LEFT JOIN version v ON v.type = w.type AND v.id = w.id AND v.version = w.version
)
SELECT content, (SELECT coalesce(max(revision), 0) FROM subscription) AS revision
FROM sized WHERE place = 1 OR bytes <= $4 ORDER BY place"""
_READ_BYTES: Final = 4 * 1024 * 1024
_LIST_CHANGED = """
SELECT id, revision, criteria, author, activated AND status NOT IN ('off', 'deleted') AS matched
FROM subscription WHERE revision > $1 ORDER BY revision LIMIT $2"""
# Rows are locked in one order, which avoids deadlocks. An event that is there already was added by
# the same record, handled before: it is not counted twice. While a subscriber fails, `due` stays.
# `place`: of an event in $4 to $8, from 1.
_ADD_EVENTS = """
WITH matched AS (
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS m(subscription, revision, place)
),
event AS (
    SELECT * FROM unnest($4::text[], $5::text[], $6::integer[], $7::text[], $8::timestamptz[])
        WITH ORDINALITY AS e(type, id, version, interaction, at, place)
),
locked AS MATERIALIZED (
    SELECT id AS subscription, revision, started, ends, events, delivered FROM subscription
    WHERE id = ANY ($1::text[]) ORDER BY id FOR UPDATE
),
added AS MATERIALIZED (
    SELECT l.subscription, l.delivered, e.*,
        l.events + row_number() OVER (PARTITION BY l.subscription ORDER BY e.place) AS number
    FROM matched m JOIN locked l USING (subscription, revision) JOIN event e USING (place)
    WHERE l.started <= e.at AND (l.ends IS NULL OR l.ends > e.at) AND NOT EXISTS (
        SELECT FROM subscription_event x WHERE x.subscription = l.subscription
            AND x.type = e.type AND x.id = e.id AND x.version = e.version)
),
counted AS (
    UPDATE subscription s SET events = a.events,
        due = CASE WHEN s.failures > 0 THEN s.due ELSE least(s.due, now()) END
    FROM (SELECT subscription, max(number) AS events FROM added GROUP BY subscription) a
    WHERE s.id = a.subscription
),
stored AS (
    INSERT INTO subscription_event (subscription, number, type, id, version, interaction, at)
    SELECT subscription, number, type, id, version, interaction, at FROM added
    WHERE number - delivered <= $9
)
SELECT (SELECT count(*) FROM added) AS added,
    (SELECT count(*) FROM matched m JOIN locked l USING (subscription)
        WHERE m.revision <> l.revision) AS changed"""
# Those of one endpoint are bounded, so that one that hangs delays no other; then those of one
# account, of which those that fail apart; then all that fail. $3 to $5: those that run already.
# Rows that another replica is acquiring are skipped.
_ACQUIRE = """
WITH running AS (
    SELECT * FROM unnest($3::text[], $4::text[], $5::boolean[]) AS r(origin, account, failing)
),
of_origin AS (
    SELECT id, due, origin, author ->> 'account' AS account, failures > 0 AS failing,
        row_number() OVER (PARTITION BY origin ORDER BY due) AS place
    FROM subscription
    WHERE due <= clock_timestamp() AND leased_until < clock_timestamp()
        AND (failures = 0 OR $6::bigint > 0)
),
of_account AS (
    SELECT id, due, account, failing,
        row_number() OVER (PARTITION BY account, failing ORDER BY due) AS place
    FROM of_origin
        LEFT JOIN (SELECT origin, count(*) AS taken FROM running GROUP BY origin) r USING (origin)
    WHERE place + coalesce(taken, 0) <= $7
),
of_failing AS (
    SELECT id, due, failing, row_number() OVER (PARTITION BY failing ORDER BY due) AS place
    FROM of_account
        LEFT JOIN (SELECT account, failing, count(*) AS taken FROM running
            GROUP BY account, failing) r USING (account, failing)
    WHERE place + coalesce(taken, 0) <= CASE WHEN failing THEN $9::bigint ELSE $8::bigint END
),
candidate AS (
    SELECT id FROM of_failing WHERE NOT failing OR place <= $6 ORDER BY due LIMIT $10
)
UPDATE subscription SET replica = $1, leased_until = clock_timestamp() + $2::interval
WHERE id IN (
    SELECT id FROM subscription WHERE id IN (SELECT id FROM candidate)
        AND due <= clock_timestamp() AND leased_until < clock_timestamp()
    FOR UPDATE SKIP LOCKED
)
RETURNING *"""
_WAKE_ENDED = """
UPDATE subscription SET due = now()
WHERE ends <= $1 AND due > now() AND status NOT IN ('off', 'deleted')"""
_LIST_EVENTS = """
SELECT number, type, id, version, interaction, at FROM subscription_event
WHERE subscription = $1 AND number > $2 AND ($3::bigint IS NULL OR number <= $3)
ORDER BY number LIMIT $4"""
# Nothing but heartbeats is due once every event is delivered: the lease ends too.
_RECORD = """
UPDATE subscription SET delivered = greatest(delivered, $3),
    failures = CASE WHEN $4 THEN 0 ELSE failures END,
    failing_since = CASE WHEN $4 THEN NULL ELSE failing_since END,
    error = CASE WHEN $4 THEN NULL ELSE error END,
    due = CASE WHEN events > greatest(delivered, $3) THEN due
        ELSE coalesce(now() + heartbeat * interval '1 second', 'infinity') END,
    leased_until = CASE WHEN events > greatest(delivered, $3)
        THEN clock_timestamp() + $5::interval ELSE '-infinity' END
WHERE id = $1 AND replica = $2 AND status NOT IN ('off', 'deleted')
RETURNING events > delivered AS more"""
_RECORD_FAILURE = """
UPDATE subscription SET failures = failures + 1, failing_since = coalesce(failing_since, $5),
    error = $3, due = clock_timestamp() + $4::interval, leased_until = '-infinity'
WHERE id = $1 AND replica = $2 AND status NOT IN ('off', 'deleted')"""
_RELEASE = """
UPDATE subscription SET replica = NULL, leased_until = '-infinity'
WHERE replica = $1 AND ($2::text IS NULL OR id = $2)"""
_FIND_STATE = """
SELECT topic, content, status, events, delivered, failures, error FROM subscription
WHERE id = $1 AND status <> 'deleted'"""
_TIDY = (
    "DELETE FROM subscription_event WHERE added < now() - $1::interval",
    "DELETE FROM subscription WHERE status = 'deleted' AND started < now() - $1::interval",
)
_MEASURE = """
SELECT status, count(*) AS subscriptions, sum(events - delivered) AS waiting
FROM subscription WHERE status <> 'deleted' GROUP BY status"""


class PostgresSubscriptionQueue:
    """The subscriptions of the service's own database. `lease`: how long a replica that no longer
    runs has its leases."""

    def __init__(self, pool: Pool, *, lease: timedelta = LEASE) -> None:
        self._pool, self._lease = pool, lease

    async def read_versions(
        self, versions: Sequence[tuple[str, str, int]]
    ) -> tuple[Sequence[bytes | None], int]:
        types, ids, numbers = zip(*versions, strict=True)
        with reachable():
            rows = await self._pool.fetch(_READ_VERSIONS, types, ids, numbers, _READ_BYTES)
        texts = [row["content"] for row in rows]
        return [None if each is None else each.encode() for each in texts], rows[0]["revision"]

    async def list_changed(self, since: int) -> Sequence[tuple[int, str, Matchable | None]]:
        with reachable():
            rows = await self._pool.fetch(_LIST_CHANGED, since, _LOADED_AT_ONCE)
        return [(row["revision"], row["id"], _matchable(row)) for row in rows]

    async def add_events(self, found: Sequence[MatchedEvent], *, limit: int) -> tuple[int, int]:
        pairs = [
            (subscription_id, revision, place)
            for place, each in enumerate(found, 1)
            for subscription_id, revision in each.subscriptions.items()
        ]
        events = [
            (
                each.event.type,
                each.event.id,
                each.event.version,
                each.event.interaction,
                each.event.at,
            )
            for each in found
        ]
        try:
            with reachable():
                row = await self._pool.fetchrow(
                    _ADD_EVENTS, *zip(*pairs, strict=True), *zip(*events, strict=True), limit
                )
        except asyncpg.UniqueViolationError as error:
            # Another member of the group adds the same event.
            raise Retry("Cet événement est ajouté au même moment.") from error
        assert row is not None
        return row["added"], row["changed"]

    async def acquire(
        self, replica: str, running: Collection[Due], limits: Limits
    ) -> Sequence[Due]:
        failing = [each.failures > 0 for each in running]
        with reachable():
            rows = await self._pool.fetch(
                _ACQUIRE,
                replica,
                self._lease,
                [each.origin for each in running],
                [each.author.account for each in running],
                failing,
                limits.failing - sum(failing),
                limits.of_origin,
                limits.of_account,
                limits.failing_of_account,
                limits.at_once - len(running),
            )
        return [_due(row) for row in rows]

    async def wake_ended(self, now: datetime) -> None:
        with reachable():
            await self._pool.execute(_WAKE_ENDED, now)

    async def list_events(
        self, subscription_id: str, *, after: int, until: int | None, count: int
    ) -> Sequence[Event]:
        with reachable():
            rows = await self._pool.fetch(_LIST_EVENTS, subscription_id, after, until, count)
        return [Event(**row) for row in rows]

    async def record_delivery(
        self, due: Due, replica: str, *, delivered: int, sent: bool
    ) -> Literal["lost", "done", "more"]:
        with reachable():
            more = await self._pool.fetchval(_RECORD, due.id, replica, delivered, sent, self._lease)
        if more is None:
            return "lost"
        return "more" if more else "done"

    async def record_failure(
        self, due: Due, replica: str, *, error: str, pause: timedelta, now: datetime
    ) -> None:
        with reachable():
            await self._pool.execute(_RECORD_FAILURE, due.id, replica, error, pause, now)

    async def release(self, replica: str, subscription_id: str | None = None) -> None:
        with reachable():
            await self._pool.execute(_RELEASE, replica, subscription_id)

    async def find_state(self, subscription_id: str) -> DeliveryState | None:
        with reachable():
            row = await self._pool.fetchrow(_FIND_STATE, subscription_id)
        return None if row is None else DeliveryState(**row)

    async def tidy(self, older_than: timedelta) -> None:
        with reachable():
            for statement in _TIDY:
                await self._pool.execute(statement, older_than)

    async def measure(self) -> Mapping[str, int]:
        with reachable():
            rows = await self._pool.fetch(_MEASURE)
        found = {row["status"]: row["subscriptions"] for row in rows}
        return found | {"waiting": sum(int(row["waiting"]) for row in rows)}


def _matchable(row: asyncpg.Record) -> Matchable | None:
    if not row["matched"]:
        return None
    return Matchable(row["id"], row["revision"], row["criteria"], author_of(row["author"]))


def _due(row: asyncpg.Record) -> Due:
    return Due(
        id=row["id"],
        status=row["status"],
        topic=row["topic"],
        origin=row["origin"],
        channel=Channel(
            row["endpoint"],
            tuple(row["headers"]),
            row["payload"],
            row["content"],
            row["heartbeat"],
            row["timeout"],
            row["max_count"],
        ),
        author=author_of(row["author"]),
        ends=row["ends"],
        activated=row["activated"],
        events=row["events"],
        delivered=row["delivered"],
        failures=row["failures"],
        failing_since=row["failing_since"],
    )
