"""What aiokafka, librdkafka and kcat send and read, against the running broker."""

import asyncio
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence

import confluent_kafka
import pytest
from aiokafka import TopicPartition
from broker_clients import batch, consuming, decode, producing, read_all, wire

from embedded.broker.batches import can_decompress
from embedded.broker.codes import Code

_HEADERS = [("ce_id", b"1"), ("vide", b"")]


async def test_aiokafka_reads_back_what_it_sent(
    broker: str, make_topic: Callable[..., str]
) -> None:
    topic = make_topic(3, retention_ms=-1)
    async with producing(broker) as producer:
        for number in range(300):
            key, value = b"%d" % (number % 7), b"%d" % number if number % 10 else None
            await producer.send(topic, value, key=key, headers=_HEADERS, timestamp_ms=number)
        await producer.flush()
    records = await read_all(broker, topic)
    assert len(records) == 300
    assert all(record.headers == tuple(_HEADERS) for record in records)
    for key in (b"%d" % n for n in range(7)):
        mine = [record for record in records if record.key == key]
        assert [record.timestamp for record in mine] == sorted(r.timestamp for r in mine)
        assert len({record.partition for record in mine}) == 1
        assert all((r.value is None) == (r.timestamp % 10 == 0) for r in mine)


@pytest.mark.parametrize("codec", ["none", "gzip", "snappy", "lz4"])
def test_librdkafka_reads_back_what_it_sent(
    broker: str, make_topic: Callable[..., str], codec: str
) -> None:
    topic = make_topic(2)
    failures: list[object] = []
    producer = confluent_kafka.Producer(
        {"bootstrap.servers": broker, "compression.type": codec, "enable.idempotence": True}
    )
    for number in range(500):
        producer.produce(
            topic,
            b"v" * number,
            b"%d" % number,
            headers=_HEADERS,
            on_delivery=lambda error, _: failures.append(error) if error else None,
        )
    assert producer.flush(60) == 0
    assert failures == []
    found = _consume(broker, topic, 500)
    assert sorted(len(message.value()) for message in found) == list(range(500))
    assert all(message.headers() == _HEADERS for message in found)


@pytest.mark.skipif(can_decompress(3), reason="a decoder for lz4 is installed")
def test_a_table_under_a_codec_that_cannot_be_read_is_refused(
    broker: str, make_topic: Callable[..., str]
) -> None:
    """Taken, its records could never be compacted."""
    table = make_topic(cleanup_policy="compact")
    outcomes: list[confluent_kafka.KafkaError] = []
    producer = confluent_kafka.Producer({"bootstrap.servers": broker, "compression.type": "lz4"})
    producer.produce(table, b"v" * 500, b"k", on_delivery=lambda error, _: outcomes.append(error))
    assert producer.flush(60) == 0
    assert [error.code() for error in outcomes] == [Code.UNSUPPORTED_COMPRESSION_TYPE]


def _consume(address: str, topic: str, count: int) -> Sequence[confluent_kafka.Message]:
    consumer = confluent_kafka.Consumer(
        {"bootstrap.servers": address, "group.id": topic, "auto.offset.reset": "earliest"}
    )
    consumer.subscribe([topic])
    found: list[confluent_kafka.Message] = []
    limit = time.monotonic() + 60
    while len(found) < count and time.monotonic() < limit:
        found += consumer.consume(count, 0.2)
    consumer.close()
    assert [message.error() for message in found if message.error()] == []
    return found


@pytest.mark.skipif(shutil.which("kcat") is None, reason="needs kcat (Debian's package)")
def test_kcat_reads_back_what_it_sent(broker: str, make_topic: Callable[..., str]) -> None:
    topic = make_topic()

    def kcat(*arguments: str, text: str | None = None) -> str:
        done = subprocess.run(
            ["kcat", "-b", broker, *arguments],
            input=text,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return done.stdout

    kcat("-P", "-t", topic, "-K:", text="gare:Orléans\ngare:Tours\n")
    read = kcat("-C", "-t", topic, "-o", "beginning", "-e", "-q", "-f", "%o %k %s\n")
    assert read == "0 gare Orléans\n1 gare Tours\n"
    assert f'topic "{topic}" with 1 partitions' in kcat("-L")
    assert "offset 2" in kcat("-Q", "-t", f"{topic}:0:-1")


async def test_a_waiting_fetch_is_woken_by_an_append(
    broker: str, make_topic: Callable[..., str]
) -> None:
    """The fetch would wait a minute: only the append can end it within the test's patience."""
    topic = make_topic()
    with wire(broker) as reader, wire(broker) as writer:
        fetching = asyncio.get_running_loop().run_in_executor(
            None, lambda: reader.fetch(topic, 0, wait=60_000)
        )
        await asyncio.sleep(0.1)
        assert not fetching.done()
        assert writer.produce(topic, batch((b"k", b"v"))) == (0, 0)
        code, high, data = await fetching
    assert (code, high, decode(data)) == (0, 1, [(0, b"k", b"v")])


async def test_one_consumer_follows_many_partitions(
    broker: str, make_topic: Callable[..., str]
) -> None:
    topics = [make_topic(4) for _ in range(5)]
    places = [TopicPartition(topic, number) for topic in topics for number in range(4)]
    seen: set[tuple[str, int]] = set()
    async with (
        consuming(address=broker) as consumer,
        producing(broker) as producer,
        asyncio.timeout(60),
    ):
        consumer.assign(places)
        for place in places:
            await producer.send_and_wait(place.topic, b"v", partition=place.partition)
        while len(seen) < len(places):
            for place, records in (await consumer.getmany(timeout_ms=500)).items():
                assert [record.offset for record in records] == [0]
                seen.add((place.topic, place.partition))


async def test_aiokafka_reads_a_compacted_topic_to_its_end(
    broker: str, make_topic: Callable[..., str]
) -> None:
    topic = make_topic(
        cleanup_policy="compact",
        min_cleanable_dirty_ratio=0,
        segment_bytes=2000,
        delete_retention_ms=0,
    )
    async with producing(broker) as producer:
        for number in range(200):
            value = b"%d" % number if number % 5 else None
            await producer.send_and_wait(topic, value, key=b"%d" % (number % 9))
    records = await read_all(broker, topic)
    async with asyncio.timeout(60):
        while len(records) > 40:  # the sweep compacts in its own time
            await asyncio.sleep(0.1)
            records = await read_all(broker, topic)
    table = {record.key: record.value for record in records}
    expected = {b"%d" % (n % 9): b"%d" % n if n % 5 else None for n in range(200)}
    assert {k: v for k, v in table.items() if v} == {k: v for k, v in expected.items() if v}
    assert records[-1].offset == 199


async def test_retention_moves_the_beginning_and_a_reader_follows(
    broker: str, make_topic: Callable[..., str]
) -> None:
    topic = make_topic(retention_ms=1, segment_bytes=1000)
    place = TopicPartition(topic, 0)
    async with producing(broker) as producer, consuming(address=broker) as consumer:
        for _ in range(10):
            await producer.send_and_wait(topic, b"v" * 300)
        consumer.assign([place])
        async with asyncio.timeout(60):
            beginning = 0
            while beginning < 10:
                await asyncio.sleep(0.1)
                beginning = (await consumer.beginning_offsets([place]))[place]
        consumer.seek(place, 0)  # deleted since: reset to the earliest
        await producer.send_and_wait(topic, b"new")
        record = await consumer.getone()
    assert (record.offset, record.value) == (10, b"new")


async def test_time_is_an_address(broker: str, make_topic: Callable[..., str]) -> None:
    topic = make_topic(retention_ms=-1)
    place = TopicPartition(topic, 0)
    async with producing(broker) as producer, consuming(address=broker) as consumer:
        for number in range(20):
            await producer.send_and_wait(topic, b"v", timestamp_ms=1000 * number)
        consumer.assign([place])
        found = await consumer.offsets_for_times({place: 7500})
        beyond = await consumer.offsets_for_times({place: 19_001})
    assert (found[place].offset, found[place].timestamp) == (8, 8000)
    assert beyond[place] is None
