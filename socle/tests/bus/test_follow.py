"""Following: a table caught up, its deletions, and what may happen to its topic."""

import asyncio
import math
from contextlib import asynccontextmanager

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions

from socle.bus import Limits, TopicSpec, ensure_topics, open_bus
from socle.clock import SystemClock
from socle.events import Event, Tombstone
from socle.kafka import Outgoing
from socle.testing import until

pytestmark = pytest.mark.usefixtures("broker")

PATIENCE = 60.0  # seconds, an upper bound only


class Note(Event):
    """What these tests say on a broker of their own."""

    name: str

    def key(self):
        return self.name


class Notes:
    """A state built from batches, and the order it saw."""

    def __init__(self):
        self.now = {}
        self.order = []

    def apply(self, batch):
        for received in batch:
            self.order.append((received.key, received.data and received.data.text))
            if received.data is None:
                self.now.pop(received.key, None)
            else:
                self.now[received.key] = received.data.text


@asynccontextmanager
async def following(table):
    """The table kept up to date inside the block."""
    task = asyncio.create_task(table.run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_batches_are_bounded_and_the_loop_runs_between_them(make_bus, new_notes):
    Note = await new_notes(kind="table", partitions=1)
    bus = await make_bus(limits=Limits(batch_bytes=10_000))
    # Ten of them fit, but for the last one, which is larger than any batch.
    texts = ["x" * 900 for _ in range(200)] + ["y" * 20_000]
    await bus.publish(*(Note(name=f"k{i}", text=text) for i, text in enumerate(texts)))
    sizes, iterations = [], []

    def apply(batch):
        sizes.append([len(received.data.text) for received in batch])
        asyncio.get_running_loop().call_soon(iterations.append, len(sizes))

    table = bus.follow(Note, into=apply)
    async with following(table):
        await table.caught_up()
    assert [size for batch in sizes for size in batch] == [len(text) for text in texts]
    assert all(sum(batch) <= 10_000 or len(batch) == 1 for batch in sizes)
    assert max(map(len, sizes)) > 1
    assert iterations[: len(sizes) - 1] == list(range(1, len(sizes)))


async def test_a_table_is_ready_once_it_has_caught_up(make_bus, new_notes):
    Note = await new_notes(kind="table", partitions=3)
    bus = await make_bus()
    await bus.publish(*(Note(name=f"k{i % 100}", text=str(i)) for i in range(2000)))
    await bus.publish(Tombstone(Note, "k7"))
    notes = Notes()
    table = bus.follow(Note, into=notes.apply)
    assert not table.ready
    assert table.why_not()
    async with following(table):
        await table.caught_up()
        assert table.ready
        assert notes.now == {f"k{i}": str(1900 + i) for i in range(100) if i != 7}
        await bus.publish(Note(name="k7", text="back"), Tombstone(Note, "k8"))
        # Two partitions: either may come first.
        await until(lambda: "k8" not in notes.now and notes.now.get("k7") == "back")


async def test_an_empty_table_is_ready(make_bus, new_notes):
    Note = await new_notes(kind="table", partitions=2)
    bus = await make_bus()
    table = bus.follow(Note, into=Notes().apply)
    async with following(table):
        await asyncio.wait_for(table.caught_up(), PATIENCE)


async def test_each_follower_reads_everything(make_bus, new_notes):
    Note = await new_notes(kind="table", partitions=2)
    bus = await make_bus()
    await bus.publish(*(Note(name=f"k{i}") for i in range(20)))
    one, other = Notes(), Notes()
    first, second = bus.follow(Note, into=one.apply), bus.follow(Note, into=other.apply)
    async with following(first), following(second):
        await asyncio.gather(first.caught_up(), second.caught_up())
    assert one.now.keys() == other.now.keys() == {f"k{i}" for i in range(20)}


async def test_what_cannot_be_read_is_skipped(make_bus, new_notes, caplog):
    Note = await new_notes(kind="table")
    bus = await make_bus()
    await bus.publish(Note(name="a", text="1"))
    await bus.send([Outgoing(Note.topic, b"a", b"{", (("ce_id", b"1"),))])
    notes = Notes()
    table = bus.follow(Note, into=notes.apply)
    async with following(table):
        # The unreadable record is the last one: its place counts all the same.
        await asyncio.wait_for(table.caught_up(), PATIENCE)
    assert notes.now == {"a": "1"}
    assert f"skipped {Note.topic}[0]@1" in caplog.text


async def test_an_unreadable_record_can_delete_its_key(make_bus, new_notes, caplog):
    Note = await new_notes(kind="table")
    bus = await make_bus()
    await bus.publish(Note(name="a", text="1"), Note(name="b", text="1"))
    await bus.send(
        [
            Outgoing(Note.topic, b"a", b"{", (("ce_id", b"1"),)),
            Outgoing(Note.topic, b"\xff", b"{", ()),
        ]
    )
    await bus.publish(Note(name="b", text="2"))
    notes = Notes()
    table = bus.follow(Note, into=notes.apply, unreadable="deleted")
    async with following(table):
        await asyncio.wait_for(table.caught_up(), PATIENCE)
    assert notes.order == [("a", "1"), ("b", "1"), ("a", None), ("b", "2")]
    assert f"deleted {Note.topic}[0]@2" in caplog.text


async def test_a_table_reports_its_age(start_server, broker):
    server = start_server(broker)

    class Here(Note, topic="test.here.v1", kind="table"):
        pass

    limits = Limits(watch=0.1, poll=0.1)
    await ensure_topics(server.address, [TopicSpec(Here.topic, partitions=2, kind="table")])
    async with open_bus(server.address, source="t", clock=SystemClock(), limits=limits) as bus:
        table = bus.follow(Here, into=Notes().apply)
        assert table.age() == math.inf
        async with following(table):
            await table.caught_up()
            ages = [table.age()]
            await until(lambda: ages.append(table.age()) or ages[-1] < ages[-2])
            server.stop()
            await until(lambda: table.age() > 2)
            server.start()
            await until(lambda: table.age() < 2)


async def test_new_partitions_are_noticed_and_nothing_is_read_twice(
    make_bus, new_notes, kafka_address, monkeypatch
):
    monkeypatch.setattr("socle.kafka.limits.METADATA_SECONDS", 0.3)
    Note = await new_notes(kind="table")
    bus = await make_bus()
    await bus.publish(*(Note(name=f"k{i}", text="1") for i in range(20)))
    notes = Notes()
    table = bus.follow(Note, into=notes.apply)
    async with following(table):
        await table.caught_up()
        admin = AIOKafkaAdminClient(bootstrap_servers=kafka_address)
        await admin.start()
        await admin.create_partitions({Note.topic: NewPartitions(4)})
        await admin.close()
        later = await make_bus()
        await asyncio.sleep(0.5)
        await later.publish(*(Note(name=f"n{i}", text="2") for i in range(40)))
        await until(lambda: len(notes.now) == 60)
    assert len(notes.order) == 60


async def test_a_topic_made_anew_is_read_from_its_first_record(
    make_bus, new_notes, kafka_address, caplog
):
    Note = await new_notes(kind="table")
    bus = await make_bus()
    await bus.publish(*(Note(name="old", text=str(i)) for i in range(50)))
    notes = Notes()
    table = bus.follow(Note, into=notes.apply)
    async with following(table):
        await table.caught_up()
        admin = AIOKafkaAdminClient(bootstrap_servers=kafka_address)
        await admin.start()
        await admin.delete_topics([Note.topic])

        async def is_gone():
            return Note.topic not in await admin.list_topics()

        await until(is_gone)
        await admin.close()
        await ensure_topics(kafka_address, [TopicSpec(Note.topic, partitions=1, kind="table")])
        later = await make_bus()
        await later.publish(Note(name="new", text="1"))
        await until(lambda: "new" in notes.now)
    assert f"{Note.topic}[0] went back from 50" in caplog.text


async def test_a_table_waits_for_its_topic(make_bus, new_notes, kafka_address, monkeypatch):
    Note = await new_notes(kind="table")
    Note.topic += ".later"
    bus = await make_bus()
    table = bus.follow(Note, into=Notes().apply)
    async with following(table):
        with monkeypatch.context() as impatient:
            impatient.setattr("socle.kafka.limits.REQUEST_SECONDS", 1.0)
            await until(lambda: "Kafka" in table.why_not())
        await ensure_topics(kafka_address, [TopicSpec(Note.topic, partitions=1, kind="table")])
        await asyncio.wait_for(table.caught_up(), PATIENCE)


async def test_an_error_of_the_state_stops_the_table(make_bus, new_notes):
    Note = await new_notes(kind="table")
    bus = await make_bus()
    await bus.publish(Note(name="a"))

    def stumble(batch):
        raise ZeroDivisionError

    async with following(bus.follow(Note, into=stumble)) as task:
        with pytest.raises(ZeroDivisionError):
            await asyncio.wait_for(task, PATIENCE)
