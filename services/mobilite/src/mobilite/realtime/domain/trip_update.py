"""A TripUpdate with local ids.

Instants are POSIX seconds, GTFS times are seconds of the service day.
https://gtfs.org/documentation/realtime/reference/#message-tripupdate
"""

from dataclasses import dataclass
from typing import NamedTuple

from mobilite.gtfs.domain.enumerations import Access, Occupancy, StopRelationship, TripRelationship
from mobilite.gtfs.domain.service_date import ServiceDate


class StopTimeEvent(NamedTuple):
    """A predicted arrival or departure: POSIX seconds, or seconds late. `time` takes precedence.

    A tuple, which is created twice as fast: a large feed has sixty thousand of them per poll.
    `scheduled` is the schedule of an added trip, if given.
    """

    time: int | None = None
    delay: int | None = None
    scheduled: int | None = None

    def predicted(self, scheduled: int) -> int | None:
        """The predicted instant for a scheduled one; None if the event is empty."""
        if self.time is not None:
            return self.time
        return None if self.delay is None else scheduled + self.delay

    @property
    def announced(self) -> int | None:
        """The scheduled instant of an added trip, else its only time."""
        return self.time if self.scheduled is None else self.scheduled


@dataclass(frozen=True, slots=True)
class StopProperties:
    """Changes at one stop, times aside. `pickup` and `drop_off` are GTFS's codes 0–3."""

    assigned_stop_id: str | None = None
    headsign: str | None = None
    pickup: int | None = None
    drop_off: int | None = None
    occupancy: Occupancy | None = None


class StopTimeUpdate(NamedTuple):
    """The update of one stop of the run. A tuple, as its events are."""

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
    """The properties of a run outside the timetable."""

    trip_id: str | None = None
    start_date: ServiceDate | None = None
    start_time: int | None = None
    headsign: str | None = None
    short_name: str | None = None
    shape_id: str | None = None


@dataclass(frozen=True, slots=True)
class TripDescriptor:
    """The run of an update, a vehicle or an alert."""

    trip_id: str | None = None
    route_id: str | None = None
    direction_id: int | None = None
    start_date: ServiceDate | None = None
    start_time: int | None = None
    relationship: TripRelationship = "SCHEDULED"


@dataclass(frozen=True, slots=True)
class TripUpdate:
    """One TripUpdate of one feed."""

    key: str
    """The record key."""
    source: int
    seen_at: int
    """`measured_at`, or else when the update was published: determines the day if `start_date`
    is missing."""
    trip_id: str | None = None
    route_id: str | None = None
    direction_id: int | None = None
    start_date: ServiceDate | None = None
    start_time: int | None = None
    relationship: TripRelationship = "SCHEDULED"
    of_modified_trip: bool = False
    delay: int | None = None
    vehicle_access: Access = "unknown"
    measured_at: int | None = None
    """The operator's timestamp."""
    stop_updates: tuple[StopTimeUpdate, ...] = ()
    trip_properties: TripProperties | None = None
