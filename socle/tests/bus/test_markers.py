"""Offsets that hold no record: the markers of transactions (ours has none, a neighbour may)."""

import asyncio
from dataclasses import replace

import pytest
from aiokafka import AIOKafkaProducer
from prometheus_client import REGISTRY

from socle.testing import TEST_LIMITS, until


def lag(event_type, group):
    """Records that wait, at the last measurement; None before the first one."""
    labels = {"topic": event_type.topic, "group": group, "partition": "0"}
    return REGISTRY.get_sample_value("bus_lag_records", labels)


@pytest.mark.kafka
async def test_a_marker_at_the_end_does_not_block_a_table(kafka_address, make_bus, new_notes):
    Note = await new_notes(kind="table")
    bus = await make_bus(limits=replace(TEST_LIMITS, watch=0.1))
    await bus.publish(Note(name="a", text="1"))
    neighbour = AIOKafkaProducer(bootstrap_servers=kafka_address, transactional_id=Note.topic)
    await neighbour.start()
    async with neighbour.transaction():
        await neighbour.send_and_wait(Note.topic, key=b"a", value=None)
    await neighbour.stop()

    texts, handled = [], []

    async def handle(received):
        handled.append(received.key)

    table = bus.follow(Note, into=lambda batch: texts.extend(r.data for r in batch))
    group = "g-" + Note.topic
    tasks = [
        asyncio.create_task(table.run()),
        asyncio.create_task(bus.consume(Note, group=group, handle=handle)),
    ]
    try:
        await until(lambda: table.ready and len(handled) == 2)
        assert [data and data.text for data in texts] == ["1", None]
        # The marker is no record that waits: only those make a member, or a table, a frozen one.
        await until(lambda: lag(Note, group) == 0 and lag(Note, "table") == 0)
        assert bus.why_not() is None
        assert not any(task.done() for task in tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
