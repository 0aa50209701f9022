"""Decoding GTFS-Realtime: from the bytes of a message to what it says of each thing.

https://gtfs.org/documentation/realtime/reference/ . The parse is quick; walking the result in
Python is not, so an entity is kept serialised and walked (`walk_entity`) only when it differs from
the round before.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from google.protobuf.message import DecodeError
from google.transit import gtfs_realtime_pb2 as gtfs_rt

from mobilite.events.part import parts_of
from mobilite.polling.adapters.decoding.alert import walk_alert
from mobilite.polling.adapters.decoding.descriptors import Doubtful, Notes, text
from mobilite.polling.adapters.decoding.entities import (
    Alerts,
    Speaker,
    Statements,
    TripUpdates,
    Vehicles,
)
from mobilite.polling.adapters.decoding.message_slices import Corrupt, Slices, cut
from mobilite.polling.adapters.decoding.trip_update import walk_trip_update
from mobilite.polling.adapters.decoding.vehicle_position import walk_vehicle_position
from mobilite.polling.domain.feed_message import (
    EntityKind,
    FeedMessage,
    KindCounts,
    ReadUpdate,
    Record,
)
from mobilite.polling.ports import Told
from mobilite.sources.ports import SourceFault

MOST_ENTITIES = 100_000
LARGEST_ENTITY = 1024 * 1024
"""Bytes of one entity, before it is parsed: objects take up to forty times as much."""
_MODIFICATIONS = ("trip_modifications", "shape", "stop")
_NOTHING: Mapping[bytes, ReadUpdate] = {}
_UPDATE_ALONE = ["trip_updates"]
_KINDS = {"trip_update": "trip_updates", "vehicle": "vehicle_positions", "alert": "alerts"}


def decode_message(
    body: bytes,
    *,
    feed_id: str,
    source: int,
    repeated: frozenset[str] = frozenset(),
    known: Mapping[bytes, ReadUpdate] = _NOTHING,
) -> FeedMessage:
    """Decode one message of one address. `repeated` are entity ids it once gave to several alerts,
    `known` what the entities of its message before came to.

    Raises SourceFault when nothing of it can be taken: empty, not protobuf, without its required
    fields, DIFFERENTIAL, or beyond all measure.
    """
    slices = _cut(body)
    header = _header(slices.header)
    notes: Notes = Counter()
    sorting = _Sorting(Speaker(feed_id, source, header.timestamp), notes, repeated)
    read = sorting.take_all(slices.entities, known)
    if slices.entities and not sorting.ids:
        raise SourceFault(
            "missing_fields",
            "Aucune entité du message n'est lisible : il y manque des champs obligatoires.",
        )
    return FeedMessage(
        timestamp=header.timestamp if header.HasField("timestamp") else None,
        realtime_version=text(header.gtfs_realtime_version, notes),
        feed_version=text(header.feed_version, notes) or None,
        counts=KindCounts(**sorting.kinds),
        statements=sorting.statements(),
        repeated=sorting.alerts.repeated,
        notes=+notes,
        read=read,
    )


def walk_entity(record: Record, content: bytes, *, feed_id: str, source: int) -> tuple[Told, Notes]:
    """The event of one statement of `decode_message`, and the doubts it raises, by code."""
    if record.kind is EntityKind.TRIP_UPDATE:
        return walk_trip_update(content, feed_id=feed_id, source=source)
    name = parts_of(record.key)[2]
    if record.kind is EntityKind.VEHICLE:
        return walk_vehicle_position(content, feed_id=feed_id, source=source, vehicle_key=name)
    return walk_alert(content, feed_id=feed_id, source=source, alert_id=name)


class _Sorting:
    """What the entities of a message come to, one after the other, in any order."""

    def __init__(self, speaker: Speaker, notes: Notes, repeated: frozenset[str]) -> None:
        self._notes = notes
        self.ids: set[str] = set()
        self.kinds: Counter[str] = Counter()
        self.updates = TripUpdates(speaker, notes)
        self.vehicles = Vehicles(speaker, notes)
        self.alerts = Alerts(speaker, notes, repeated)

    def take_all(
        self, pieces: Iterable[bytes], known: Mapping[bytes, ReadUpdate]
    ) -> dict[bytes, ReadUpdate]:
        """Serialised entities; returns what can be known again by its bytes next time."""
        read: dict[bytes, ReadUpdate] = {}
        for piece in pieces:
            update = known.get(piece)
            if update is not None:
                self.take_known(update)
            elif (entity := _entity(piece, self._notes)) is not None:
                update = self.take(entity)
            if update is not None:
                read[piece] = update
        return read

    def take(self, entity: gtfs_rt.FeedEntity) -> ReadUpdate | None:
        """One doubtful part of an entity never costs its others, nor another entity.

        Returns what it came to where that can be known again by its bytes.
        """
        doubts = self._notes.total()
        name = text(entity.id, self._notes)
        certain = self._notes.total() == doubts
        self._named(name)
        carried = _kinds(entity)
        self.kinds.update(carried)
        if entity.is_deleted:
            return None
        modified = any(map(entity.HasField, _MODIFICATIONS))
        self._notes["modifications_not_taken"] += modified
        update: ReadUpdate | None = None
        for kind in EntityKind:
            if entity.HasField(kind.value):
                try:
                    update = self._take_part(kind, name, entity) or update
                except Doubtful as doubt:
                    self._notes[doubt.args[0]] += 1
        return update if certain and carried == _UPDATE_ALONE and not modified else None

    def statements(self) -> Statements:
        """What was said, of every kind."""
        return {
            **self.updates.statements(),
            **self.vehicles.statements(),
            **self.alerts.statements(),
        }

    def take_known(self, update: ReadUpdate) -> None:
        """An entity whose bytes were in the message before."""
        self._named(update.name)
        self.kinds.update(_UPDATE_ALONE)
        self.updates.take(update)

    def _named(self, name: str) -> None:
        if name in self.ids:
            self._notes["entity_id_repeated"] += 1
        self.ids.add(name)

    def _take_part(
        self, kind: EntityKind, name: str, entity: gtfs_rt.FeedEntity
    ) -> ReadUpdate | None:
        if kind is EntityKind.TRIP_UPDATE:
            update = self.updates.read(name, entity.trip_update)
            self.updates.take(update)
            return update
        if kind is EntityKind.VEHICLE:
            self.vehicles.take(name, entity.vehicle)
        else:
            self.alerts.take(name, entity.alert)
        return None


def _cut(body: bytes) -> Slices:
    if not body.strip():
        raise SourceFault("empty", "La réponse est vide.")
    try:
        slices = cut(body, most_entities=MOST_ENTITIES)
    except Corrupt:
        raise _not_protobuf(body) from None
    if slices is None:
        raise SourceFault(
            "too_many_entities", f"Le message contient plus de {MOST_ENTITIES} entités."
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
    """One entity, None where it cannot be read. They are never all there as objects at once."""
    if len(piece) > LARGEST_ENTITY:
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


def _kinds(entity: gtfs_rt.FeedEntity) -> list[str]:
    """What the entity carries, by the names of KindCounts."""
    if entity.is_deleted:
        return ["deleted"]
    carried = [kind for part, kind in _KINDS.items() if entity.HasField(part)]
    return carried or ["other"]
