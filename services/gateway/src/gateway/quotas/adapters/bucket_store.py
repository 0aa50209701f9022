"""The shared buckets in PostgreSQL: one row an account and class, taken from in one statement.

Under READ COMMITTED an UPDATE that waited for another reads the row again as that one left it, and
calculates anew: two replicas never lease the same tokens.
https://www.postgresql.org/docs/current/transaction-iso.html#XACT-READ-COMMITTED
"""

from collections.abc import Sequence
from typing import Final

from gateway.quotas.domain.token_bucket import Granted
from gateway.quotas.ports import Asking
from socle.errors import Retry
from socle.postgres import Connection, Pool, reachable

# The time of day is the server's, the same for all replicas.
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
# Held in the order of their key, so that two statements never wait for one another.
_HOLD: Final = """
SELECT 1 FROM plan_bucket JOIN unnest($1::text[], $2::text[]) AS a (account, class)
    USING (account, class) ORDER BY account, class FOR UPDATE OF plan_bucket
"""
_MAKE: Final = """
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

    async def take(self, asked: Sequence[Asking]) -> Sequence[Granted]:
        with reachable():
            async with self._pool.acquire() as connection:
                if not asked:
                    await connection.execute("SELECT 1")
                    return []
                found = await _taken(connection, asked)
                if missing := [each for each in asked if _row(each) not in found]:
                    await _make(connection, missing)
                    found |= await _taken(connection, missing)
        try:
            return [found[_row(each)] for each in asked]
        except KeyError:
            raise Retry("a bucket was tidied away while it was asked") from None

    async def tidy(self) -> None:
        with reachable():
            await self._pool.execute(_TIDY)


async def _taken(connection: Connection, asked: Sequence[Asking]) -> dict[_Row, Granted]:
    names = [each.account for each in asked], [each.plan_class for each in asked]
    values = (
        [each.allowance.rate for each in asked],
        [each.allowance.burst for each in asked],
        [each.allowance.daily or _NO_QUOTA for each in asked],
        [each.ask.spent for each in asked],
        [each.ask.returned for each in asked],
        [each.ask.wanted for each in asked],
    )
    if len(asked) == 1:
        rows = await connection.fetch(_TAKE, *names, *values)
    else:
        async with connection.transaction():
            await connection.execute(_HOLD, *names)
            rows = await connection.fetch(_TAKE, *names, *values)
    return {
        (row["account"], row["class"]): Granted(row["granted"], row["tokens"], row["used"])
        for row in rows
    }


async def _make(connection: Connection, asked: Sequence[Asking]) -> None:
    await connection.execute(
        _MAKE,
        [each.account for each in asked],
        [each.plan_class for each in asked],
        [float(each.allowance.burst) for each in asked],
    )


def _row(asked: Asking) -> _Row:
    return asked.account, asked.plan_class
