"""What an operator says of one run, as the engine reads it: a TripUpdate with its ids still local.

The words are GTFS-Realtime's; instants are POSIX seconds, GTFS times seconds of the service day.
https://gtfs.org/documentation/realtime/reference/#message-tripupdate
"""

from dataclasses import dataclass
from typing import NamedTuple

from mobilite.gtfs.domain.enumerations import Access, Occupancy, StopRelationship, TripRelationship
from mobilite.gtfs.domain.service_date import ServiceDate


class StopTimeEvent(NamedTuple):
    """A predicted arrival or departure: POSIX seconds, or seconds late. `time` wins.

    A tuple, which is made twice as fast: a large feed says sixty thousand of them in one poll.
    `scheduled` is the instant an own run has for its schedule, where it says one.
    """

    time: int | None = None
    delay: int | None = None
    scheduled: int | None = None

    def predicted(self, scheduled: int) -> int | None:
        """The predicted instant beside the scheduled one; None where the event says nothing."""
        if self.time is not None:
            return self.time
        return None if self.delay is None else scheduled + self.delay

    @property
    def announced(self) -> int | None:
        """The instant an own run is announced for: its schedule, else the only time told."""
        return self.time if self.scheduled is None else self.scheduled


@dataclass(frozen=True, slots=True)
class StopProperties:
    """What changes at one stop beside its times. `pickup` and `drop_off` are GTFS's codes 0–3."""

    assigned_stop_id: str | None = None
    headsign: str | None = None
    pickup: int | None = None
    drop_off: int | None = None
    occupancy: Occupancy | None = None


class StopTimeUpdate(NamedTuple):
    """What is said of one stop of the run. A tuple, as its events are."""

    stop_sequence: int | None = None
    stop_id: str | None = None
    arrival: StopTimeEvent | None = None
    departure: StopTimeEvent | None = None
    relationship: StopRelationship = "SCHEDULED"
    properties: StopProperties | None = None

    @property
    def time(self) -> int | None:
        """An instant the update gives, whichever; None where it gives delays only."""
        for event in (self.departure, self.arrival):
            if event is not None and event.time is not None:
                return event.time
        return None


@dataclass(frozen=True, slots=True)
class TripProperties:
    """What a run outside the timetable has of its own."""

    trip_id: str | None = None
    start_date: ServiceDate | None = None
    start_time: int | None = None
    headsign: str | None = None
    short_name: str | None = None
    shape_id: str | None = None


@dataclass(frozen=True, slots=True)
class TripDescriptor:
    """Which run is meant, as an update, a vehicle or an alert names it."""

    trip_id: str | None = None
    route_id: str | None = None
    direction_id: int | None = None
    start_date: ServiceDate | None = None
    start_time: int | None = None
    relationship: TripRelationship = "SCHEDULED"


@dataclass(frozen=True, slots=True)
class TripUpdate:
    """One TripUpdate of one feed.

    `key` identifies it within the feed (the table's record key). `measured_at` is the operator's
    word on when the progress of the run was measured; `seen_at` is that, or else when the update
    was published: it says which day is meant where `start_date` is missing.
    """

    key: str
    source: int
    seen_at: int
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
    stop_updates: tuple[StopTimeUpdate, ...] = ()
    own: TripProperties | None = None
