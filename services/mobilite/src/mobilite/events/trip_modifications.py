"""`mobilite.trip-modifications.v1`: detours of operators' trips, with their shapes and stops.

https://gtfs.org/documentation/realtime/reference/#message-tripmodifications
"""

from pydantic import Field

from mobilite.events.alert import Translation
from mobilite.events.part import Part, key_of
from mobilite.events.trip_update import PosixSeconds, ServiceDay, ServiceTime
from socle.events import Event


class StopSelector(Part):
    """Selects a call of a trip. At least one of the two is given."""

    stop_sequence: int | None = Field(default=None, ge=0, description="As in stop_times.txt")
    stop_id: str | None = Field(default=None, description="As in stops.txt")


class ReplacementStop(Part):
    """A stop that the detour serves."""

    stop_id: str = Field(description="As in stops.txt, or of a stop published in real time")
    travel_time_to_stop: int | None = Field(
        default=None, description="Seconds from the call before start_stop_selector, or the first"
    )


class Modification(Part):
    """Calls that are replaced by others, or stops that are inserted."""

    start_stop_selector: StopSelector = Field(
        description="The first call that is replaced; without an end, the stops come before it"
    )
    end_stop_selector: StopSelector | None = Field(
        default=None, description="The last one; absent: none is replaced"
    )
    propagated_modification_delay: int | None = Field(
        default=None, description="Seconds that the calls after it are later"
    )
    replacement_stops: tuple[ReplacementStop, ...] = Field(
        default=(), description="The stops served instead, in order"
    )
    service_alert_id: str | None = Field(
        default=None, description="Id of the alert about it at the same address"
    )
    last_modified_time: PosixSeconds | None = Field(
        default=None, description="When it was last changed, POSIX seconds"
    )


class SelectedTrips(Part):
    """The trips that are modified, with the shape they have then."""

    trip_ids: tuple[str, ...] = Field(default=(), description="As in trips.txt")
    shape_id: str | None = Field(
        default=None, description="As in shapes.txt, or of a shape published in real time"
    )


class TripModifications(Part):
    """The modifications of some trips on some days."""

    selected_trips: tuple[SelectedTrips, ...] = Field(default=(), description="Which trips")
    start_times: tuple[ServiceTime, ...] = Field(
        default=(), description="Which runs of a frequency-based trip, HH:MM:SS; none: all"
    )
    service_dates: tuple[ServiceDay, ...] = Field(
        default=(), description="On which service days, YYYYMMDD"
    )
    modifications: tuple[Modification, ...] = Field(
        default=(), description="What is changed, in the order of the calls"
    )


class RealTimeShape(Part):
    """A shape that is not in the schedule."""

    shape_id: str = Field(min_length=1, description="Its id")
    encoded_polyline: str = Field(min_length=1, description="Google's polyline format, 5 decimals")


class RealTimeStop(Part):
    """A stop that is not in the schedule."""

    stop_id: str = Field(min_length=1, description="Its id")
    stop_code: tuple[Translation, ...] = Field(default=(), description="Text on the stop")
    stop_name: tuple[Translation, ...] = Field(default=(), description="Its name")
    tts_stop_name: tuple[Translation, ...] = Field(default=(), description="Its name to be spoken")
    stop_desc: tuple[Translation, ...] = Field(default=(), description="Where it is, in words")
    stop_lat: float | None = Field(default=None, ge=-90, le=90, description="Degrees north")
    stop_lon: float | None = Field(default=None, ge=-180, le=180, description="Degrees east")
    zone_id: str | None = Field(default=None, description="Its fare zone")
    stop_url: tuple[Translation, ...] = Field(default=(), description="Web address about it")
    parent_station: str | None = Field(default=None, description="Its station, as in stops.txt")
    stop_timezone: str | None = Field(default=None, description="Its IANA time zone")
    wheelchair_boarding: int | None = Field(
        default=None, ge=0, le=2, description="0 unknown, 1 possible, 2 not possible"
    )
    level_id: str | None = Field(default=None, description="As in levels.txt")
    platform_code: tuple[Translation, ...] = Field(default=(), description="Its platform")


class TripModificationsV1(Event, topic="mobilite.trip-modifications.v1", kind="table"):
    """One GTFS-RT entity with a TripModifications, a Shape or a Stop, validated on receipt.

    Key: `feed:source_index:entity_id`. Deleted by a tombstone as soon as its address no longer
    publishes it. Its age is that of its address (FeedPollV1).
    """

    feed_id: str = Field(min_length=1, description="Id of the feed in feeds.toml")
    source_index: int = Field(
        ge=0, description="Which of the feed's gtfs_rt addresses published it, from 0"
    )
    entity_id: str = Field(
        min_length=1,
        description="Id of the entity, which trip updates refer to as modifications_id",
    )
    trip_modifications: TripModifications | None = Field(
        default=None, description="The detour of some trips"
    )
    shape: RealTimeShape | None = Field(default=None, description="A shape that detours use")
    stop: RealTimeStop | None = Field(default=None, description="A stop that detours use")

    def key(self) -> str:
        return key_of(self.feed_id, self.source_index, self.entity_id)
