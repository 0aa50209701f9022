"""Events between services, as CloudEvents 1.0 in Kafka's binary mode.

The topic of a *fact* states what happened, and its records expire. The topic of a *table* has the
current value of each key: it is compacted, and a tombstone deletes a key. The contract of each
topic is in `schemas/`; a writer and its readers each declare the model they use, and the contract
tests compare them.
https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
"""

from abc import abstractmethod
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Generic, Literal, TypeVar, Unpack

from pydantic import BaseModel, ConfigDict

TopicType = Literal["fact", "table"]


class Event(BaseModel):
    """The data of one topic: `class TripUpdateV1(Event, topic="…", kind="table")`.

    Readers ignore unknown fields, so that optional ones can be added within a major version.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    topic: ClassVar[str]
    kind: ClassVar[TopicType]

    def __init_subclass__(
        cls, *, topic: str | None = None, kind: TopicType = "fact", **kwargs: Unpack[ConfigDict]
    ) -> None:
        super().__init_subclass__(**kwargs)
        if topic is not None:
            cls.topic, cls.kind = topic, kind

    @abstractmethod
    def key(self) -> str:
        """The key of the record, never empty: records of one key stay in order, and in a table the
        last one replaces the others."""


EventT = TypeVar("EventT", bound=Event)


@dataclass(frozen=True, slots=True)
class Tombstone:
    """The deletion of one key of a table."""

    event_type: type[Event]
    key: str


@dataclass(frozen=True, slots=True)
class Position:
    """The position of a record on the bus."""

    topic: str
    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class Received(Generic[EventT]):
    """One record as it was read: the CloudEvents attributes and the parsed data."""

    id: str
    """Unique for its `source`; an inbox stores it (`socle.outbox.accept`)."""
    source: str
    """The service that wrote it; empty for a tombstone written by hand."""
    time: datetime
    """When it was written, in UTC (`ce_time`; for a tombstone without it, the record's own)."""
    key: str
    data: EventT | None
    """None for a tombstone."""
    traceparent: str | None
    """The span of the writer (W3C Trace Context), not validated; None without the header."""
    position: Position
