"""One relay at a time, under an advisory lock, publishes what is unpublished, in the order of ids.

Ids become visible out of order, so no position is stored: each time, the unpublished rows are
selected. Several relays would mix the order, so the others wait for the lock. A relay that ends
between publishing and marking causes a second publication, with the same event ids.
"""

import asyncio
import contextlib
import logging
from datetime import timedelta

from prometheus_client import Counter, Gauge

from socle.bus import Bus
from socle.errors import Retry
from socle.kafka import Outgoing
from socle.postgres import Connection, Pool, reachable

log = logging.getLogger(__name__)

CHANNEL = "outbox"
# Session locks share one key space per database; the name avoids collisions.
_LOCK = "SELECT pg_try_advisory_lock(hashtextextended('socle.outbox', 0))"
_BATCH = 500
_PURGE_SECONDS = 3600.0
_PURGE_BATCH = 10_000
_MEASURE_SECONDS = 5.0

_PUBLISHED = Counter("outbox_published", "Rows published by the relay.")
_WAITING = Gauge("outbox_unpublished_rows", "Rows stored and not yet published.")
_OLDEST = Gauge("outbox_oldest_unpublished_seconds", "Age of the oldest unpublished row.")


async def relay(
    pool: Pool,
    bus: Bus,
    *,
    retention: timedelta = timedelta(days=7),
    poll: float = 5.0,
    takeover: float = 2.0,
) -> None:
    """Publish the outbox until cancelled. Several can run; only the one with the lock publishes.
    It waits for unreachable brokers and databases.

    `retention`: how long published rows stay, and up to an hour longer.
    `poll`: seconds after which rows are found even without a notification.
    `takeover`: seconds between two attempts to get the lock.
    """
    measuring = asyncio.create_task(_measure(pool))
    try:
        while True:
            try:
                await _work_with_lock(pool, bus, retention, poll)
            except Retry as error:
                log.warning("outbox relay stops, without the lock: %s", error.message)
            await asyncio.sleep(takeover)
    finally:
        measuring.cancel()
        await asyncio.gather(measuring, return_exceptions=True)


async def _work_with_lock(pool: Pool, bus: Bus, retention: timedelta, poll: float) -> None:
    """Publish for as long as the connection with the lock lasts; another process has it: return.
    Raises Retry when the connection or the broker is lost."""
    with reachable():
        async with pool.acquire() as connection:
            if await connection.fetchval(_LOCK):
                log.info("outbox relay has the lock")
                await _work(connection, bus, retention, poll)


async def _work(connection: Connection, bus: Bus, retention: timedelta, poll: float) -> None:
    awake = asyncio.Event()

    def wake(*_: object) -> None:
        awake.set()

    await connection.add_listener(CHANNEL, wake)
    # Losing the connection loses the lock: detect it at once, not at the next poll.
    connection.add_termination_listener(wake)
    purged: float | None = None
    purge_every = min(_PURGE_SECONDS, max(retention.total_seconds(), 60.0))
    loop = asyncio.get_running_loop()
    try:
        while True:
            awake.clear()
            # What is committed meanwhile wakes it again: while others write all the time, one batch
            # of many rows costs less than many of a few.
            while await _publish_batch(connection, bus):
                pass
            if purged is None or loop.time() - purged > purge_every:
                await _purge(connection, retention)
                purged = loop.time()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(poll):
                    await awake.wait()
    finally:
        if not connection.is_closed():
            connection.remove_termination_listener(wake)
            await connection.remove_listener(CHANNEL, wake)


async def _publish_batch(connection: Connection, bus: Bus) -> bool:
    """Publish one batch and mark it; whether it was full, so that more may wait."""
    rows = await connection.fetch(
        "SELECT id, topic, key, headers, value FROM outbox WHERE published_at IS NULL"
        " ORDER BY id LIMIT $1",
        _BATCH,
    )
    if not rows:
        return False
    records = [
        Outgoing(
            row["topic"],
            row["key"].encode(),
            row["value"],
            tuple((name, value.encode()) for name, value in row["headers"]),
        )
        for row in rows
    ]
    # Without a time limit: after one, the same rows would be queued a second time.
    await bus.send(records, patient=True)
    await connection.execute(
        "UPDATE outbox SET published_at = now() WHERE id = ANY($1::bigint[])",
        [row["id"] for row in rows],
    )
    _PUBLISHED.inc(len(rows))
    return len(rows) == _BATCH


async def _purge(connection: Connection, retention: timedelta) -> None:
    status = f"DELETE {_PURGE_BATCH}"
    while status == f"DELETE {_PURGE_BATCH}":
        status = await connection.execute(
            "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox"
            " WHERE published_at < now() - $1::interval LIMIT $2)",
            retention,
            _PURGE_BATCH,
        )


async def _measure(pool: Pool) -> None:
    """Update the gauges, wherever the relay runs."""
    while True:
        with contextlib.suppress(Retry), reachable():
            row = await pool.fetchrow(
                "SELECT count(*) AS waiting, coalesce(extract(epoch FROM now() - min(created_at)),"
                " 0)::float8 AS oldest FROM outbox WHERE published_at IS NULL"
            )
            assert row is not None
            _WAITING.set(row["waiting"])
            _OLDEST.set(row["oldest"])
        await asyncio.sleep(_MEASURE_SECONDS)
