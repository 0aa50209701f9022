"""SIGKILL of the broker under living clients: nothing acknowledged is lost, nothing is doubled."""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import confluent_kafka
import pytest
from aiokafka import AIOKafkaConsumer
from broker_clients import consuming, create_topics, producing, read_all
from programs import Server, running

_KILLS = 3
_TOPIC = "essai.mesure.v1"


class _Mortal:
    """A broker that can be killed and started again at the same address."""

    def __init__(self, data: Path, stack: contextlib.ExitStack) -> None:
        self._data, self._stack = data, stack
        self._server = self._start("0")
        self.address = self._server.address

    def _start(self, port: str) -> Server:
        return self._stack.enter_context(running("broker", self._data, "--port", port))

    def kill_and_restart(self) -> None:
        self._server.end(signal.SIGKILL)
        self._server = self._start(self.address.split(":")[1])


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[_Mortal]:
    with contextlib.ExitStack() as stack:
        yield _Mortal(tmp_path / "data", stack)


class _Sent:
    """The acknowledged records: (partition, offset) → value."""

    def __init__(self) -> None:
        self.stored: dict[tuple[int, int], bytes] = {}
        self.going = True
        self.finished = False

    async def by_aiokafka(self, address: str) -> None:
        number = 0
        async with producing(address) as producer:
            while self.going:
                values = [b"%d" % (number + n) for n in range(20)]
                sends = [await producer.send(_TOPIC, value, key=value) for value in values]
                for value, place in zip(values, await asyncio.gather(*sends), strict=True):
                    self.stored[place.partition, place.offset] = value
                number += 20
                await asyncio.sleep(0.002)
        self.finished = True

    async def by_librdkafka(self, address: str) -> None:
        await asyncio.to_thread(self._by_librdkafka, address)

    def _by_librdkafka(self, address: str) -> None:
        producer = confluent_kafka.Producer(
            {
                "bootstrap.servers": address,
                "enable.idempotence": True,
                "linger.ms": 2,
                "reconnect.backoff.max.ms": 100,
                "log_level": 0,
            }
        )

        def stored(error: object, message: confluent_kafka.Message) -> None:
            assert error is None, error
            self.stored[message.partition(), message.offset()] = message.value()

        number = 0
        while self.going:
            if len(producer) < 500:
                producer.produce(_TOPIC, b"%d" % number, b"%d" % number, on_delivery=stored)
                number += 1
            producer.poll(0.0005)
        assert producer.flush(60) == 0


async def _kill_three_times(mortal: _Mortal, sent: _Sent) -> None:
    try:
        for _ in range(_KILLS):
            enough = len(sent.stored) + 300
            async with asyncio.timeout(60):
                while len(sent.stored) < enough:  # noqa: ASYNC110 - acknowledged far from here
                    await asyncio.sleep(0.01)
            await asyncio.to_thread(mortal.kill_and_restart)
    finally:
        sent.going = False


Produce = Callable[[_Sent, str], Coroutine[Any, Any, None]]


@pytest.mark.parametrize("produce", [_Sent.by_aiokafka, _Sent.by_librdkafka])
async def test_an_idempotent_producer_loses_and_doubles_nothing(
    mortal: _Mortal, produce: Produce
) -> None:
    create_topics(mortal.address, {_TOPIC: 3}, segment_bytes=5000)
    sent = _Sent()
    async with asyncio.timeout(180):
        await asyncio.gather(produce(sent, mortal.address), _kill_three_times(mortal, sent))
    records = await read_all(mortal.address, _TOPIC)
    found = {(record.partition, record.offset): record.value for record in records}
    assert found == sent.stored
    values = sorted(int(value) for value in found.values() if value)
    assert values == list(range(len(values)))


async def test_a_group_reads_each_record_once(mortal: _Mortal) -> None:
    """The member, its generation and its commits are those of before the kill."""
    create_topics(mortal.address, {_TOPIC: 3})
    sent, read = _Sent(), list[tuple[int, int]]()

    async def consume(consumer: AIOKafkaConsumer) -> None:
        while not sent.finished or len(read) < len(sent.stored):
            for records in (await consumer.getmany(timeout_ms=50)).values():
                read.extend((record.partition, record.offset) for record in records)

    options = {"address": mortal.address, "group_id": "g", "auto_commit_interval_ms": 50}
    async with consuming(_TOPIC, **options) as consumer, asyncio.timeout(180):
        await asyncio.gather(
            consume(consumer), sent.by_aiokafka(mortal.address), _kill_three_times(mortal, sent)
        )
    assert sorted(read) == sorted(sent.stored)


async def test_a_follower_goes_on(mortal: _Mortal) -> None:
    create_topics(mortal.address, {_TOPIC: 1}, cleanup_policy="compact")
    async with (
        producing(mortal.address) as producer,
        consuming(_TOPIC, address=mortal.address) as consumer,
        asyncio.timeout(180),
    ):
        for number in range(4):
            await producer.send_and_wait(_TOPIC, b"%d" % number, key=b"k")
            assert (await consumer.getone()).value == b"%d" % number
            await asyncio.to_thread(mortal.kill_and_restart)
