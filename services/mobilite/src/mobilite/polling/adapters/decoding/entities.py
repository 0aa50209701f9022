"""Assigns the entities of one message to table records.

The result does not depend on the order of the entities, which can differ from message to message.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from google.transit import gtfs_realtime_pb2 as gtfs_rt

from mobilite.events.part import key_of
from mobilite.events.trip_update import run_key
from mobilite.gtfs.domain.freshness import LAST_PLAUSIBLE, LIVE_SECONDS
from mobilite.polling.adapters.decoding.alert import check_alert
from mobilite.polling.adapters.decoding.descriptors import (
    Notes,
    RejectedEntity,
    decode_trip_descriptor,
    decode_vehicle_descriptor,
)
from mobilite.polling.adapters.decoding.trip_update import decode_trip_properties
from mobilite.polling.adapters.decoding.vehicle_position import decode_trip_served
from mobilite.polling.domain.entity_state import SourceStatement
from mobilite.polling.domain.feed_message import DecodedUpdate, EntityType, Record

MAX_UPDATE_BYTES: Final = 64 * 1024
"""Bytes of one TripUpdate or VehiclePosition: well within the record limit of a broker. Alerts
have their own limits (`polling.adapters.decoding.alert`).
"""
MAX_STOPS: Final = 500
"""Stops of one update."""
MAX_ADDED_STOPS: Final = 50_000
"""Stops of all runs outside the timetable in one message: boards search them one by one."""
MAX_VEHICLES: Final = 50_000
"""Vehicles of one message."""
MAX_ALERTS: Final = 5_000
"""Alerts of one message."""
MAX_NAME_LENGTH: Final = 200
"""Characters of an id in a key; a longer one is replaced by its digest."""

_ADDING: Final = frozenset({"ADDED", "NEW", "REPLACEMENT", "DUPLICATED"})
"""The relationships counted for MAX_ADDED_STOPS. Not UNSCHEDULED: it usually names a run of the
timetable (frequencies.txt), which a message alone cannot tell."""
_TOO_MANY: Final = {
    EntityType.VEHICLE: "vehicles_too_many",
    EntityType.ALERT: "alerts_too_many",
    EntityType.TRIP_MODIFICATIONS: "modifications_too_many",
}
T = TypeVar("T")
Statements = Mapping[Record, SourceStatement[bytes]]
"""Serialised entities by record."""


@dataclass(frozen=True, slots=True)
class FeedSource:
    """Where and when a message was published."""

    feed_id: str
    source: int
    """The number of the address in its feed."""
    timestamp: int
    """The header timestamp, in POSIX seconds; 0 if there is none."""

    def is_outdated(self, timestamp: int) -> bool:
        """Whether an entity with that timestamp was measured too long before its message. False
        if one of the two is unknown or implausible."""
        known = 0 < timestamp < LAST_PLAUSIBLE and self.timestamp < LAST_PLAUSIBLE
        return known and self.timestamp - timestamp > LIVE_SECONDS


class TripUpdates:
    """The trip updates of a message: for each run the latest one, of equally late ones the
    longest."""

    def __init__(self, feed_source: FeedSource, notes: Notes) -> None:
        self._feed_source, self._notes = feed_source, notes
        self._statements: dict[Record, SourceStatement[bytes]] = {}
        self._added_stops: dict[Record, int] = {}

    def read(self, name: str, update: gtfs_rt.TripUpdate) -> DecodedUpdate:
        """Decode the update of the entity with the id `name`. Raises RejectedEntity if it
        identifies no run or is too large."""
        content = _content(update)
        if len(update.stop_time_update) > MAX_STOPS:
            raise RejectedEntity("update_too_large")
        ignored = Notes()  # these doubts are reported when the entity is converted
        feed_id = self._feed_source.feed_id
        trip = decode_trip_descriptor(update.trip, ignored, feed_id=feed_id)
        properties = decode_trip_properties(update.trip_properties, ignored, feed_id=feed_id)
        record = Record(EntityType.TRIP_UPDATE, run_key(feed_id, trip, properties))
        statement = SourceStatement(self._feed_source.source, update.timestamp, content)
        added_stops = (
            len(update.stop_time_update) if trip.schedule_relationship in _ADDING else None
        )
        return DecodedUpdate(name, record, statement, added_stops, _predicts(update))

    def take(self, decoded: DecodedUpdate) -> None:
        """Add an update, decoded from this message or known from the previous one."""
        record, statement = decoded.record, decoded.statement
        if decoded.added_stops is not None:
            self._added_stops[record] = max(decoded.added_stops, self._added_stops.get(record, 0))
        if record in self._statements:
            self._notes["trip_repeated"] += 1
            statement = max(statement, self._statements[record], key=_rank)
        self._statements[record] = statement
        if decoded.predicts and self._feed_source.is_outdated(decoded.statement.timestamp):
            self._notes["updates_old"] += 1

    def statements(self) -> Statements:
        """The statement of each run, without the added runs beyond `MAX_ADDED_STOPS`. To be called
        once."""
        # Sorted, so that the limit does not depend on the order of the entities.
        left = MAX_ADDED_STOPS
        for record in sorted(self._added_stops):
            left -= self._added_stops[record]
            if left < 0:
                self._notes["own_runs_too_many"] += 1
                del self._statements[record]
        return self._statements


@dataclass(frozen=True, slots=True)
class _Sighting:
    """The vehicle of one entity."""

    names: Mapping[str, str]
    """Its possible names, by their type (`_NAMES`); without empty ones."""
    statement: SourceStatement[bytes]


_NAMES: Final = ("id", "label", "plate", "run", "entity")
"""Types of names of a vehicle, the most reliable first."""


class Vehicles:
    """The vehicles of a message, each by its most reliable name.

    An id is unique. Two vehicles that share any other name (a label that is the route's, a run
    of a frequency) use the next name; two entities that share all names use their content.
    """

    def __init__(self, feed_source: FeedSource, notes: Notes) -> None:
        self._feed_source, self._notes = feed_source, notes
        self._sightings: list[_Sighting] = []

    def take(self, entity_id: str, vehicle: gtfs_rt.VehiclePosition) -> None:
        """Add the vehicle of an entity. Raises RejectedEntity if it is empty or too large."""
        # The ignored doubts are reported when the entity is converted.
        content, ignored = _content(vehicle), Notes()
        if not any(map(vehicle.HasField, ("position", "trip", "stop_id", "occupancy_status"))):
            raise RejectedEntity("vehicle_empty")
        feed_id = self._feed_source.feed_id
        descriptor = decode_vehicle_descriptor(vehicle.vehicle, ignored, feed_id=feed_id)
        trip = decode_trip_served(vehicle, ignored, feed_id=feed_id)
        run = trip and key_of(trip.trip_id, trip.route_id, trip.start_date, trip.start_time)
        names = {
            "id": descriptor["id"],
            "label": descriptor["label"],
            "plate": descriptor["license_plate"],
            "run": run,
            "entity": entity_id or "-",
        }
        statement = SourceStatement(self._feed_source.source, vehicle.timestamp, content)
        self._sightings.append(_Sighting({n: v for n, v in names.items() if v}, statement))
        if self._feed_source.is_outdated(vehicle.timestamp):
            self._notes["positions_old"] += 1

    def statements(self) -> Statements:
        """The statement of each vehicle; the latest one if the message repeats a vehicle."""
        found: dict[str, SourceStatement[bytes]] = {}
        pending = self._sightings
        for name_type in _NAMES:
            groups = _grouped((each.names.get(name_type, ""), each) for each in pending)
            pending = groups.pop("", [])
            for value, group in groups.items():
                if len(group) == 1 or self._is_one_vehicle(name_type, group):
                    key = _bounded(value if name_type == "id" else f"{name_type}={value}")
                    found[key] = max((each.statement for each in group), key=_rank)
                    self._notes["vehicle_repeated"] += len(group) - 1
                elif name_type == "entity":
                    for each in group:
                        found[_bounded(f"entity={value}", each.statement.content)] = each.statement
                else:
                    pending += group
        return limited(EntityType.VEHICLE, found, MAX_VEHICLES, self._feed_source, self._notes)

    @staticmethod
    def _is_one_vehicle(name_type: str, group: list[_Sighting]) -> bool:
        """Whether sightings with one name are of one vehicle: always if it is an id; if it is a
        label or plate, only on one run."""
        if name_type not in ("label", "plate"):
            return name_type == "id"
        runs = {each.names.get("run") for each in group}
        return len(runs) == 1 and None not in runs


class Alerts:
    """The alerts of a message by entity id.

    If a message repeats an entity id (some use "0" for every entity), the name of each of its
    alerts is the id with a digest of the content: it is the same as long as the content is. An id
    that an earlier message repeated is treated in the same way.
    """

    def __init__(self, feed_source: FeedSource, notes: Notes, repeated: frozenset[str]) -> None:
        """`repeated`: the entity ids that earlier messages repeated."""
        self._feed_source, self._notes = feed_source, notes
        self._repeated_before = repeated
        self._statements: list[tuple[str, SourceStatement[bytes]]] = []
        self.repeated: frozenset[str] = frozenset()
        """The entity ids repeated by this message or before; set by `statements`."""

    def take(self, entity_id: str, alert: gtfs_rt.Alert) -> None:
        """Add the alert of an entity. Raises RejectedEntity if it is not usable."""
        check_alert(alert, feed_id=self._feed_source.feed_id)
        content = alert.SerializeToString(deterministic=True)
        self._statements.append((entity_id, SourceStatement(self._feed_source.source, 0, content)))

    def statements(self) -> Statements:
        """The statement of each alert. Sets `repeated`."""
        groups = _grouped(self._statements)
        self.repeated = frozenset(
            name
            for name, group in groups.items()
            if len(group) > 1 or name in self._repeated_before
        )
        found: dict[str, SourceStatement[bytes]] = {}
        for name, group in groups.items():
            for statement in group:
                with_digest = name in self.repeated or not name
                found[_bounded(name, statement.content if with_digest else None)] = statement
        return limited(EntityType.ALERT, found, MAX_ALERTS, self._feed_source, self._notes)


def _predicts(update: gtfs_rt.TripUpdate) -> bool:
    """Whether it has predicted times. A cancellation or a skipped stop stays valid without a
    recent measurement."""
    relationship = update.trip.schedule_relationship
    if relationship in (gtfs_rt.TripDescriptor.CANCELED, gtfs_rt.TripDescriptor.DELETED):
        return False
    return update.HasField("delay") or any(
        stop.HasField("arrival") or stop.HasField("departure") for stop in update.stop_time_update
    )


def _content(message: gtfs_rt.TripUpdate | gtfs_rt.VehiclePosition) -> bytes:
    """The message serialised, always in the same way. Raises RejectedEntity if it is too large."""
    content = message.SerializeToString(deterministic=True)
    if len(content) > MAX_UPDATE_BYTES:
        raise RejectedEntity("update_too_large")
    return content


def _rank(statement: SourceStatement[bytes]) -> tuple[int, int, bytes]:
    """Of several statements about one entity, the one with the greatest rank is used."""
    return statement.timestamp, len(statement.content), statement.content


def _grouped(named: Iterable[tuple[str, T]]) -> dict[str, list[T]]:
    groups: dict[str, list[T]] = {}
    for name, each in named:
        groups.setdefault(name, []).append(each)
    return groups


def _bounded(name: str, content: bytes | None = None) -> str:
    """A name of limited length; with a digest of `content` if the name is not unique."""
    if len(name) > MAX_NAME_LENGTH:
        name = f"{name[:50]}~{_digest(name.encode('utf-8', 'replace'))}"
    return name if content is None else f"{name}~{_digest(content)}"


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=8).hexdigest()


def limited(
    entity_type: EntityType,
    found: Mapping[str, SourceStatement[bytes]],
    limit: int,
    feed_source: FeedSource,
    notes: Notes,
) -> Statements:
    """At most `limit` records. Which ones does not depend on the order of the entities."""
    retained = sorted(found)
    if len(retained) > limit:
        notes[_TOO_MANY[entity_type]] += len(retained) - limit
    return {
        Record(entity_type, key_of(feed_source.feed_id, feed_source.source, name)): found[name]
        for name in retained[:limit]
    }
