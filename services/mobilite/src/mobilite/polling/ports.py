"""The ports of GTFS-Realtime polling."""

from collections import Counter
from collections.abc import Mapping
from typing import Protocol

from mobilite.events import AlertV1, TripModificationsV1, TripUpdateV1, VehiclePositionV1
from mobilite.polling.domain.feed_message import DecodedUpdate, FeedMessage, Record

EntityEvent = TripUpdateV1 | VehiclePositionV1 | AlertV1 | TripModificationsV1
"""The published events: one record per run, vehicle, alert, or entity with modifications."""


class DecodeMessage(Protocol):
    """Decodes the bytes of a message of one address. Raises SourceFault if nothing is usable.

    `source`: the number of the address in its feed. `repeated`, `known`: `FeedMessage.repeated`
    and `FeedMessage.decoded` of its previous message.
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
    """Converts one of `FeedMessage.statements` to its event. Returns also the doubts about it, by
    code."""

    def __call__(
        self, record: Record, content: bytes, *, feed_id: str, source: int
    ) -> tuple[EntityEvent, Counter[str]]: ...
