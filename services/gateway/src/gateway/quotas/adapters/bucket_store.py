"""The shared buckets in PostgreSQL: a row for each account and class, updated by one statement.

Under READ COMMITTED an UPDATE that waited for another reads the row again and recalculates: two
replicas never lease the same tokens.
https://www.postgresql.org/docs/current/transaction-iso.html#XACT-READ-COMMITTED
"""

from collections.abc import Sequence
from typing import Final

from gateway.quotas.domain.token_bucket import BucketGrant
from gateway.quotas.ports import BucketQuery
from socle.errors import Retry
from socle.postgres import Connection, Pool, reachable

# The level is refilled since the last statement; what was admitted on trust (`spent`) is
# subtracted, what was not used of a lease is added. The lease, of whole tokens, is then taken from
# it, within the daily quota. The clock is the server's, the same for all replicas.
_TAKE: Final = """
UPDATE plan_bucket AS b SET (tokens, at, day, used, granted) = (
    SELECT level - lease, at, day, used + lease, lease
    FROM (SELECT clock_timestamp() AS at) AS t,
        LATERAL (SELECT
            LEAST(a.burst, LEAST(a.burst, b.tokens
                + GREATEST(0, EXTRACT(EPOCH FROM t.at - b.at)) * a.rate) - a.spent + a.returned
            ) AS level,
            floor(EXTRACT(EPOCH FROM t.at) / 86400)::bigint AS day) AS l,
        LATERAL (SELECT CASE WHEN b.day = l.day THEN b.used ELSE 0 END + a.spent - a.returned
            AS used) AS u,
        LATERAL (SELECT GREATEST(0, LEAST(a.wanted, floor(level), a.daily - used))::integer
            AS lease) AS g
)
FROM unnest($1::text[], $2::text[], $3::float8[], $4::float8[], $5::bigint[], $6::integer[],
    $7::integer[], $8::integer[]) AS a (account, class, rate, burst, daily, spent, returned, wanted)
WHERE b.account = a.account AND b.class = a.class
RETURNING b.account, b.class, b.granted, b.tokens, b.used
"""
# Locked in the order of their key, so that two statements never deadlock.
_LOCK: Final = """
SELECT 1 FROM plan_bucket JOIN unnest($1::text[], $2::text[]) AS a (account, class)
    USING (account, class) ORDER BY account, class FOR UPDATE OF plan_bucket
"""
_CREATE: Final = """
INSERT INTO plan_bucket (account, class, tokens, at, day, used, granted)
SELECT account, class, burst, clock_timestamp(), 0, 0, 0
FROM unnest($1::text[], $2::text[], $3::float8[]) AS a (account, class, burst)
ORDER BY account, class ON CONFLICT DO NOTHING
"""
_TIDY: Final = "DELETE FROM plan_bucket WHERE at < now() - interval '25 hours'"
_NO_QUOTA: Final = 2**53

_Row = tuple[str, str]


class PostgresBuckets:
    """Implements `SharedBuckets`, in the gateway's own database."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def take(self, queries: Sequence[BucketQuery]) -> Sequence[BucketGrant]:
        with reachable():
            async with self._pool.acquire() as connection:
                if not queries:
                    await connection.execute("SELECT 1")
                    return []
                found = await _take_rows(connection, queries)
                if missing := [each for each in queries if _row(each) not in found]:
                    await _create_rows(connection, missing)
                    found |= await _take_rows(connection, missing)
        try:
            return [found[_row(each)] for each in queries]
        except KeyError:
            raise Retry("a bucket was deleted during the exchange") from None

    async def tidy(self) -> None:
        with reachable():
            await self._pool.execute(_TIDY)


async def _take_rows(
    connection: Connection, queries: Sequence[BucketQuery]
) -> dict[_Row, BucketGrant]:
    names = [each.account for each in queries], [each.plan_class for each in queries]
    values = (
        [each.allowance.rate for each in queries],
        [each.allowance.burst for each in queries],
        [each.allowance.daily or _NO_QUOTA for each in queries],
        [each.exchange.used for each in queries],
        [each.exchange.returned for each in queries],
        [each.exchange.wanted for each in queries],
    )
    if len(queries) == 1:
        rows = await connection.fetch(_TAKE, *names, *values)
    else:
        async with connection.transaction():
            await connection.execute(_LOCK, *names)
            rows = await connection.fetch(_TAKE, *names, *values)
    return {
        (row["account"], row["class"]): BucketGrant(row["granted"], row["tokens"], row["used"])
        for row in rows
    }


async def _create_rows(connection: Connection, queries: Sequence[BucketQuery]) -> None:
    await connection.execute(
        _CREATE,
        [each.account for each in queries],
        [each.plan_class for each in queries],
        [float(each.allowance.burst) for each in queries],
    )


def _row(query: BucketQuery) -> _Row:
    return query.account, query.plan_class
