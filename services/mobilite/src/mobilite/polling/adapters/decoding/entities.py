"""Sorting the entities of one message by the record each becomes.

Nothing here depends on the order of the entities, which an operator may shuffle at will.
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
from mobilite.polling.adapters.decoding.descriptors import Doubtful, Notes, descriptor, vehicle_of
from mobilite.polling.adapters.decoding.trip_update import properties
from mobilite.polling.adapters.decoding.vehicle_position import trip_served
from mobilite.polling.domain.entity_state import Statement
from mobilite.polling.domain.feed_message import EntityKind, ReadUpdate, Record

LARGEST_UPDATE: Final = 64 * 1024
"""Bytes of one TripUpdate or VehiclePosition: well within the record limit of a broker. Alerts have
bounds of their own (`polling.adapters.decoding.alert`)."""
MOST_STOPS: Final = 500
"""Stops of one update."""
MOST_OWN_STOPS: Final = 50_000
"""Stops of all the runs an address tells of that no timetable holds: those are searched, not found
by their times."""
MOST_VEHICLES: Final = 50_000
MOST_ALERTS: Final = 5_000
LONGEST_NAME: Final = 200
"""Characters of an id that becomes a key; a longer one is known by its digest."""

_OWN: Final = frozenset({"ADDED", "NEW", "REPLACEMENT", "DUPLICATED"})
T = TypeVar("T")
Statements = Mapping[Record, Statement[bytes]]


@dataclass(frozen=True, slots=True)
class Speaker:
    """Whose message it is, and its header's timestamp as given."""

    feed_id: str
    source: int
    timestamp: int

    def finds_old(self, timestamp: int) -> bool:
        """Whether an entity was measured too long before its message was made."""
        known = 0 < timestamp < LAST_PLAUSIBLE and self.timestamp < LAST_PLAUSIBLE
        return known and self.timestamp - timestamp > LIVE_SECONDS


class TripUpdates:
    """The runs a message speaks of; the latest update of each, or else the one that says more."""

    def __init__(self, speaker: Speaker, notes: Notes) -> None:
        self._speaker, self._notes = speaker, notes
        self._said: dict[Record, Statement[bytes]] = {}
        self._own_stops: dict[Record, int] = {}

    def read(self, name: str, update: gtfs_rt.TripUpdate) -> ReadUpdate:
        """One update of the entity of that name. Raises Doubtful where it names no run, or is
        beyond all measure."""
        content = _content(update)
        if len(update.stop_time_update) > MOST_STOPS:
            raise Doubtful("update_too_large")
        scratch = Notes()  # what it has to say of the words is said again when they are walked
        trip = descriptor(update.trip, scratch, feed_id=self._speaker.feed_id)
        own = properties(update.trip_properties, scratch, feed_id=self._speaker.feed_id)
        record = Record(EntityKind.TRIP_UPDATE, run_key(self._speaker.feed_id, trip, own))
        said = Statement(self._speaker.source, update.timestamp, content)
        own_stops = len(update.stop_time_update) if trip.schedule_relationship in _OWN else None
        return ReadUpdate(name, record, said, own_stops, _predicts(update))

    def take(self, read: ReadUpdate) -> None:
        """One update more, read now or known from the message before."""
        record, said = read.record, read.said
        if read.own_stops is not None:
            self._own_stops[record] = max(read.own_stops, self._own_stops.get(record, 0))
        if record in self._said:
            self._notes["trip_repeated"] += 1
            said = max(said, self._said[record], key=_rank)
        self._said[record] = said
        if read.predicts and self._speaker.finds_old(read.said.timestamp):
            self._notes["updates_old"] += 1

    def statements(self) -> Statements:
        """Each run by its record; of those outside the timetable the same ones whatever their
        order."""
        left = MOST_OWN_STOPS
        for record in sorted(self._own_stops):
            left -= self._own_stops[record]
            if left < 0:
                self._notes["own_runs_too_many"] += 1
                del self._said[record]
        return self._said


@dataclass(frozen=True, slots=True)
class _Sighting:
    """A vehicle as one entity tells it, and what may name it, by `_NAMES`."""

    names: Mapping[str, str]
    said: Statement[bytes]


_NAMES: Final = ("id", "label", "plate", "run", "entity")


class Vehicles:
    """The vehicles a message speaks of, each by the surest of its names.

    An id is believed. Two vehicles that share any other name (a label that is the line's, a run of
    a frequency) go by the next one; two entities that share everything go by their content.
    """

    def __init__(self, speaker: Speaker, notes: Notes) -> None:
        self._speaker, self._notes = speaker, notes
        self._sightings: list[_Sighting] = []

    def take(self, entity_id: str, vehicle: gtfs_rt.VehiclePosition) -> None:
        """Raises Doubtful where it tells nothing, or is beyond all measure."""
        content, scratch = _content(vehicle), Notes()
        if not any(map(vehicle.HasField, ("position", "trip", "stop_id", "occupancy_status"))):
            raise Doubtful("vehicle_empty")
        feed_id = self._speaker.feed_id
        own = vehicle_of(vehicle.vehicle, scratch, feed_id=feed_id)
        trip = trip_served(vehicle, scratch, feed_id=feed_id)
        run = trip and key_of(trip.trip_id, trip.route_id, trip.start_date, trip.start_time)
        names = {
            "id": own["id"],
            "label": own["label"],
            "plate": own["license_plate"],
            "run": run,
            "entity": entity_id or "-",
        }
        said = Statement(self._speaker.source, vehicle.timestamp, content)
        self._sightings.append(_Sighting({n: v for n, v in names.items() if v}, said))
        if self._speaker.finds_old(vehicle.timestamp):
            self._notes["positions_old"] += 1

    def statements(self) -> Statements:
        """Each vehicle by its record."""
        found: dict[str, Statement[bytes]] = {}
        pending = self._sightings
        for name in _NAMES:
            groups = _grouped((each.names.get(name, ""), each) for each in pending)
            pending = groups.pop("", [])
            for value, group in groups.items():
                if len(group) == 1 or self._are_one(name, group):
                    key = _bounded(value if name == "id" else f"{name}={value}")
                    found[key] = max((each.said for each in group), key=_rank)
                    self._notes["vehicle_repeated"] += len(group) - 1
                elif name == "entity":
                    for each in group:
                        found[_bounded(f"entity={value}", each.said.content)] = each.said
                else:
                    pending += group
        return _records(EntityKind.VEHICLE, found, MOST_VEHICLES, self._speaker, self._notes)

    @staticmethod
    def _are_one(name: str, group: list[_Sighting]) -> bool:
        runs = {each.names.get("run") for each in group}
        return name == "id" or (name in ("label", "plate") and len(runs) == 1 and None not in runs)


class Alerts:
    """The alerts a message speaks of, by the id of their entity.

    Where a message repeats an id (some number every entity "0"), each goes by its content besides,
    so that it keeps its name as long as its words; so does an id known to have been `repeated`.
    """

    def __init__(self, speaker: Speaker, notes: Notes, repeated: frozenset[str]) -> None:
        self._speaker, self._notes = speaker, notes
        self._known = repeated
        self._said: list[tuple[str, Statement[bytes]]] = []
        self.repeated: frozenset[str] = frozenset()

    def take(self, entity_id: str, alert: gtfs_rt.Alert) -> None:
        """Raises Doubtful where it says nothing."""
        check_alert(alert, feed_id=self._speaker.feed_id)
        content = alert.SerializeToString(deterministic=True)
        self._said.append((entity_id, Statement(self._speaker.source, 0, content)))

    def statements(self) -> Statements:
        """Each alert by its record; sets `repeated`."""
        groups = _grouped(self._said)
        self.repeated = frozenset(
            name for name, group in groups.items() if len(group) > 1 or name in self._known
        )
        found: dict[str, Statement[bytes]] = {}
        for name, group in groups.items():
            for said in group:
                apart = name in self.repeated or not name
                found[_bounded(name, said.content if apart else None)] = said
        return _records(EntityKind.ALERT, found, MOST_ALERTS, self._speaker, self._notes)


def _predicts(update: gtfs_rt.TripUpdate) -> bool:
    """Whether it tells times. A cancellation, or a stop not served, is no less true for having been
    decided at dawn."""
    relationship = update.trip.schedule_relationship
    if relationship in (gtfs_rt.TripDescriptor.CANCELED, gtfs_rt.TripDescriptor.DELETED):
        return False
    return update.HasField("delay") or any(
        stop.HasField("arrival") or stop.HasField("departure") for stop in update.stop_time_update
    )


def _content(message: gtfs_rt.TripUpdate | gtfs_rt.VehiclePosition) -> bytes:
    content = message.SerializeToString(deterministic=True)
    if len(content) > LARGEST_UPDATE:
        raise Doubtful("update_too_large")
    return content


def _rank(said: Statement[bytes]) -> tuple[int, int, bytes]:
    return said.timestamp, len(said.content), said.content


def _grouped(named: Iterable[tuple[str, T]]) -> dict[str, list[T]]:
    groups: dict[str, list[T]] = {}
    for name, each in named:
        groups.setdefault(name, []).append(each)
    return groups


def _bounded(name: str, content: bytes | None = None) -> str:
    """A name of bearable length; with a digest of `content` where the name alone will not do."""
    if len(name) > LONGEST_NAME:
        name = f"{name[:50]}~{_digest(name.encode('utf-8', 'replace'))}"
    return name if content is None else f"{name}~{_digest(content)}"


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=8).hexdigest()


def _records(
    kind: EntityKind,
    found: Mapping[str, Statement[bytes]],
    most: int,
    speaker: Speaker,
    notes: Notes,
) -> Statements:
    """At most `most`, the same ones whatever their order."""
    kept = sorted(found)
    if len(kept) > most:
        notes[f"{kind}s_too_many"] += len(kept) - most
    return {
        Record(kind, key_of(speaker.feed_id, speaker.source, name)): found[name]
        for name in kept[:most]
    }
