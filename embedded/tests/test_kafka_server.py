"""The real Apache Kafka from Maven's jars: it serves, keeps, and never stays behind."""

import signal
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from programs import Server, eventually_gone, processes_of, refused, running


async def _make_topic(server: Server) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=server.address)
    await admin.start()
    try:
        await admin.create_topics([NewTopic("essai.mesure.v1", 2, 1)])
    finally:
        await admin.close()


async def _produce(server: Server, *values: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=server.address, enable_idempotence=True)
    await producer.start()
    try:
        for value in values:
            await producer.send_and_wait("essai.mesure.v1", value, partition=1)
    finally:
        await producer.stop()


async def _read(server: Server, count: int) -> list[bytes | None]:
    consumer = AIOKafkaConsumer(bootstrap_servers=server.address, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign([TopicPartition("essai.mesure.v1", 1)])
        return [(await consumer.getone()).value for _ in range(count)]
    finally:
        await consumer.stop()


@pytest.mark.kafka
async def test_serves_stores_and_stops(tmp_path: Path) -> None:
    data = tmp_path / "kafka"
    with running("kafka", data) as server:
        await _make_topic(server)
        await _produce(server, b"un", b"deux")
        assert await _read(server, 2) == [b"un", b"deux"]
        assert server.end(signal.SIGTERM) == 0
    assert processes_of(data) == []
    with running("kafka", data) as server:
        await _produce(server, b"trois")
        assert await _read(server, 3) == [b"un", b"deux", b"trois"]
        server.process.kill()
        server.process.wait()
        assert eventually_gone(data)
    with running("kafka", data) as server:
        assert await _read(server, 3) == [b"un", b"deux", b"trois"]


def test_reports_what_is_missing(tmp_path: Path) -> None:
    code, message = refused("kafka", tmp_path / "kafka", PATH="", JAVA_HOME="")
    assert code == 69
    assert "Java 17" in message or "Maven" in message
