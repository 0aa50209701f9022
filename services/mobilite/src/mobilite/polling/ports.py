"""The ports of GTFS-Realtime polling."""

from collections import Counter
from collections.abc import Mapping
from typing import Protocol

from mobilite.events import AlertV1, TripUpdateV1, VehiclePositionV1
from mobilite.polling.domain.feed_message import DecodedUpdate, FeedMessage, Record

EntityEvent = TripUpdateV1 | VehiclePositionV1 | AlertV1
"""The published events: one record per run, vehicle or alert."""


class DecodeMessage(Protocol):
    """Decodes the bytes of a message into records; raises SourceFault.

    `repeated` are the entity ids that identified several alerts in the previous message of the
    address, `known` the decoded entities of it.
    """

    def __call__(
        self,
        body: bytes,
        *,
        feed_id: str,
        source: int,
        repeated: frozenset[str] = frozenset(),
        known: Mapping[bytes, DecodedUpdate] = ...,
    ) -> FeedMessage: ...


class DecodeEntity(Protocol):
    """Converts a serialised entity to its event, with its doubts by code."""

    def __call__(
        self, record: Record, content: bytes, *, feed_id: str, source: int
    ) -> tuple[EntityEvent, Counter[str]]: ...
