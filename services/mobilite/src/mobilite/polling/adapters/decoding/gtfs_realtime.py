"""Decodes GTFS-Realtime messages into statements by record.

https://gtfs.org/documentation/realtime/reference/ . Parsing is fast; converting the result in
Python is slow, so an entity stays serialised and is converted (`decode_entity`) only when it
differs from the previous message.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from google.protobuf.message import DecodeError
from google.transit import gtfs_realtime_pb2 as gtfs_rt

from mobilite.events.part import parts_of
from mobilite.polling.adapters.decoding.alert import decode_alert
from mobilite.polling.adapters.decoding.descriptors import Notes, RejectedEntity, decode_text
from mobilite.polling.adapters.decoding.entities import (
    Alerts,
    FeedSource,
    Statements,
    TripUpdates,
    Vehicles,
)
from mobilite.polling.adapters.decoding.message_slices import (
    InvalidMessage,
    SplitMessage,
    split_message,
)
from mobilite.polling.adapters.decoding.trip_modifications import (
    Modifications,
    decode_trip_modifications,
)
from mobilite.polling.adapters.decoding.trip_update import decode_trip_update
from mobilite.polling.adapters.decoding.vehicle_position import decode_vehicle_position
from mobilite.polling.domain.feed_message import (
    DecodedUpdate,
    EntityType,
    EntityTypeCounts,
    FeedMessage,
    Record,
)
from mobilite.polling.ports import EntityEvent
from mobilite.sources.ports import SourceFault

MAX_ENTITIES = 100_000
"""Entities of one message."""
MAX_ENTITY_BYTES = 1024 * 1024
"""Bytes of one entity before it is parsed: objects take up to forty times as much."""
_PARTS = (EntityType.TRIP_UPDATE, EntityType.VEHICLE, EntityType.ALERT)
_NONE_KNOWN: Mapping[bytes, DecodedUpdate] = {}
_TRIP_UPDATE_ONLY = ["trip_updates"]
_ENTITY_TYPES = {"trip_update": "trip_updates", "vehicle": "vehicle_positions", "alert": "alerts"}
"""Fields of EntityTypeCounts by field of FeedEntity."""


def decode_message(
    body: bytes,
    *,
    feed_id: str,
    source: int,
    repeated: frozenset[str] = frozenset(),
    known: Mapping[bytes, DecodedUpdate] = _NONE_KNOWN,
) -> FeedMessage:
    """Decode one message of one address.

    `source`: the number of the address in its feed. `repeated`: entity ids that identified
    several alerts in earlier messages. `known`: the decoded entities of the previous message, by
    their bytes.

    Raises SourceFault if nothing is usable: the message is empty, not protobuf, without required
    fields, DIFFERENTIAL, or has too many entities.
    """
    slices = _split(body)
    header = _header(slices.header)
    notes: Notes = Counter()
    sorter = _EntitySorter(FeedSource(feed_id, source, header.timestamp), notes, repeated)
    decoded = sorter.take_all(slices.entities, known)
    if slices.entities and not sorter.ids:
        raise SourceFault(
            "missing_fields",
            "Aucune entité du message n'est lisible : il y manque des champs obligatoires.",
        )
    return FeedMessage(
        timestamp=header.timestamp if header.HasField("timestamp") else None,
        realtime_version=decode_text(header.gtfs_realtime_version, notes),
        feed_version=decode_text(header.feed_version, notes) or None,
        counts=EntityTypeCounts(**sorter.counts_by_type),
        statements=sorter.statements(),
        repeated=sorter.alerts.repeated,
        notes=+notes,
        decoded=decoded,
    )


def decode_entity(
    record: Record, content: bytes, *, feed_id: str, source: int
) -> tuple[EntityEvent, Notes]:
    """The event of one statement of `decode_message`, and its doubts by code."""
    if record.entity_type is EntityType.TRIP_UPDATE:
        return decode_trip_update(content, feed_id=feed_id, source=source)
    name = parts_of(record.key)[2]
    if record.entity_type is EntityType.VEHICLE:
        return decode_vehicle_position(content, feed_id=feed_id, source=source, vehicle_key=name)
    if record.entity_type is EntityType.TRIP_MODIFICATIONS:
        return decode_trip_modifications(content, feed_id=feed_id, source=source, entity_id=name)
    return decode_alert(content, feed_id=feed_id, source=source, alert_id=name)


class _EntitySorter:
    """Collects the entities of a message by type, and counts them."""

    def __init__(self, feed_source: FeedSource, notes: Notes, repeated: frozenset[str]) -> None:
        self._notes = notes
        self.ids: set[str] = set()
        self.counts_by_type: Counter[str] = Counter()
        self.updates = TripUpdates(feed_source, notes)
        self.vehicles = Vehicles(feed_source, notes)
        self.alerts = Alerts(feed_source, notes, repeated)
        self.modifications = Modifications(feed_source, notes)

    def take_all(
        self, pieces: Iterable[bytes], known: Mapping[bytes, DecodedUpdate]
    ) -> dict[bytes, DecodedUpdate]:
        """Add serialised entities. Returns the decoded updates that can be recognised by their
        bytes in the next message."""
        decoded: dict[bytes, DecodedUpdate] = {}
        for piece in pieces:
            update = known.get(piece)
            if update is not None:
                self.take_known(update)
            elif (entity := _entity(piece, self._notes)) is not None:
                update = self.take(entity)
            if update is not None:
                decoded[piece] = update
        return decoded

    def take(self, entity: gtfs_rt.FeedEntity) -> DecodedUpdate | None:
        """Add one entity. An invalid part affects neither its other parts nor other entities.

        Returns the decoded update if `take_known` can replace this call in the next message: the
        entity has nothing else, and no doubts that would have to be counted again.
        """
        doubts_before = self._notes.total()
        name = decode_text(entity.id, self._notes)
        without_doubts = self._notes.total() == doubts_before
        self._note_entity_id(name)
        entity_types = _entity_types(entity)
        self.counts_by_type.update(entity_types)
        if entity.is_deleted:
            return None
        modified = self._take_modifications(name, entity)
        update: DecodedUpdate | None = None
        for entity_type in _PARTS:
            if entity.HasField(entity_type.value):
                try:
                    update = self._take_part(entity_type, name, entity) or update
                except RejectedEntity as rejected:
                    self._notes[rejected.args[0]] += 1
        recognisable = without_doubts and entity_types == _TRIP_UPDATE_ONLY and not modified
        return update if recognisable else None

    def statements(self) -> Statements:
        """The statements of all types."""
        return {
            **self.updates.statements(),
            **self.vehicles.statements(),
            **self.alerts.statements(),
            **self.modifications.statements(),
        }

    def take_known(self, update: DecodedUpdate) -> None:
        """Add an entity whose bytes were in the previous message."""
        self._note_entity_id(update.name)
        self.counts_by_type.update(_TRIP_UPDATE_ONLY)
        self.updates.take(update)

    def _note_entity_id(self, name: str) -> None:
        if name in self.ids:
            self._notes["entity_id_repeated"] += 1
        self.ids.add(name)

    def _take_modifications(self, name: str, entity: gtfs_rt.FeedEntity) -> bool:
        """Add the modifications of an entity; returns whether it has any."""
        try:
            return self.modifications.take(name, entity)
        except RejectedEntity as rejected:
            self._notes[rejected.args[0]] += 1
            return True

    def _take_part(
        self, entity_type: EntityType, name: str, entity: gtfs_rt.FeedEntity
    ) -> DecodedUpdate | None:
        if entity_type is EntityType.TRIP_UPDATE:
            update = self.updates.read(name, entity.trip_update)
            self.updates.take(update)
            return update
        if entity_type is EntityType.VEHICLE:
            self.vehicles.take(name, entity.vehicle)
        else:
            self.alerts.take(name, entity.alert)
        return None


def _split(body: bytes) -> SplitMessage:
    if not body.strip():
        raise SourceFault("empty", "La réponse est vide.")
    try:
        slices = split_message(body, most_entities=MAX_ENTITIES)
    except InvalidMessage:
        raise _not_protobuf(body) from None
    if slices is None:
        raise SourceFault(
            "too_many_entities", f"Le message contient plus de {MAX_ENTITIES} entités."
        )
    return slices


def _not_protobuf(body: bytes) -> SourceFault:
    start = body[:200].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return SourceFault("html", "La réponse est une page HTML, pas du GTFS-Realtime.")
    if start.startswith((b"<", b"{", b"[")):
        return SourceFault("text", "La réponse est du texte (XML ou JSON), pas du protobuf.")
    return SourceFault(
        "not_protobuf", "La réponse n'est pas du protobuf lisible : elle est tronquée ou abîmée."
    )


def _header(serialised: bytes) -> gtfs_rt.FeedHeader:
    header = gtfs_rt.FeedHeader()
    try:
        header.ParseFromString(serialised)
    except DecodeError:
        raise _not_protobuf(serialised) from None
    if not header.IsInitialized():
        raise SourceFault(
            "missing_fields", "Le message n'a pas l'en-tête obligatoire (gtfs_realtime_version)."
        )
    if header.incrementality == gtfs_rt.FeedHeader.DIFFERENTIAL:
        raise SourceFault(
            "differential",
            "Le message est DIFFERENTIAL, un mode que la norme ne définit pas : seul FULL_DATASET "
            "est pris.",
        )
    return header


def _entity(piece: bytes, notes: Counter[str]) -> gtfs_rt.FeedEntity | None:
    """One entity; None if it is unreadable. Entities are parsed one at a time, which limits the
    memory that they take."""
    if len(piece) > MAX_ENTITY_BYTES:
        notes["update_too_large"] += 1
        return None
    entity = gtfs_rt.FeedEntity()
    try:
        entity.ParseFromString(piece)
        if entity.IsInitialized():
            return entity
    except DecodeError:
        pass
    notes["entity_unreadable"] += 1
    return None


def _entity_types(entity: gtfs_rt.FeedEntity) -> list[str]:
    """The types of the parts of an entity, as fields of EntityTypeCounts."""
    if entity.is_deleted:
        return ["deleted"]
    entity_types = [
        entity_type for part, entity_type in _ENTITY_TYPES.items() if entity.HasField(part)
    ]
    return entity_types or ["other"]
