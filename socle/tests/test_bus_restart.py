"""A broker that stops and comes back under live clients: nothing lost, nothing out of order."""

import asyncio

import pytest

from socle.testing import until


@pytest.mark.parametrize("how", ["stopped", "killed"])
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

    table = bus.follow(Row, into=apply)
    tasks = [
        asyncio.create_task(bus.consume(Fact, group="g-" + Fact.topic, handle=handle)),
        asyncio.create_task(table.run()),
    ]
    try:
        await bus.publish(*(Fact(name=f"k{i % 5}", text=str(i)) for i in range(100)))
        await bus.publish(*(Row(name="row", text=str(i)) for i in range(100)))
        await until(lambda: len(handled) == 100 and len(followed) == 100)

        if how == "stopped":
            server.stop()
        else:
            server.kill()
        # Written while nobody listens: it waits, and passes when the broker is back.
        waiting = asyncio.gather(
            bus.publish(*(Fact(name=f"k{i % 5}", text=str(i)) for i in range(100, 200))),
            bus.publish(*(Row(name="row", text=str(i)) for i in range(100, 200))),
        )
        await asyncio.sleep(0.5)
        server.start()
        await waiting
        assert table.ready
        await until(lambda: set(handled) == set(range(200)) and len(followed) >= 200)
        assert not any(task.done() for task in tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert followed == list(range(200))
    for key in range(5):
        firsts = list(dict.fromkeys(i for i in handled if i % 5 == key))
        assert firsts == sorted(firsts)
