"""What polling GTFS-Realtime needs of the outside."""

from collections import Counter
from collections.abc import Mapping
from typing import Protocol

from mobilite.events import AlertV1, TripUpdateV1, VehiclePositionV1
from mobilite.polling.domain.feed_message import FeedMessage, ReadUpdate, Record

Told = TripUpdateV1 | VehiclePositionV1 | AlertV1
"""What a poll tells on, one record a run, a vehicle or an alert."""


class DecodeMessage(Protocol):
    """From the bytes of a message to what it says of each record; raises SourceFault.

    `repeated` are the entity ids that named several alerts in the message before of the same
    address, `known` what its entities came to.
    """

    def __call__(
        self,
        body: bytes,
        *,
        feed_id: str,
        source: int,
        repeated: frozenset[str] = frozenset(),
        known: Mapping[bytes, ReadUpdate] = ...,
    ) -> FeedMessage: ...


class WalkEntity(Protocol):
    """From a serialised entity to its event, with the doubts it raises by code."""

    def __call__(
        self, record: Record, content: bytes, *, feed_id: str, source: int
    ) -> tuple[Told, Counter[str]]: ...
