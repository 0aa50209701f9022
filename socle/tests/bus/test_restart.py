"""A broker that stops and comes back under live clients: nothing lost, nothing out of order."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from socle.bus import open_bus
from socle.bus.envelope import Envelope
from socle.clock import SystemClock
from socle.errors import Retry
from socle.testing import TEST_LIMITS, until


@asynccontextmanager
async def under_way(*coroutines):
    """Tasks that must still be running at the end of the block."""
    tasks = [asyncio.create_task(coroutine) for coroutine in coroutines]
    try:
        yield
        assert not any(task.done() for task in tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def write_without_limit(bus, item):
    """Publish what must be acknowledged, on a bus whose own time limit is there to be passed."""
    await bus.send([Envelope("test", SystemClock()).seal(item)], patient=True)


@pytest.mark.parametrize("how", ["stop", "kill"])
async def test_the_broker_restarts_under_live_clients(
    broker, how, start_server, make_bus, new_notes
):
    server = start_server(broker)
    Fact = await new_notes(partitions=2, address=server.address)
    Row = await new_notes(kind="table", address=server.address)
    bus = await make_bus(address=server.address)
    handled, followed = [], []

    async def handle(received):
        handled.append(int(received.data.text))

    def apply(batch):
        followed.extend(int(received.data.text) for received in batch)

    async def publish(numbers):
        await bus.publish(*(Fact(name=f"k{i % 5}", text=str(i)) for i in numbers))
        await bus.publish(*(Row(name="row", text=str(i)) for i in numbers))

    table = bus.follow(Row, into=apply)
    async with under_way(bus.consume(Fact, group="g-" + Fact.topic, handle=handle), table.run()):
        await publish(range(100))
        await until(lambda: len(handled) == 100 and len(followed) == 100)
        getattr(server, how)()
        # Written while nobody listens: it waits, and passes when the broker is back.
        waiting = asyncio.create_task(publish(range(100, 200)))
        await asyncio.sleep(0.5)
        server.start()
        await waiting
        assert table.ready
        await until(lambda: set(handled) == set(range(200)) and len(followed) >= 200)
    assert followed == list(range(200))
    for key in range(5):
        firsts = list(dict.fromkeys(i for i in handled if i % 5 == key))
        assert firsts == sorted(firsts)


async def test_what_a_caller_gave_up_on_comes_first_and_nothing_piles_up(
    broker, start_server, make_bus, new_notes
):
    server = start_server(broker)
    Row = await new_notes(kind="table", address=server.address)
    bus = await make_bus(address=server.address, limits=replace(TEST_LIMITS, publish=0.3))
    read = []
    table = bus.follow(Row, into=lambda batch: read.extend(r.data.text for r in batch))
    async with under_way(table.run()):
        await write_without_limit(bus, Row(name="row", text="1"))
        server.stop()
        with pytest.raises(Retry):
            await bus.publish(Row(name="row", text="2: may still arrive"))
        with pytest.raises(Retry):
            await bus.publish(Row(name="row", text="3: never queued"))
        server.start()
        await write_without_limit(bus, Row(name="row", text="4"))
        await until(lambda: "4" in read)
    assert read == ["1", "2: may still arrive", "4"]


async def test_a_bus_closes_while_the_broker_is_away(
    broker, start_server, new_notes, caplog, monkeypatch
):
    monkeypatch.setattr("socle.kafka.limits.CLOSE_SECONDS", 0.5)
    server = start_server(broker)
    Row = await new_notes(kind="table", address=server.address)
    limits = replace(TEST_LIMITS, publish=0.3)
    async with open_bus(server.address, source="test", clock=SystemClock(), limits=limits) as bus:
        await write_without_limit(bus, Row(name="row", text="1"))
        server.stop()
        with pytest.raises(Retry):
            await bus.publish(Row(name="row", text="2"))
    assert "producer closed with records unacknowledged" in caplog.text
