"""The two brokers: every test of the bus runs on the embedded one and on Apache Kafka."""

from collections.abc import Awaitable, Callable
from typing import Protocol

import pytest
import pytest_asyncio

from socle.events import Event, TopicType
from socle.kafka import Reader, Record
from socle.testing import NewTopic

BROKERS = [
    pytest.param("broker", id="embedded"),
    pytest.param("kafka", id="kafka", marks=pytest.mark.kafka),
]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what touches a broker once on each."""
    if "broker" in metafunc.fixturenames:
        metafunc.parametrize("broker", BROKERS, indirect=True)


@pytest.fixture
def broker(request: pytest.FixtureRequest) -> str:
    """Which broker this run of the test is on: "broker" (embedded) or "kafka"."""
    name: str = request.param
    return name


class Note(Event):
    """What the tests say to one another."""

    name: str
    text: str = ""

    def key(self) -> str:
        return self.name


class NewNotes(Protocol):
    """A kind of note with a topic of its own."""

    def __call__(
        self, *, kind: TopicType = ..., partitions: int = ..., address: str | None = ...
    ) -> Awaitable[type[Note]]: ...


@pytest.fixture
def new_notes(new_topic: NewTopic) -> NewNotes:
    """`await new_notes(kind="table", partitions=2)`: a kind of note on a fresh topic."""

    async def create(
        *, kind: TopicType = "fact", partitions: int = 1, address: str | None = None
    ) -> type[Note]:
        topic = await new_topic(kind=kind, partitions=partitions, address=address)

        class FreshNote(Note, topic=topic, kind=kind):
            pass

        return FreshNote

    return create


ReadAll = Callable[[str], Awaitable[list[Record]]]


@pytest_asyncio.fixture
async def read_all(kafka_address: str) -> ReadAll:
    """`await read_all(topic)`: every record there is now, as the broker keeps them."""

    async def read(topic: str) -> list[Record]:
        reader = Reader(kafka_address, topic=topic, client_id="test")
        await reader.start({})
        try:
            ends = await reader.ends()
            records: list[Record] = []
            while any(reader.positions.get(p, -1) < end for p, end in ends.items()):
                records += await reader.records(wait=0.05, at_most=1000)
            return records
        finally:
            await reader.stop()

    return read
