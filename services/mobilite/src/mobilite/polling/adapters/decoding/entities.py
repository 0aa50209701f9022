"""Sorts the entities of one message by table record.

The result does not depend on the order of the entities, which an operator may shuffle.
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
"""Stops of all runs outside the timetable of one address: these are searched, not indexed by
time.
"""
MAX_VEHICLES: Final = 50_000
MAX_ALERTS: Final = 5_000
MAX_NAME_LENGTH: Final = 200
"""Characters of an id in a key; a longer one is replaced by its digest."""

_OWN: Final = frozenset({"ADDED", "NEW", "REPLACEMENT", "DUPLICATED"})
T = TypeVar("T")
Statements = Mapping[Record, SourceStatement[bytes]]


@dataclass(frozen=True, slots=True)
class FeedSource:
    """The address of a message, and its header timestamp."""

    feed_id: str
    source: int
    timestamp: int

    def is_outdated(self, timestamp: int) -> bool:
        """Whether an entity was measured too long before its message."""
        known = 0 < timestamp < LAST_PLAUSIBLE and self.timestamp < LAST_PLAUSIBLE
        return known and self.timestamp - timestamp > LIVE_SECONDS


class TripUpdates:
    """The trip updates of a message: per run the latest one, else the longest one."""

    def __init__(self, feed_source: FeedSource, notes: Notes) -> None:
        self._feed_source, self._notes = feed_source, notes
        self._statements: dict[Record, SourceStatement[bytes]] = {}
        self._own_stops: dict[Record, int] = {}

    def read(self, name: str, update: gtfs_rt.TripUpdate) -> DecodedUpdate:
        """Decode one update of the entity of that name. Raises RejectedEntity if it identifies
        no run or is too large."""
        content = _content(update)
        if len(update.stop_time_update) > MAX_STOPS:
            raise RejectedEntity("update_too_large")
        scratch = Notes()  # its doubts are reported when the entity is converted
        trip = decode_trip_descriptor(update.trip, scratch, feed_id=self._feed_source.feed_id)
        own = decode_trip_properties(
            update.trip_properties, scratch, feed_id=self._feed_source.feed_id
        )
        record = Record(EntityType.TRIP_UPDATE, run_key(self._feed_source.feed_id, trip, own))
        statement = SourceStatement(self._feed_source.source, update.timestamp, content)
        added_stops = len(update.stop_time_update) if trip.schedule_relationship in _OWN else None
        return DecodedUpdate(name, record, statement, added_stops, _predicts(update))

    def take(self, read: DecodedUpdate) -> None:
        """Add an update, decoded now or known from the previous message."""
        record, statement = read.record, read.statement
        if read.added_stops is not None:
            self._own_stops[record] = max(read.added_stops, self._own_stops.get(record, 0))
        if record in self._statements:
            self._notes["trip_repeated"] += 1
            statement = max(statement, self._statements[record], key=_rank)
        self._statements[record] = statement
        if read.predicts and self._feed_source.is_outdated(read.statement.timestamp):
            self._notes["updates_old"] += 1

    def statements(self) -> Statements:
        """Each run by its record; the limit on added runs does not depend on their order."""
        left = MAX_ADDED_STOPS
        for record in sorted(self._own_stops):
            left -= self._own_stops[record]
            if left < 0:
                self._notes["own_runs_too_many"] += 1
                del self._statements[record]
        return self._statements


@dataclass(frozen=True, slots=True)
class _Sighting:
    """A vehicle of one entity, and its possible names, by `_NAMES`."""

    names: Mapping[str, str]
    statement: SourceStatement[bytes]


_NAMES: Final = ("id", "label", "plate", "run", "entity")


class Vehicles:
    """The vehicles of a message, each by its most reliable name.

    An id is unique. Two vehicles that share any other name (a label that is the route's, a run
    of a frequency) use the next name; two entities that share all names use their content.
    """

    def __init__(self, feed_source: FeedSource, notes: Notes) -> None:
        self._feed_source, self._notes = feed_source, notes
        self._sightings: list[_Sighting] = []

    def take(self, entity_id: str, vehicle: gtfs_rt.VehiclePosition) -> None:
        """Raises RejectedEntity if it is empty or too large."""
        content, scratch = _content(vehicle), Notes()
        if not any(map(vehicle.HasField, ("position", "trip", "stop_id", "occupancy_status"))):
            raise RejectedEntity("vehicle_empty")
        feed_id = self._feed_source.feed_id
        own = decode_vehicle_descriptor(vehicle.vehicle, scratch, feed_id=feed_id)
        trip = decode_trip_served(vehicle, scratch, feed_id=feed_id)
        run = trip and key_of(trip.trip_id, trip.route_id, trip.start_date, trip.start_time)
        names = {
            "id": own["id"],
            "label": own["label"],
            "plate": own["license_plate"],
            "run": run,
            "entity": entity_id or "-",
        }
        statement = SourceStatement(self._feed_source.source, vehicle.timestamp, content)
        self._sightings.append(_Sighting({n: v for n, v in names.items() if v}, statement))
        if self._feed_source.is_outdated(vehicle.timestamp):
            self._notes["positions_old"] += 1

    def statements(self) -> Statements:
        """Each vehicle by its record."""
        found: dict[str, SourceStatement[bytes]] = {}
        pending = self._sightings
        for name in _NAMES:
            groups = _grouped((each.names.get(name, ""), each) for each in pending)
            pending = groups.pop("", [])
            for value, group in groups.items():
                if len(group) == 1 or self._are_one(name, group):
                    key = _bounded(value if name == "id" else f"{name}={value}")
                    found[key] = max((each.statement for each in group), key=_rank)
                    self._notes["vehicle_repeated"] += len(group) - 1
                elif name == "entity":
                    for each in group:
                        found[_bounded(f"entity={value}", each.statement.content)] = each.statement
                else:
                    pending += group
        return _records(EntityType.VEHICLE, found, MAX_VEHICLES, self._feed_source, self._notes)

    @staticmethod
    def _are_one(name: str, group: list[_Sighting]) -> bool:
        runs = {each.names.get("run") for each in group}
        return name == "id" or (name in ("label", "plate") and len(runs) == 1 and None not in runs)


class Alerts:
    """The alerts of a message by entity id.

    If a message repeats an id (some use "0" for every entity), a digest of the content is added,
    so that an alert has the same name as long as its content. The same holds for ids known as
    `repeated`.
    """

    def __init__(self, feed_source: FeedSource, notes: Notes, repeated: frozenset[str]) -> None:
        self._feed_source, self._notes = feed_source, notes
        self._known = repeated
        self._statements: list[tuple[str, SourceStatement[bytes]]] = []
        self.repeated: frozenset[str] = frozenset()

    def take(self, entity_id: str, alert: gtfs_rt.Alert) -> None:
        """Raises RejectedEntity if it is empty."""
        check_alert(alert, feed_id=self._feed_source.feed_id)
        content = alert.SerializeToString(deterministic=True)
        self._statements.append((entity_id, SourceStatement(self._feed_source.source, 0, content)))

    def statements(self) -> Statements:
        """Each alert by its record; sets `repeated`."""
        groups = _grouped(self._statements)
        self.repeated = frozenset(
            name for name, group in groups.items() if len(group) > 1 or name in self._known
        )
        found: dict[str, SourceStatement[bytes]] = {}
        for name, group in groups.items():
            for statement in group:
                apart = name in self.repeated or not name
                found[_bounded(name, statement.content if apart else None)] = statement
        return _records(EntityType.ALERT, found, MAX_ALERTS, self._feed_source, self._notes)


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
    content = message.SerializeToString(deterministic=True)
    if len(content) > MAX_UPDATE_BYTES:
        raise RejectedEntity("update_too_large")
    return content


def _rank(statement: SourceStatement[bytes]) -> tuple[int, int, bytes]:
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


def _records(
    entity_type: EntityType,
    found: Mapping[str, SourceStatement[bytes]],
    most: int,
    feed_source: FeedSource,
    notes: Notes,
) -> Statements:
    """At most `most` records, the same ones in any order."""
    retained = sorted(found)
    if len(retained) > most:
        notes[f"{entity_type}s_too_many"] += len(retained) - most
    return {
        Record(entity_type, key_of(feed_source.feed_id, feed_source.source, name)): found[name]
        for name in retained[:most]
    }
