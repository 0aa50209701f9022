"""`mobilite.vehicle-position.v1`: the positions of operators' vehicles.

https://gtfs.org/documentation/realtime/reference/#message-vehicleposition
"""

from typing import Literal

from pydantic import Field

from mobilite.events.part import Part, key_of
from mobilite.events.trip_update import (
    Occupancy,
    PosixSeconds,
    TripDescriptor,
    VehicleDescriptor,
)
from socle.events import Event

StopStatus = Literal["INCOMING_AT", "STOPPED_AT", "IN_TRANSIT_TO"]
Congestion = Literal[
    "UNKNOWN_CONGESTION_LEVEL", "RUNNING_SMOOTHLY", "STOP_AND_GO", "CONGESTION", "SEVERE_CONGESTION"
]


class Position(Part):
    """A place, WGS 84."""

    latitude: float = Field(ge=-90, le=90, description="Degrees north")
    longitude: float = Field(ge=-180, le=180, description="Degrees east")
    bearing: float | None = Field(
        default=None, ge=0, lt=360, description="Degrees clockwise from north"
    )
    speed: float | None = Field(default=None, ge=0, description="Metres per second")
    odometer: float | None = Field(default=None, ge=0, description="Metres")


class CarriageDetails(Part):
    """One carriage of a vehicle."""

    id: str | None = Field(default=None, description="Id of the carriage, unique in the vehicle")
    label: str | None = Field(default=None, description="Text for people, such as a number")
    occupancy_status: Occupancy | None = Field(default=None, description="How full it is")
    occupancy_percentage: int | None = Field(
        default=None, ge=0, description="How full it is, of seats and standing room; may exceed 100"
    )
    carriage_sequence: int | None = Field(
        default=None, ge=0, description="Its place in the direction of travel, from 1"
    )


class VehiclePositionV1(Event, topic="mobilite.vehicle-position.v1", kind="table"):
    """One GTFS-RT VehiclePosition, validated on receipt, with its texts unchanged.

    Key: `feed:source_index:vehicle_key`. Deleted by a tombstone as soon as its address no longer
    publishes it.
    """

    feed_id: str = Field(min_length=1, description="Id of the feed in feeds.toml")
    source_index: int = Field(
        ge=0, description="Which of the feed's gtfs_rt addresses published it, from 0"
    )
    vehicle_key: str = Field(
        min_length=1,
        description="Distinguishes it from the others of its address: the vehicle's id, else its "
        "label or plate, else its run, else the entity's id",
    )
    position: Position | None = Field(default=None, description="Where it is, if known")
    trip: TripDescriptor | None = Field(default=None, description="The run it serves, if any")
    vehicle: VehicleDescriptor | None = Field(default=None, description="The vehicle itself")
    timestamp: PosixSeconds | None = Field(
        default=None, description="Instant of the measurement, POSIX seconds"
    )
    current_stop_sequence: int | None = Field(
        default=None, ge=0, description="The call it is at or going to, by its stop_sequence"
    )
    stop_id: str | None = Field(
        default=None, description="The stop it is at or going to, as in stops.txt"
    )
    current_status: StopStatus = Field(
        default="IN_TRANSIT_TO", description="Whether it is at that stop or going to it"
    )
    congestion_level: Congestion | None = Field(default=None, description="Traffic around it")
    occupancy_status: Occupancy | None = Field(default=None, description="How full it is")
    occupancy_percentage: int | None = Field(
        default=None, ge=0, description="How full it is, of seats and standing room; may exceed 100"
    )
    multi_carriage_details: tuple[CarriageDetails, ...] = Field(
        default=(), description="Its carriages, the first in the direction of travel first"
    )

    def key(self) -> str:
        return key_of(self.feed_id, self.source_index, self.vehicle_key)
