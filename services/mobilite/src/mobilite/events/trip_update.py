"""`mobilite.trip-update.v1`: operators' predictions and decisions for each run.

https://gtfs.org/documentation/realtime/reference/#message-tripupdate
"""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from mobilite.events.part import Part, key_of
from mobilite.gtfs.domain.enumerations import StopRelationship, TripRelationship
from mobilite.gtfs.domain.freshness import LAST_PLAUSIBLE
from socle.events import Event

PickupDropOff = Literal["REGULAR", "NONE", "PHONE_AGENCY", "COORDINATE_WITH_DRIVER"]
WheelchairAccess = Literal[
    "NO_VALUE", "UNKNOWN", "WHEELCHAIR_ACCESSIBLE", "WHEELCHAIR_INACCESSIBLE"
]
Occupancy = Literal[
    "EMPTY",
    "MANY_SEATS_AVAILABLE",
    "FEW_SEATS_AVAILABLE",
    "STANDING_ROOM_ONLY",
    "CRUSHED_STANDING_ROOM_ONLY",
    "FULL",
    "NOT_ACCEPTING_PASSENGERS",
    "NO_DATA_AVAILABLE",
    "NOT_BOARDABLE",
]
PosixSeconds = Annotated[int, Field(gt=0, lt=LAST_PLAUSIBLE)]
"""Seconds since 1970 UTC, before the year 2100: anything else is refused on receipt."""
LONGEST_DELAY = 172_800
"""Seconds, late or early: two days. Greater delays are mistakes."""
Delay = Annotated[int, Field(ge=-LONGEST_DELAY, le=LONGEST_DELAY)]
ServiceDay = Annotated[str, Field(pattern=r"^[0-9]{8}$")]
ServiceTime = Annotated[str, Field(pattern=r"^[0-9]{2,3}:[0-5][0-9]:[0-5][0-9]$")]


# Stop updates and their events are dicts: a large feed has 180,000 of them in one poll, and models
# take three times as long to validate and to parse. They must not be changed.


class StopTimeEvent(TypedDict, total=False):
    """A predicted arrival or departure. If both are given, `time` takes precedence over `delay`."""

    time: Annotated[PosixSeconds, Field(description="Predicted instant, POSIX seconds")]
    delay: Annotated[Delay, Field(description="Seconds late; negative when early")]
    uncertainty: Annotated[
        int, Field(ge=0, description="Expected error of the prediction in seconds; 0 is certain")
    ]
    scheduled_time: Annotated[
        PosixSeconds,
        Field(description="Scheduled instant of a NEW, REPLACEMENT or DUPLICATED trip"),
    ]


class StopTimeUpdate(TypedDict, total=False):
    """The update of one stop of the trip. At least one of stop_sequence and stop_id is given."""

    stop_sequence: Annotated[int, Field(ge=0, description="As in stop_times.txt")]
    stop_id: Annotated[str, Field(description="As in stops.txt, without the feed id")]
    arrival: Annotated[StopTimeEvent, Field(description="Predicted arrival")]
    departure: Annotated[StopTimeEvent, Field(description="Predicted departure")]
    schedule_relationship: Annotated[
        StopRelationship,
        Field(description="Relation of this stop to the static schedule"),
    ]
    departure_occupancy: Annotated[
        Occupancy, Field(description="How full the vehicle is expected to leave")
    ]
    assigned_stop_id: Annotated[
        str, Field(description="Stop or platform served instead, within the same station")
    ]
    stop_headsign: Annotated[str, Field(description="Headsign shown from this stop")]
    pickup_type: Annotated[PickupDropOff, Field(description="Boarding, when it changes")]
    drop_off_type: Annotated[PickupDropOff, Field(description="Alighting, when it changes")]


class TripDescriptor(Part):
    """Identifies a run of a trip.

    For an update by `modified_trip`, the ids are those of the affected trip, and
    `modifications_id` is the id of the TripModifications entity.
    """

    trip_id: str | None = Field(default=None, description="As in trips.txt, without the feed id")
    route_id: str | None = Field(default=None, description="As in routes.txt, without the feed id")
    direction_id: int | None = Field(default=None, ge=0, description="As in trips.txt")
    start_date: ServiceDay | None = Field(default=None, description="Service day, YYYYMMDD")
    start_time: ServiceTime | None = Field(
        default=None, description="Start of the run, HH:MM:SS; may exceed 24:00:00"
    )
    schedule_relationship: TripRelationship = Field(
        default="SCHEDULED", description="Relation of this run to the static schedule"
    )
    modifications_id: str | None = Field(
        default=None, description="TripModifications entity that the update assumes to be applied"
    )


class TripProperties(Part):
    """The properties of a DUPLICATED, NEW or REPLACEMENT run."""

    trip_id: str | None = Field(default=None, description="Id of the duplicated run")
    start_date: ServiceDay | None = Field(default=None, description="Its service day, YYYYMMDD")
    start_time: ServiceTime | None = Field(default=None, description="Its start, HH:MM:SS")
    shape_id: str | None = Field(default=None, description="Its shape")
    trip_headsign: str | None = Field(default=None, description="Its headsign")
    trip_short_name: str | None = Field(default=None, description="Its short name")


class VehicleDescriptor(Part):
    """The vehicle that serves the trip."""

    id: str | None = Field(default=None, description="Id within the feed, not shown to travellers")
    label: str | None = Field(default=None, description="What is written on it")
    license_plate: str | None = Field(default=None, description="Its plate")
    wheelchair_accessible: WheelchairAccess | None = Field(
        default=None, description="Accessibility of this vehicle, over that of trips.txt"
    )


class TripUpdateV1(Event, topic="mobilite.trip-update.v1", kind="table"):
    """One GTFS-RT TripUpdate, validated on receipt, with its texts unchanged.

    Deleted by a tombstone as soon as no address of the feed publishes it any more. Its age is that
    of its address (FeedPollV1), because unchanged updates are not published again.
    """

    feed_id: str = Field(min_length=1, description="Id of the feed in feeds.toml")
    source_index: int = Field(
        ge=0, description="Which of the feed's gtfs_rt addresses published it, from 0"
    )
    trip: TripDescriptor = Field(description="Its run")
    trip_properties: TripProperties | None = Field(
        default=None, description="Own properties of a duplicated, new or replacement run"
    )
    vehicle: VehicleDescriptor | None = Field(default=None, description="The vehicle, if named")
    timestamp: PosixSeconds | None = Field(
        default=None, description="Instant the progress was measured, POSIX seconds"
    )
    delay: Delay | None = Field(
        default=None,
        description="Delay of the whole trip in seconds, until a stop update gives its own",
    )
    stop_time_updates: tuple[StopTimeUpdate, ...] = Field(
        default=(), description="In the order of the message"
    )

    def key(self) -> str:
        return run_key(self.feed_id, self.trip, self.trip_properties)


def run_key(feed_id: str, trip: TripDescriptor, properties: TripProperties | None) -> str:
    """`feed:trip_id:start_date:start_time`, parts percent-encoded, empty when unknown.

    A DUPLICATED run is identified by its own ids (trip_properties), or two copies of one trip would
    overwrite each other. The key of a run without trip_id also has `:route=…:direction=…`; that of
    an update which assumes TripModifications to be applied also has `:modifications=…`.
    """
    trip_id, start_date, start_time = trip.trip_id, trip.start_date, trip.start_time
    if trip.schedule_relationship == "DUPLICATED" and properties is not None and properties.trip_id:
        trip_id = properties.trip_id
        start_date = properties.start_date or start_date
        start_time = properties.start_time or start_time
    key = key_of(feed_id, trip_id, start_date, start_time)
    if not trip_id:
        key += f":route={key_of(trip.route_id)}:direction={key_of(trip.direction_id)}"
    if trip.modifications_id is not None:
        key += f":modifications={key_of(trip.modifications_id)}"
    return key
