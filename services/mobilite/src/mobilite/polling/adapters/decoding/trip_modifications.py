"""Converts GTFS-RT TripModifications, Shapes and Stops to their event.

A detour with an unreadable part would be another detour: it is left out.
https://gtfs.org/documentation/realtime/reference/#message-tripmodifications
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from google.transit import gtfs_realtime_pb2 as gtfs_rt
from pydantic import ValidationError

from mobilite.events import TripModificationsV1
from mobilite.polling.adapters.decoding.descriptors import (
    Notes,
    RejectedEntity,
    decode_instant,
    decode_local_id,
    decode_start_date,
    decode_start_time,
    decode_text,
    visible_text,
)
from mobilite.polling.adapters.decoding.entities import (
    MAX_NAME_LENGTH,
    FeedSource,
    Statements,
    limited,
)
from mobilite.polling.domain.entity_state import SourceStatement
from mobilite.polling.domain.feed_message import EntityType

MODIFICATION_FIELDS: Final = ("trip_modifications", "shape", "stop")
"""The fields of FeedEntity that this event can have."""
MAX_ENTITIES: Final = 5_000
"""Entities of one message."""
MAX_BYTES: Final = 128 * 1024
"""Serialised bytes of an entity: as an event it is well within the record limit of a broker."""
MAX_CALLS: Final = 500_000
"""Calls of the modified runs of one message, as `_calls` counts them: they are built in seconds."""
_CALLS_OF_TRIP: Final = 10
"""Calls as which the original ones of a run are counted."""
_LOCAL_IDS: Final = ("parent_station", "zone_id", "level_id")
_STOP_TEXTS: Final = (
    "stop_code", "stop_name", "tts_stop_name", "stop_desc", "stop_url", "platform_code",
)  # fmt: skip
_DEGREES: Final = ("stop_lat", "stop_lon")
_TOO_LONG: Final = 10_000
"""Characters of a text of a stop."""


class Modifications:
    """The entities of a message with a TripModifications, a Shape or a Stop, by entity id. Of those
    with one id the longest is used."""

    def __init__(self, feed_source: FeedSource, notes: Notes) -> None:
        self._feed_source, self._notes = feed_source, notes
        self._found: dict[str, SourceStatement[bytes]] = {}
        self._calls: dict[str, int] = {}

    def take(self, entity_id: str, entity: gtfs_rt.FeedEntity) -> bool:
        """Add an entity, if it has such a part; returns whether it has. Raises RejectedEntity if
        it is not usable."""
        if not any(map(entity.HasField, MODIFICATION_FIELDS)):
            return False
        source = self._feed_source
        content = _part_of(entity)
        if not 0 < len(entity_id) <= MAX_NAME_LENGTH:
            raise RejectedEntity("modification_invalid")
        decode_trip_modifications(
            content, feed_id=source.feed_id, source=source.source, entity_id=entity_id
        )
        statement = SourceStatement(source.source, 0, content)
        others = [self._found[entity_id]] if entity_id in self._found else []
        self._found[entity_id] = max(
            (statement, *others), key=lambda each: (len(each.content), each.content)
        )
        if self._found[entity_id] is statement:
            self._calls[entity_id] = _calls(entity.trip_modifications)
        return True

    def statements(self) -> Statements:
        """The statement of each entity, as long as they have no more than `MAX_CALLS`. Which ones
        does not depend on the order of the entities."""
        retained, calls = dict[str, SourceStatement[bytes]](), 0
        for name in sorted(self._found):
            if calls + self._calls[name] > MAX_CALLS:
                self._notes["modifications_too_many"] += 1
                continue
            calls += self._calls[name]
            retained[name] = self._found[name]
        return limited(
            EntityType.TRIP_MODIFICATIONS,
            retained,
            MAX_ENTITIES,
            self._feed_source,
            self._notes,
        )


def _calls(message: gtfs_rt.TripModifications) -> int:
    """The calls that are built for a TripModifications, about: of its trips on each of its days."""
    trips = sum(len(selected.trip_ids) for selected in message.selected_trips)
    added = sum(len(each.replacement_stops) for each in message.modifications)
    return trips * len(message.service_dates) * (_CALLS_OF_TRIP + added)


def _part_of(entity: gtfs_rt.FeedEntity) -> bytes:
    """The fields of this event, as a serialised entity without id. Raises RejectedEntity if it is
    too large."""
    part = gtfs_rt.FeedEntity(id="")
    for name in MODIFICATION_FIELDS:
        if entity.HasField(name):
            getattr(part, name).CopyFrom(getattr(entity, name))
    content: bytes = part.SerializeToString(deterministic=True)
    if len(content) > MAX_BYTES:
        raise RejectedEntity("update_too_large")
    return content


def decode_trip_modifications(
    content: bytes, *, feed_id: str, source: int, entity_id: str
) -> tuple[TripModificationsV1, Notes]:
    """The event of one statement of `Modifications`, with its doubts by code. Raises
    RejectedEntity if it is unreadable."""
    notes: Notes = Counter()
    entity = gtfs_rt.FeedEntity.FromString(content)
    values: dict[str, Any] = {}
    if entity.HasField("trip_modifications"):
        values["trip_modifications"] = _modifications(entity.trip_modifications, notes, feed_id)
    if entity.HasField("shape"):
        values["shape"] = {
            "shape_id": decode_local_id(entity.shape.shape_id, notes, feed_id),
            "encoded_polyline": decode_text(entity.shape.encoded_polyline, notes),
        }
    if entity.HasField("stop"):
        values["stop"] = _stop(entity.stop, notes, feed_id)
    names = {"feed_id": feed_id, "source_index": source, "entity_id": entity_id}
    try:
        return TripModificationsV1.model_validate({**names, **values}), notes
    except ValidationError as error:
        raise RejectedEntity("modification_invalid") from error


def _modifications(
    message: gtfs_rt.TripModifications, notes: Notes, feed_id: str
) -> dict[str, Any]:
    texts = [decode_text(each, notes) for each in message.service_dates]
    times = [decode_text(each, notes) for each in message.start_times]
    return {
        "selected_trips": [
            {
                "trip_ids": [decode_local_id(each, notes, feed_id) for each in trips.trip_ids],
                "shape_id": decode_local_id(trips.shape_id, notes, feed_id) or None,
            }
            for trips in message.selected_trips
        ],
        "service_dates": [decode_start_date(each) for each in texts],
        "start_times": [decode_start_time(each) for each in times],
        "modifications": [_modification(each, notes, feed_id) for each in message.modifications],
    }


def _modification(
    message: gtfs_rt.TripModifications.Modification, notes: Notes, feed_id: str
) -> dict[str, Any]:
    values: dict[str, Any] = {
        "replacement_stops": [
            {
                "stop_id": decode_local_id(stop.stop_id, notes, feed_id),
                "travel_time_to_stop": _given(stop, "travel_time_to_stop"),
            }
            for stop in message.replacement_stops
        ],
        "propagated_modification_delay": _given(message, "propagated_modification_delay"),
        "service_alert_id": decode_text(message.service_alert_id, notes) or None,
        "start_stop_selector": _selector(message.start_stop_selector, notes, feed_id),
    }
    if message.HasField("end_stop_selector"):
        values["end_stop_selector"] = _selector(message.end_stop_selector, notes, feed_id)
    if message.last_modified_time:
        values["last_modified_time"] = decode_instant(message.last_modified_time, notes)
    return values


def _selector(
    selector: gtfs_rt.StopSelector, notes: Notes, feed_id: str
) -> dict[str, int | str | None]:
    """A selector as members of the event. Raises RejectedEntity if it selects nothing."""
    if not (selector.HasField("stop_sequence") or selector.stop_id):
        raise RejectedEntity("modification_invalid")
    return {
        "stop_sequence": _given(selector, "stop_sequence"),
        "stop_id": decode_local_id(selector.stop_id, notes, feed_id) or None,
    }


def _stop(stop: gtfs_rt.Stop, notes: Notes, feed_id: str) -> dict[str, Any]:
    return {
        "stop_id": decode_local_id(stop.stop_id, notes, feed_id),
        # 32-bit floats are precise to a metre.
        **{name: round(getattr(stop, name), 5) for name in _DEGREES if stop.HasField(name)},
        "stop_timezone": decode_text(stop.stop_timezone, notes) or None,
        "wheelchair_boarding": _given(stop, "wheelchair_boarding"),
        **{
            name: decode_local_id(getattr(stop, name), notes, feed_id) or None
            for name in _LOCAL_IDS
        },
        **{name: _texts(getattr(stop, name).translation, notes) for name in _STOP_TEXTS},
    }


def _texts(
    translations: Iterable[gtfs_rt.TranslatedString.Translation], notes: Notes
) -> list[dict[str, str | None]]:
    return [
        {
            "text": visible_text(each.text, notes)[:_TOO_LONG],
            "language": decode_text(each.language, notes) or None,
        }
        for each in translations
    ]


def _given(message: Any, field: str) -> Any:
    """The value of a field; None if the message does not give it."""
    return getattr(message, field) if message.HasField(field) else None
