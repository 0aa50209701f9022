"""Offsets that hold no record: the markers of transactions (ours has none, a neighbour may)."""

import asyncio

import pytest
from aiokafka import AIOKafkaProducer

from socle.bus import Limits
from socle.testing import until


async def work_on(bus, event_type, handle):
    await bus.consume(event_type, group="g-" + event_type.topic, handle=handle, time_limit=0.1)


@pytest.mark.kafka
async def test_a_marker_at_the_end_does_not_block_a_table(kafka_address, make_bus, new_notes):
    Note = await new_notes(kind="table")
    bus = await make_bus(limits=Limits(watch=0.1, frozen=0.3, poll=0.2))
    await bus.publish(Note(name="a", text="1"))
    neighbour = AIOKafkaProducer(bootstrap_servers=kafka_address, transactional_id=Note.topic)
    await neighbour.start()
    async with neighbour.transaction():
        await neighbour.send_and_wait(Note.topic, key=b"a", value=None)
    await neighbour.stop()

    texts = []
    table = bus.follow(Note, into=lambda batch: texts.extend(r.data for r in batch))
    task = asyncio.create_task(table.run())
    try:
        await asyncio.wait_for(table.caught_up(), 20)
        assert [data and data.text for data in texts] == ["1", None]
        handled = []

        async def handle(received):
            handled.append(received.key)

        work = asyncio.create_task(work_on(bus, Note, handle))
        await until(lambda: len(handled) == 2)
        # The marker is no record waiting: looked at ten times, the member is not frozen.
        await asyncio.sleep(1.0)
        assert bus.why_not() is None
        assert not work.done()
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
