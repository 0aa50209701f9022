"""Consuming several records at once: what one bad record changes for the others."""

import asyncio
from contextlib import suppress

import pytest

from socle.errors import Refusal, Retry
from socle.kafka import Outgoing
from socle.testing import until

pytestmark = pytest.mark.usefixtures("broker")


async def test_a_batch_with_bad_records_loses_no_other(make_bus, new_notes, read_all):
    Note = await new_notes(partitions=1)
    bus, group = await make_bus(), f"batches-{Note.topic}"
    await bus.publish(*(Note(name="a", text=str(each)) for each in range(20)))
    await bus.send([Outgoing(Note.topic, b"a", b"{not json", (("ce_id", b"1"),))])
    await bus.publish(*(Note(name="a", text=str(each)) for each in range(20, 40)))
    done, sizes, failed = [], [], []

    async def handle(received):
        texts = [each.data.text for each in received]
        if "7" in texts:
            raise Refusal("invalid", "sept")
        if "30" in texts and len(failed) < 2:
            failed.append(texts)
            raise Retry("trente, plus tard")
        sizes.append(len(texts))
        done.extend(texts)

    consuming = bus.consume_batches(Note, group=group, handle=handle, batch=8)
    task = asyncio.create_task(consuming)
    try:
        await until(lambda: len(done) >= 39)
        assert done == [str(each) for each in range(40) if each != 7]  # each once, in order
        assert 8 in sizes
        dead = await read_all(f"{group}.dlq")
        assert [each.value for each in dead][1:] == [b"{not json"]
        assert len(dead) == 2
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    # Everything was committed: the next member receives nothing of it.
    later = []

    async def take(received):
        later.extend(each.data.text for each in received)

    task = asyncio.create_task(bus.consume_batches(Note, group=group, handle=take, batch=8))
    try:
        await bus.publish(Note(name="a", text="new"))
        await until(lambda: later)
        assert later == ["new"]
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
