"""What the broker refuses, by the protocol's codes; and that it refuses nothing else by it."""

import os
import random
import socket
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError, UnknownTopicOrPartitionError
from aiokafka.protocol.admin import ApiVersionRequest_v0, ApiVersionResponse_v0
from aiokafka.protocol.metadata import MetadataRequest_v0, MetadataRequest_v1, MetadataRequest_v5
from aiokafka.protocol.produce import ProduceRequest_v7
from aiokafka.record.legacy_records import LegacyRecordBatchBuilder
from broker_clients import Wire, batch, decode, producing, wire
from programs import refused, running

from embedded.broker.codes import Code


def test_production_is_refused_in_french(tmp_path: Path) -> None:
    code, message = refused("broker", tmp_path / "data", REGIONLAB_ENV="production")
    assert code == 78
    assert "production" in message
    assert "Kafka" in message
    assert not (tmp_path / "data").exists()


def test_a_folder_or_a_port_in_use_is_reported(tmp_path: Path) -> None:
    with running("broker", tmp_path / "data") as server:
        code, message = refused("broker", tmp_path / "data")
        assert code == 69
        assert "déjà utilisé par un autre serveur" in message
        port = server.address.split(":")[1]
        code, message = refused("broker", tmp_path / "other", "--port", port)
        assert code == 69
        assert port in message
    (tmp_path / "file").touch()
    code, message = refused("broker", tmp_path / "file")
    assert code == 69
    assert "ne peut servir" in message


async def test_too_large_a_message_is_refused_and_the_next_one_taken(
    broker: str, make_topic: Callable[..., str]
) -> None:
    topic = make_topic(max_message_bytes=2000)
    async with producing(broker, max_request_size=1 << 20) as producer:
        with pytest.raises(MessageSizeTooLargeError):
            await producer.send_and_wait(topic, b"v" * 3000)
    async with producing(broker) as producer:
        assert (await producer.send_and_wait(topic, b"v" * 1000)).offset == 0


async def test_an_unknown_topic_is_not_created_by_a_request(broker: str) -> None:
    async with AIOKafkaProducer(bootstrap_servers=broker, request_timeout_ms=1000) as producer:
        with pytest.raises(UnknownTopicOrPartitionError):
            await producer.send_and_wait("essai.personne.v1", b"v")
    with wire(broker) as client:
        answer = client.call(MetadataRequest_v5(["essai.personne.v1", "non valable !"], True))
        assert [topic[0] for topic in answer.topics] == [
            Code.UNKNOWN_TOPIC_OR_PARTITION,
            Code.INVALID_TOPIC_EXCEPTION,
        ]
        everything = client.call(MetadataRequest_v5(None, True))
        assert "essai.personne.v1" not in [topic[1] for topic in everything.topics]


def test_metadata_covers_all_topics_or_none(broker: str, make_topic: Callable[..., str]) -> None:
    topic = make_topic(2)
    with wire(broker) as client:
        assert topic in [t[1] for t in client.call(MetadataRequest_v0([])).topics]
        assert client.call(MetadataRequest_v1([])).topics == []
        (described,) = client.call(MetadataRequest_v1([topic])).topics
    assert [(part[1], part[2]) for part in described[3]] == [(0, 1), (1, 1)]


def test_each_false_batch_has_its_code(broker: str, make_topic: Callable[..., str]) -> None:
    plain, table = make_topic(), make_topic(cleanup_policy="compact")
    good = batch((b"k", b"v"), (b"l", b"w"))
    turned = bytearray(good)
    turned[-1] ^= 1
    control = bytearray(good)
    struct.pack_into(">h", control, 21, 0x20)
    legacy = LegacyRecordBatchBuilder(1, 0, 1 << 20)
    legacy.append(0, timestamp=1, key=b"k", value=b"v")
    old = bytes(legacy.build())
    cases = [
        (plain, b"", Code.CORRUPT_MESSAGE),
        (plain, good[:40], Code.CORRUPT_MESSAGE),
        (plain, good[:-1], Code.CORRUPT_MESSAGE),
        (plain, bytes(turned), Code.CORRUPT_MESSAGE),
        (plain, bytes(control), Code.CORRUPT_MESSAGE),
        (plain, good + good, Code.INVALID_RECORD),
        (plain, old + bytes(61), Code.UNSUPPORTED_FOR_MESSAGE_FORMAT),
        (table, batch((None, b"v")), Code.INVALID_RECORD),
        ("essai.personne.v1", good, Code.UNKNOWN_TOPIC_OR_PARTITION),
    ]
    with wire(broker) as client:
        for topic, data, code in cases:
            assert client.produce(topic, data) == (code, -1), code
        assert client.produce(plain, good, partition=1) == (Code.UNKNOWN_TOPIC_OR_PARTITION, -1)
        assert client.produce(plain, good, acks=2) == (Code.INVALID_REQUIRED_ACKS, -1)
        assert client.produce(plain, good) == (Code.NONE, 0)


def test_acks_0_is_not_answered(broker: str, make_topic: Callable[..., str]) -> None:
    topic = make_topic()
    with wire(broker) as client:
        client.send(ProduceRequest_v7(None, 0, 0, [(topic, [(0, batch((b"k", b"v")))])]))
        assert client.produce(topic, batch((b"k", b"w"))) == (Code.NONE, 1)
        assert decode(client.fetch(topic, 0)[2]) == [(0, b"k", b"v"), (1, b"k", b"w")]


def test_fetch_refuses_what_is_not_there(broker: str, make_topic: Callable[..., str]) -> None:
    topic = make_topic()
    with wire(broker) as client:
        client.produce(topic, batch((b"k", b"v")))
        assert client.fetch(topic, 2, wait=60_000)[0] == Code.OFFSET_OUT_OF_RANGE
        assert client.fetch(topic, -1, wait=60_000)[0] == Code.OFFSET_OUT_OF_RANGE
        assert client.fetch(topic, 0, partition=1)[0] == Code.UNKNOWN_TOPIC_OR_PARTITION
        code, high, data = client.fetch(topic, 0, max_bytes=1)
        assert (code, high, len(decode(data))) == (Code.NONE, 1, 1)


def test_a_newer_client_gets_the_supported_versions(broker: str) -> None:
    with wire(broker) as client:
        client.socket.sendall(struct.pack(">ihhih", 12, 18, 4, 77, -1) + bytes(2))
        frame = client.read(struct.unpack(">i", client.read(4))[0])
        assert struct.unpack(">i", frame[:4]) == (77,)
        answer = ApiVersionResponse_v0.decode(frame[4:])
        assert answer.error_code == Code.UNSUPPORTED_VERSION
        assert (0, 3, 7) in answer.api_versions
        assert client.call(ApiVersionRequest_v0()).api_versions == answer.api_versions


def _is_closed(client: Wire) -> bool:
    client.socket.settimeout(60)
    try:
        return client.socket.recv(1) == b""
    except ConnectionError:
        return True


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        struct.pack(">i", 2**31 - 1) + b"x" * 100,
        struct.pack(">i", -1),
        struct.pack(">i", 0),
        struct.pack(">ihhih", 10, 9999, 0, 1, -1),
        struct.pack(">ihhih", 10, 0, 99, 1, -1),
        struct.pack(">ihhihi", 14, 3, 1, 1, -1, 2**31 - 1),  # two thousand million topics
        struct.pack(">ihhihh", 12, 3, 1, 1, 500, 0),  # a client id longer than the frame
        struct.pack(">ihhih", (4 << 20) + 20, 3, 1, 1, -1) + bytes((4 << 20) + 10),
    ],
    ids=["http", "huge", "negative", "empty", "api", "version", "array", "string", "metadata"],
)
def test_what_is_not_the_protocol_closes_that_connection_only(
    broker: str, make_topic: Callable[..., str], sent: bytes
) -> None:
    topic = make_topic()
    with wire(broker) as witness, wire(broker) as intruder:
        assert witness.produce(topic, batch((b"k", b"v"))) == (Code.NONE, 0)
        intruder.socket.sendall(sent)
        assert _is_closed(intruder)
        assert witness.produce(topic, batch((b"k", b"w"))) == (Code.NONE, 1)


def test_random_bytes_do_not_stop_the_broker(broker: str, make_topic: Callable[..., str]) -> None:
    topic = make_topic()
    chance = random.Random(20)
    for _ in range(300):
        body = chance.randbytes(chance.randrange(60))
        api, version = chance.choice([0, 1, 2, 3, 8, 9, 11, 14, 19, 32, 33]), chance.randrange(4)
        header = struct.pack(">hhih", api, version, 1, -1)
        with wire(broker) as intruder:
            intruder.socket.sendall(struct.pack(">i", len(header + body)) + header + body)
            intruder.socket.shutdown(socket.SHUT_WR)
    with wire(broker) as client:
        assert client.produce(topic, batch((b"k", os.urandom(10)))) == (Code.NONE, 0)
