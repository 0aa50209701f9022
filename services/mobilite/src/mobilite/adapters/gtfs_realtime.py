"""Decoding GTFS-Realtime: from the bytes of a message to what each run is said to do.

https://gtfs.org/documentation/realtime/reference/ . The parse is quick; walking the result in
Python is not, so a TripUpdate is kept serialised and walked (`adapters.trip_update`) only when it
differs from the round before.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from google.protobuf.message import DecodeError
from google.transit import gtfs_realtime_pb2 as gtfs_rt

from mobilite.adapters.feed_slices import Corrupt, Slices, cut
from mobilite.adapters.trip_update import Doubtful, descriptor, properties, text
from mobilite.domain.feed_message import FeedMessage, KindCounts
from mobilite.domain.round import Statement
from mobilite.events.trip_update import run_key
from mobilite.ports import SourceFault

MOST_ENTITIES = 100_000
LARGEST_ENTITY = 1024 * 1024
"""Bytes of one entity, before it is parsed: objects take up to forty times as much."""
LARGEST_UPDATE = 64 * 1024
"""Bytes of one TripUpdate: some thousand stops, and well within the record limit of a broker."""
_KINDS = {"trip_update": "trip_updates", "vehicle": "vehicle_positions", "alert": "alerts"}


def decode_message(body: bytes, *, feed_id: str, source: int) -> FeedMessage:
    """Decode one message of one address.

    Raises SourceFault when nothing of it can be taken: empty, not protobuf, without its required
    fields, DIFFERENTIAL, or beyond all measure.
    """
    slices = _cut(body)
    header = _header(slices.header)
    notes: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    ids: set[str] = set()
    statements: dict[str, Statement[bytes]] = {}
    for entity in _entities(slices.entities, notes):
        if entity.id in ids:
            notes["entity_id_repeated"] += 1
        ids.add(entity.id)
        kinds.update(_kinds(entity))
        if entity.HasField("trip_update") and not entity.is_deleted:
            _take(entity.trip_update, statements, notes, feed_id=feed_id, source=source)
    if slices.entities and not ids:
        raise SourceFault(
            "missing_fields",
            "Aucune entité du message n'est lisible : il y manque des champs obligatoires.",
        )
    return FeedMessage(
        timestamp=header.timestamp if header.HasField("timestamp") else None,
        realtime_version=text(header.gtfs_realtime_version, notes),
        feed_version=text(header.feed_version, notes) or None,
        counts=KindCounts(**kinds),
        statements=statements,
        notes=notes,
    )


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


def _entities(serialised: Iterable[bytes], notes: Counter[str]) -> Iterator[gtfs_rt.FeedEntity]:
    """The readable entities, one at a time: never all of them as objects at once."""
    for piece in serialised:
        if len(piece) > LARGEST_ENTITY:
            notes["update_too_large"] += 1
            continue
        entity = gtfs_rt.FeedEntity()
        try:
            entity.ParseFromString(piece)
        except DecodeError:
            notes["entity_unreadable"] += 1
            continue
        if entity.IsInitialized():
            yield entity
        else:
            notes["entity_unreadable"] += 1


def _kinds(entity: gtfs_rt.FeedEntity) -> list[str]:
    """What the entity carries, by the names of KindCounts."""
    if entity.is_deleted:
        return ["deleted"]
    carried = [kind for part, kind in _KINDS.items() if entity.HasField(part)]
    return carried or ["other"]


def _take(
    update: gtfs_rt.TripUpdate,
    statements: dict[str, Statement[bytes]],
    notes: Counter[str],
    *,
    feed_id: str,
    source: int,
) -> None:
    content = update.SerializeToString(deterministic=True)
    try:
        if len(content) > LARGEST_UPDATE:
            raise Doubtful("update_too_large")
        trip = descriptor(update.trip, notes)
        key = run_key(feed_id, trip, properties(update.trip_properties, notes))
    except Doubtful as doubt:
        notes[doubt.args[0]] += 1
        return
    if key in statements:
        notes["trip_repeated"] += 1
        if statements[key].timestamp >= update.timestamp:
            return
    statements[key] = Statement(source, update.timestamp, content)
