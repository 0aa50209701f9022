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
from mobilite.polling.adapters.decoding.message_slices import Corrupt, Slices, split_message
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
MAX_ENTITY_BYTES = 1024 * 1024
"""Bytes of one entity before it is parsed: objects take up to forty times as much."""
_MODIFICATIONS = ("trip_modifications", "shape", "stop")
_NOTHING: Mapping[bytes, DecodedUpdate] = {}
_UPDATE_ALONE = ["trip_updates"]
_ENTITY_TYPES = {"trip_update": "trip_updates", "vehicle": "vehicle_positions", "alert": "alerts"}


def decode_message(
    body: bytes,
    *,
    feed_id: str,
    source: int,
    repeated: frozenset[str] = frozenset(),
    known: Mapping[bytes, DecodedUpdate] = _NOTHING,
) -> FeedMessage:
    """Decode one message of one address. `repeated` are entity ids that identified several
    alerts before, `known` the decoded entities of the previous message.

    Raises SourceFault if nothing is usable: empty, not protobuf, without its required fields,
    DIFFERENTIAL, or too large.
    """
    slices = _split(body)
    header = _header(slices.header)
    notes: Notes = Counter()
    sorting = _EntitySorter(FeedSource(feed_id, source, header.timestamp), notes, repeated)
    read = sorting.take_all(slices.entities, known)
    if slices.entities and not sorting.ids:
        raise SourceFault(
            "missing_fields",
            "Aucune entité du message n'est lisible : il y manque des champs obligatoires.",
        )
    return FeedMessage(
        timestamp=header.timestamp if header.HasField("timestamp") else None,
        realtime_version=decode_text(header.gtfs_realtime_version, notes),
        feed_version=decode_text(header.feed_version, notes) or None,
        counts=EntityTypeCounts(**sorting.counts_by_type),
        statements=sorting.statements(),
        repeated=sorting.alerts.repeated,
        notes=+notes,
        read=read,
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
    return decode_alert(content, feed_id=feed_id, source=source, alert_id=name)


class _EntitySorter:
    """Collects the entities of a message, in any order."""

    def __init__(self, feed_source: FeedSource, notes: Notes, repeated: frozenset[str]) -> None:
        self._notes = notes
        self.ids: set[str] = set()
        self.counts_by_type: Counter[str] = Counter()
        self.updates = TripUpdates(feed_source, notes)
        self.vehicles = Vehicles(feed_source, notes)
        self.alerts = Alerts(feed_source, notes, repeated)

    def take_all(
        self, pieces: Iterable[bytes], known: Mapping[bytes, DecodedUpdate]
    ) -> dict[bytes, DecodedUpdate]:
        """Take serialised entities; returns those that can be recognised by their bytes next
        time."""
        read: dict[bytes, DecodedUpdate] = {}
        for piece in pieces:
            update = known.get(piece)
            if update is not None:
                self.take_known(update)
            elif (entity := _entity(piece, self._notes)) is not None:
                update = self.take(entity)
            if update is not None:
                read[piece] = update
        return read

    def take(self, entity: gtfs_rt.FeedEntity) -> DecodedUpdate | None:
        """Take one entity. An invalid part affects neither its other parts nor other entities.

        Returns the decoded update if it can be recognised by its bytes.
        """
        doubts = self._notes.total()
        name = decode_text(entity.id, self._notes)
        certain = self._notes.total() == doubts
        self._named(name)
        carried = _entity_types(entity)
        self.counts_by_type.update(carried)
        if entity.is_deleted:
            return None
        modified = any(map(entity.HasField, _MODIFICATIONS))
        self._notes["modifications_not_taken"] += modified
        update: DecodedUpdate | None = None
        for entity_type in EntityType:
            if entity.HasField(entity_type.value):
                try:
                    update = self._take_part(entity_type, name, entity) or update
                except RejectedEntity as doubt:
                    self._notes[doubt.args[0]] += 1
        return update if certain and carried == _UPDATE_ALONE and not modified else None

    def statements(self) -> Statements:
        """The statements of all types."""
        return {
            **self.updates.statements(),
            **self.vehicles.statements(),
            **self.alerts.statements(),
        }

    def take_known(self, update: DecodedUpdate) -> None:
        """Take an entity whose bytes were in the previous message."""
        self._named(update.name)
        self.counts_by_type.update(_UPDATE_ALONE)
        self.updates.take(update)

    def _named(self, name: str) -> None:
        if name in self.ids:
            self._notes["entity_id_repeated"] += 1
        self.ids.add(name)

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


def _split(body: bytes) -> Slices:
    if not body.strip():
        raise SourceFault("empty", "La réponse est vide.")
    try:
        slices = split_message(body, most_entities=MAX_ENTITIES)
    except Corrupt:
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
    """One entity, None if it is unreadable. Entities are parsed one at a time, never all
    together."""
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
    """The contents of the entity, by the names of EntityTypeCounts."""
    if entity.is_deleted:
        return ["deleted"]
    carried = [entity_type for part, entity_type in _ENTITY_TYPES.items() if entity.HasField(part)]
    return carried or ["other"]
