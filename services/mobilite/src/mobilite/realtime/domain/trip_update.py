"""A TripUpdate with local ids.

Instants are POSIX seconds, GTFS times are seconds of the service day.
https://gtfs.org/documentation/realtime/reference/#message-tripupdate
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

from mobilite.gtfs.domain.enumerations import Access, Occupancy, StopRelationship, TripRelationship
from mobilite.gtfs.domain.service_date import ServiceDate

ENDED: Final = ("CANCELED", "DELETED")
"""The relationships of updates after which a run takes place no more."""


class StopTimeEvent(NamedTuple):
    """A predicted arrival or departure.

    A tuple, which is created twice as fast: a large feed has sixty thousand of them per poll.
    """

    time: int | None = None
    """POSIX seconds; takes precedence over the delay."""
    delay: int | None = None
    """Seconds; negative if early."""
    scheduled: int | None = None
    """The scheduled time of a run outside the timetable, in POSIX seconds, if given."""

    def predicted(self, scheduled: int) -> int | None:
        """The predicted instant for a scheduled one; None without a time and a delay."""
        if self.time is not None:
            return self.time
        return None if self.delay is None else scheduled + self.delay

    @property
    def announced(self) -> int | None:
        """The scheduled instant, else the predicted one, of a run outside the timetable; None if
        the event has only a delay."""
        return self.time if self.scheduled is None else self.scheduled


@dataclass(frozen=True, slots=True)
class StopProperties:
    """Changes at one stop, except times. None: unchanged."""

    assigned_stop_id: str | None = None
    """The platform served instead, a local id."""
    headsign: str | None = None
    pickup: int | None = None
    """GTFS's pickup_type, 0–3."""
    drop_off: int | None = None
    """GTFS's drop_off_type, 0–3."""
    occupancy: Occupancy | None = None
    """At the departure."""


class StopTimeUpdate(NamedTuple):
    """The update of one stop of the run. A tuple, as `StopTimeEvent` is."""

    stop_sequence: int | None = None
    stop_id: str | None = None
    arrival: StopTimeEvent | None = None
    departure: StopTimeEvent | None = None
    relationship: StopRelationship = "SCHEDULED"
    properties: StopProperties | None = None

    @property
    def time(self) -> int | None:
        """An instant of the update; None if it has only delays."""
        for event in (self.departure, self.arrival):
            if event is not None and event.time is not None:
                return event.time
        return None


@dataclass(frozen=True, slots=True)
class TripProperties:
    """The properties of a run outside the timetable; the ids and start of a DUPLICATED run."""

    trip_id: str | None = None
    start_date: ServiceDate | None = None
    start_time: int | None = None
    """Seconds of the service day."""
    headsign: str | None = None
    short_name: str | None = None
    shape_id: str | None = None


@dataclass(frozen=True, slots=True)
class TripDescriptor:
    """Selects the run of an update, a vehicle or an alert."""

    trip_id: str | None = None
    route_id: str | None = None
    direction_id: int | None = None
    start_date: ServiceDate | None = None
    start_time: int | None = None
    """Seconds of the service day."""
    relationship: TripRelationship = "SCHEDULED"


@dataclass(frozen=True, slots=True)
class TripUpdate:
    """One TripUpdate of one feed."""

    key: str
    """The record key."""
    source: int
    """The number of the address in its feed."""
    seen_at: int
    """`measured_at`, else when the update was published, in POSIX seconds: determines the day if
    `start_date` is missing."""
    trip_id: str | None = None
    route_id: str | None = None
    direction_id: int | None = None
    start_date: ServiceDate | None = None
    start_time: int | None = None
    """Seconds of the service day."""
    relationship: TripRelationship = "SCHEDULED"
    modifications_id: str | None = None
    """The id of the TripModifications entity, if its descriptor selects a modified trip."""
    delay: int | None = None
    """Of the trip, in seconds."""
    vehicle_access: Access = "unknown"
    """Wheelchair accessibility of the vehicle."""
    measured_at: int | None = None
    """The operator's timestamp, in POSIX seconds."""
    stop_updates: tuple[StopTimeUpdate, ...] = ()
    trip_properties: TripProperties | None = None
