"""The outbox publishes if and only if stored, in order, through outages; the inbox: once."""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta

import asyncpg
import pytest

from socle.events import Position, Received, Tombstone
from socle.outbox import DDL_V1, Outbox, accept, relay, tidy_inbox
from socle.postgres import open_pool, transaction
from socle.testing import until

pytestmark = pytest.mark.usefixtures("broker")


@pytest.fixture
async def pool(postgres_url):
    async with open_pool(postgres_url, application_name="test") as pool:
        await pool.execute(DDL_V1)
        yield pool


@asynccontextmanager
async def relaying(pool, bus, **options):
    """A relay at work inside the block."""
    task = asyncio.create_task(relay(pool, bus, takeover=0.1, **options))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def listening(bus, event_type):
    """What followers of the topic read, as (id, text), inside the block."""
    read = []
    table = bus.follow(
        event_type, into=lambda batch: read.extend((r.id, r.data and r.data.text) for r in batch)
    )
    task = asyncio.create_task(table.run())
    try:
        yield read
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def texts(read):
    return [text for _, text in read]


async def waiting(pool):
    return await pool.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL")


async def none_waits(pool):
    return await waiting(pool) == 0


async def test_only_committed_changes_are_published(pool, make_bus, new_notes, manual_clock):
    Note = await new_notes(kind="table")
    bus = await make_bus()
    outbox = Outbox("esante", manual_clock)
    async with relaying(pool, bus), listening(bus, Note) as read:
        async with transaction(pool) as connection:
            await outbox.announce(connection, Note(name="a", text="1"), Note(name="a", text="2"))
        with suppress(ZeroDivisionError):
            async with transaction(pool) as connection:
                await outbox.announce(connection, Note(name="a", text="never"))
                raise ZeroDivisionError
        async with transaction(pool) as connection:
            await outbox.announce(connection, Tombstone(Note, "a"))
        await until(lambda: len(read) == 3)
        await until(lambda: none_waits(pool))
    assert texts(read) == ["1", "2", None]


async def test_rows_that_become_visible_late_are_not_skipped(
    pool, make_bus, new_notes, manual_clock
):
    Note = await new_notes(kind="table")
    bus = await make_bus()
    outbox = Outbox("esante", manual_clock)
    async with relaying(pool, bus), listening(bus, Note) as read:
        # The lower id commits after the higher one has been published.
        async with AsyncExitStack() as stack:
            early = await stack.enter_async_context(transaction(pool))
            await outbox.announce(early, Note(name="early", text="early"))
            async with transaction(pool) as late:
                await outbox.announce(late, Note(name="late", text="late"))
            await until(lambda: texts(read) == ["late"])
        await until(lambda: texts(read) == ["late", "early"])


async def test_one_relay_at_a_time_and_another_takes_over(pool, make_bus, new_notes, manual_clock):
    Note = await new_notes(kind="table")
    bus = await make_bus()
    outbox = Outbox("esante", manual_clock)
    async with listening(bus, Note) as read, relaying(pool, bus):
        async with relaying(pool, bus):
            for number in range(50):
                async with transaction(pool) as connection:
                    await outbox.announce(connection, Note(name="a", text=str(number)))
            await until(lambda: len(read) == 50)
            # A relay that ends before it has marked what it published causes a second publication.
            await until(lambda: none_waits(pool))
        async with transaction(pool) as connection:
            await outbox.announce(connection, Note(name="a", text="50"))
        await until(lambda: len(read) >= 51)
    assert texts(read) == [str(number) for number in range(51)]


async def test_a_relay_that_loses_its_connection_goes_on(
    pool, postgres_url, make_bus, new_notes, manual_clock
):
    Note = await new_notes(kind="table")
    bus = await make_bus()
    outbox = Outbox("esante", manual_clock)
    async with listening(bus, Note) as read, relaying(pool, bus):
        async with transaction(pool) as connection:
            await outbox.announce(connection, Note(name="a", text="1"))
        await until(lambda: len(read) == 1)
        operator = await asyncpg.connect(postgres_url)
        ended = await operator.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
        assert len(ended) == 1
        await operator.close()
        async with transaction(pool) as connection:
            await outbox.announce(connection, Note(name="a", text="2"))
        await until(lambda: len(read) >= 2)
    assert list(dict.fromkeys(texts(read))) == ["1", "2"]


async def test_rows_wait_for_the_broker(
    broker, pool, start_server, make_bus, new_notes, manual_clock
):
    server = start_server(broker)
    Note = await new_notes(kind="table", address=server.address)
    bus = await make_bus(address=server.address)
    outbox = Outbox("esante", manual_clock)
    async with listening(bus, Note) as read, relaying(pool, bus):
        async with transaction(pool) as connection:
            await outbox.announce(connection, Note(name="a", text="0"))
        await until(lambda: len(read) == 1)
        server.stop()
        for number in range(1, 20):
            async with transaction(pool) as connection:
                await outbox.announce(connection, Note(name="a", text=str(number)))
        await asyncio.sleep(0.5)
        assert await waiting(pool) == 19
        server.start()
        await until(lambda: len(read) >= 20)
    assert texts(read) == [str(number) for number in range(20)]


async def test_published_twice_is_accepted_once(pool, make_bus, new_notes, manual_clock):
    Note = await new_notes()
    bus = await make_bus()
    async with transaction(pool) as connection:
        await Outbox("esante", manual_clock).announce(connection, Note(name="a", text="1"))
    async with relaying(pool, bus):
        await until(lambda: none_waits(pool))
    # As after a crash between publishing and marking.
    await pool.execute("UPDATE outbox SET published_at = NULL")
    async with relaying(pool, bus):
        await until(lambda: none_waits(pool))

    given, accepted = [], []

    async def handle(received):
        given.append(received)
        async with transaction(pool) as connection:
            if await accept(connection, "g", received):
                accepted.append(received)

    task = asyncio.create_task(bus.consume(Note, group="g-" + Note.topic, handle=handle))
    try:
        await until(lambda: len(given) == 2)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert given[0].id == given[1].id
    assert len(accepted) == 1


async def test_an_effect_that_fails_is_not_accepted(pool, manual_clock):
    received = Received("1", "esante", manual_clock.now(), "a", None, None, Position("t", 0, 0))
    with suppress(ZeroDivisionError):
        async with transaction(pool) as connection:
            assert await accept(connection, "g", received)
            raise ZeroDivisionError
    async with transaction(pool) as connection:
        assert await accept(connection, "g", received)
        assert await accept(connection, "another group", received)
        assert not await accept(connection, "g", received)
        assert await tidy_inbox(connection, older_than=timedelta(days=30)) == 0
        assert await tidy_inbox(connection, older_than=timedelta(0)) == 0
    async with transaction(pool) as connection:
        assert await tidy_inbox(connection, older_than=timedelta(0)) == 2


async def test_old_published_rows_are_purged(pool, make_bus, new_notes, manual_clock):
    Note = await new_notes()
    bus = await make_bus()
    outbox = Outbox("esante", manual_clock)
    async with transaction(pool) as connection:
        await outbox.announce(connection, *(Note(name="a", text=str(i)) for i in range(5)))
    await pool.execute(
        "UPDATE outbox SET published_at = now() - interval '8 days' WHERE id IN (1, 2)"
    )

    async def purged():
        return await pool.fetchval("SELECT count(*) FROM outbox") == 3

    async with relaying(pool, bus):
        await until(purged)
    assert await none_waits(pool)
