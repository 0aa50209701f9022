"""Clients for the broker's tests: the raw protocol, and short ways to the real clients."""

import asyncio
import contextlib
import socket
import struct
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from io import BytesIO
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.protocol.admin import CreateTopicsRequest_v1
from aiokafka.protocol.fetch import FetchRequest_v4
from aiokafka.protocol.produce import ProduceRequest_v7
from aiokafka.protocol.types import Int32
from aiokafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder


class Wire:
    """One connection that sends the protocol's own structures and reads what comes back."""

    def __init__(self, address: str) -> None:
        host, port = address.split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=60)
        self._correlation = 0

    def send(self, request: Any) -> None:
        """Send one request and do not wait."""
        self._correlation += 1
        header = request.build_request_header(self._correlation, "essai")
        frame = header.encode() + request.encode()
        self.socket.sendall(Int32.encode(len(frame)) + frame)

    def receive(self, request: Any) -> Any:
        """Read the answer to `request`."""
        frame = self.read(struct.unpack(">i", self.read(4))[0])
        assert struct.unpack(">i", frame[:4])[0] <= self._correlation
        return request.RESPONSE_TYPE.decode(BytesIO(frame[4:]))

    def call(self, request: Any) -> Any:
        """One request, its answer."""
        self.send(request)
        return self.receive(request)

    def read(self, length: int) -> bytes:
        """Exactly that many bytes; EOFError when the broker closes."""
        data = b""
        while len(data) < length:
            part = self.socket.recv(length - len(data))
            if not part:
                raise EOFError
            data += part
        return data

    def produce(self, topic: str, batch: bytes, partition: int = 0, acks: int = -1) -> Any:
        """Append a batch; the (error code, base offset) of the answer."""
        answer = self.call(
            ProduceRequest_v7(None, acks, 1000, [(topic, [(partition, batch)])]),
        )
        return answer.topics[0][1][0][1:3]

    def fetch(
        self,
        topic: str,
        offset: int,
        *,
        wait: int = 0,
        max_bytes: int = 1 << 20,
        partition: int = 0,
    ) -> Any:
        """The (error code, high watermark, records bytes) of one partition."""
        answer = self.call(
            FetchRequest_v4(-1, wait, 1, max_bytes, 0, [(topic, [(partition, offset, max_bytes)])])
        )
        _, code, high, _, _, data = answer.topics[0][1][0]
        return code, high, data


@contextlib.contextmanager
def wire(address: str) -> Iterator[Wire]:
    """A raw connection, closed at the end."""
    client = Wire(address)
    try:
        yield client
    finally:
        client.socket.close()


def batch(
    *entries: tuple[bytes | None, bytes | None],
    producer: int = -1,
    epoch: int = -1,
    sequence: int = -1,
    timestamp: int | None = None,
    codec: int = 0,
) -> bytes:
    """A record batch of (key, value) as a client would send it."""
    builder = DefaultRecordBatchBuilder(2, codec, 0, producer, epoch, sequence, 1 << 30)
    # A record of long ago would be past its retention as soon as it is written.
    timestamp = time.time_ns() // 1_000_000 if timestamp is None else timestamp
    for number, (key, value) in enumerate(entries):
        builder.append(number, timestamp + number, key, value, [("en-tête", b"\x00\xff")])
    return bytes(builder.build())


def split(data: bytes) -> list[bytes]:
    """The consecutive batches."""
    batches, position = [], 0
    while position < len(data):
        size = struct.unpack_from(">i", data, position + 8)[0] + 12
        batches.append(data[position : position + size])
        position += size
    return batches


def decode(data: bytes) -> list[tuple[int, bytes | None, bytes | None]]:
    """(offset, key, value) of every record in the batches."""
    return [
        (record.offset, record.key, record.value)
        for part in split(data)
        for record in DefaultRecordBatch(part)
    ]


def end_of(data: bytes) -> int:
    """The offset to fetch after these batches: the end of the last one, as clients do."""
    return int(DefaultRecordBatch(split(data)[-1]).next_offset)


def create_topics(address: str, topics: Mapping[str, int], **settings: object) -> None:
    """Create topics; settings are given with underscores for dots."""
    given = [(name.replace("_", "."), str(value)) for name, value in settings.items()]
    wanted = [(name, partitions, 1, [], given) for name, partitions in topics.items()]
    with wire(address) as client:
        answer = client.call(CreateTopicsRequest_v1(wanted, 5000, False))
    assert all(code == 0 for _, code, _ in answer.topic_errors), answer


@contextlib.asynccontextmanager
async def producing(address: str, **options: Any) -> AsyncIterator[AIOKafkaProducer]:
    """An idempotent aiokafka producer."""
    producer = AIOKafkaProducer(
        bootstrap_servers=address, enable_idempotence=True, retry_backoff_ms=20, **options
    )
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


@contextlib.asynccontextmanager
async def consuming(*topics: str, address: str, **options: Any) -> AsyncIterator[AIOKafkaConsumer]:
    """An aiokafka consumer that begins at the beginning."""
    consumer = AIOKafkaConsumer(
        *topics,
        bootstrap_servers=address,
        auto_offset_reset="earliest",
        retry_backoff_ms=20,
        metadata_max_age_ms=1000,
        **options,
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def read_all(address: str, topic: str) -> list[Any]:
    """Every record of a topic, partition by partition."""
    async with consuming(address=address) as consumer:
        await consumer._client.force_metadata_update()
        numbers = consumer._client.cluster.partitions_for_topic(topic) or ()
        places = [TopicPartition(topic, number) for number in sorted(numbers)]
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        found = []
        while any([await consumer.position(place) < ends[place] for place in places]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found.extend(records)
    return sorted(found, key=lambda record: (record.partition, record.offset))


async def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for a condition; a test that waits for ever fails instead."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - the condition is another process's doing
            await asyncio.sleep(0.01)
