"""Publishing: envelopes, order, and what cannot be written."""

import asyncio
import json
import socket

import pytest

from socle.bus import Limits, TopicSpec, ensure_topics, open_bus
from socle.clock import SystemClock
from socle.errors import Refusal, Retry
from socle.events import Event, Tombstone
from socle.telemetry import use_trace
from socle.testing import until

pytestmark = pytest.mark.usefixtures("broker")


class Note(Event):
    """What these tests say on a broker of their own."""

    name: str

    def key(self):
        return self.name


async def test_a_record_is_a_binary_mode_cloudevent(make_bus, new_notes, read_all, manual_clock):
    Note = await new_notes(kind="table")
    bus = await make_bus(source="esante", clock=manual_clock)
    with use_trace("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01") as trace:
        await bus.publish(Note(name="clé", text="été"), Tombstone(Note, "clé"))

    written, deleted = await read_all(Note.topic)
    headers = dict(written.headers)
    assert written.key == "clé".encode()
    assert written.value == '{"name":"clé","text":"été"}'.encode()
    assert headers.pop("ce_id")
    assert headers == {
        "ce_specversion": b"1.0",
        "ce_source": b"esante",
        "ce_type": Note.topic.encode(),
        "ce_time": b"2026-03-02T08:00:00+00:00",
        "ce_subject": "clé".encode(),
        "content-type": b"application/json",
        "traceparent": trace.traceparent.encode(),
    }
    assert deleted.value is None
    assert dict(deleted.headers)["ce_id"] != dict(written.headers)["ce_id"]


async def test_order_is_preserved_by_key(make_bus, new_notes, read_all):
    Note = await new_notes(partitions=3)
    bus = await make_bus()
    notes = [Note(name=f"k{i % 7}", text=f"{i:04}" + "x" * 300) for i in range(3000)]
    first, second = notes[:1500], notes[1500:]
    await bus.publish(*first)
    # Two callers at once: each keeps its own order.
    await asyncio.gather(bus.publish(*second[:700]), bus.publish(*second[700:]))

    records = await read_all(Note.topic)
    assert len(records) == 3000
    for key in {note.name for note in notes}:
        of_key = [r for r in records if r.key == key.encode()]
        assert len({r.position.partition for r in of_key}) == 1
        numbers = [int(json.loads(r.value)["text"][:4]) for r in of_key]
        for caller in (range(1500), range(1500, 2200), range(2200, 3000)):
            of_caller = [n for n in numbers if n in caller]
            assert of_caller == sorted(of_caller)


async def test_what_no_broker_would_take_is_refused_and_nothing_is_written(
    make_bus, new_notes, read_all
):
    Note = await new_notes()
    bus = await make_bus()
    with pytest.raises(Refusal) as too_large:
        await bus.publish(Note(name="a"), Note(name="b", text="x" * 1_000_001))
    assert too_large.value.category == "too_large"
    with pytest.raises(Refusal):
        await bus.publish(Note(name=""))
    with pytest.raises(Refusal):
        await bus.publish(Tombstone(Note, "a"))
    assert await read_all(Note.topic) == []


async def test_the_largest_record_passes(make_bus, new_notes, read_all):
    Note = await new_notes()
    bus = await make_bus()
    await bus.publish(Note(name="a", text="x" * 999_900))
    (record,) = await read_all(Note.topic)
    assert len(record.value) > 999_900


async def test_a_missing_topic_is_tried_again_later(make_bus, new_notes):
    Note = await new_notes()
    Note.topic += ".missing"
    bus = await make_bus(limits=Limits(publish=0.5))
    with pytest.raises(Retry):
        await bus.publish(Note(name="a"))


async def test_a_bus_can_open_before_its_broker(start_server, broker):
    class Greeting(Note, topic="test.said.v1"):
        pass

    server = start_server(broker)
    server.stop()
    async with open_bus(server.address, source="t", clock=SystemClock(), lazy=True) as bus:
        with pytest.raises(Retry):
            await bus.publish(Greeting(name="a"))
        server.start()
        await ensure_topics(server.address, [TopicSpec(Greeting.topic, partitions=1, kind="fact")])

        async def taken():
            try:
                await bus.publish(Greeting(name="a"))
            except Retry:
                return False
            return True

        await until(taken)


async def test_no_broker_is_a_retry():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        unused_address = f"127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(Retry):
            async with open_bus(unused_address, source="test", clock=SystemClock()):
                pass
