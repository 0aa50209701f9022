"""Open streams by account and replica, in PostgreSQL."""

from collections.abc import Mapping
from typing import Final

from socle.postgres import Pool, reachable, transaction

# How long the streams of a replica count after its last report.
_LIFETIME: Final = "interval '20 seconds'"
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended('open_stream:' || $1, 0))"
_OTHERS: Final = f"""
SELECT coalesce(sum(open), 0) FROM open_stream
WHERE account = $1 AND replica <> $2 AND seen_at > clock_timestamp() - {_LIFETIME}
"""  # noqa: S608
_RECORD: Final = """
INSERT INTO open_stream (account, replica, open, seen_at)
SELECT account, $1, open, clock_timestamp()
FROM unnest($2::text[], $3::integer[]) AS a (account, open) WHERE open > 0 ORDER BY account
ON CONFLICT (account, replica) DO UPDATE SET open = excluded.open, seen_at = excluded.seen_at
"""
_DELETE_CLOSED: Final = "DELETE FROM open_stream WHERE replica = $1 AND account = ANY($2)"
_TIDY: Final = "DELETE FROM open_stream WHERE seen_at < now() - interval '1 hour'"


class PostgresStreams:
    """Implements `SharedStreams` for one replica."""

    def __init__(self, pool: Pool, replica: str) -> None:
        self._pool, self._replica = pool, replica

    async def open(self, account: str, here: int, *, max_streams: int) -> bool:
        with reachable():
            async with transaction(self._pool) as connection:
                # One opening of an account at a time: two together could exceed the limit.
                await connection.execute(_LOCK, account)
                others = await connection.fetchval(_OTHERS, account, self._replica)
                if others + here > max_streams:
                    return False
                await connection.execute(_RECORD, self._replica, [account], [here])
        return True

    async def report(self, here: Mapping[str, int]) -> None:
        # Without the lock of `open`: these streams are open already, whatever the limit.
        closed = [account for account, count in here.items() if count == 0]
        with reachable():
            async with transaction(self._pool) as connection:
                await connection.execute(_RECORD, self._replica, list(here), list(here.values()))
                await connection.execute(_DELETE_CLOSED, self._replica, closed)
                await connection.execute(_TIDY)
