"""`mobilite.rental-station.v1`, `mobilite.rental-vehicle.v1`: rental stations and vehicles.

Data of GBFS 2.0 to 3.1 in the terms of 3.0:
https://github.com/MobilityData/gbfs/blob/v3.0/gbfs.md
"""

from pydantic import Field

from mobilite.events.part import Part, key_of
from mobilite.events.trip_update import PosixSeconds
from socle.events import Event


class RentalUris(Part):
    """Links that open the operator's app or site where this can be rented."""

    android: str | None = Field(default=None, description="For an Android app")
    ios: str | None = Field(default=None, description="For an iOS app")
    web: str | None = Field(default=None, description="Web address, http or https")


class TypeCount(Part):
    """How many vehicles of one type."""

    vehicle_type_id: str = Field(min_length=1, description="As in vehicle_types.json")
    count: int = Field(ge=0, description="Vehicles of that type that can be rented")


class DockCount(Part):
    """How many free docks that accept certain types only."""

    vehicle_type_ids: tuple[str, ...] = Field(description="Types these docks accept")
    count: int = Field(ge=0, description="Free docks that accept them")


class StationInformation(Part):
    """The description of a station: station_information.json."""

    name: str = Field(min_length=1, description="Public name, in French where it is given")
    lat: float = Field(ge=-90, le=90, description="Degrees north, WGS 84")
    lon: float = Field(ge=-180, le=180, description="Degrees east, WGS 84")
    short_name: str | None = Field(default=None, description="Short name or number")
    address: str | None = Field(default=None, description="Street address")
    post_code: str | None = Field(default=None, description="Postal code")
    capacity: int | None = Field(
        default=None, ge=0, description="Docks in all, or vehicles that may be parked"
    )
    is_virtual: bool = Field(
        default=False, description="A place marked out on the ground, without docks"
    )
    is_charging: bool | None = Field(default=None, description="Charges electric vehicles")
    rental_uris: RentalUris | None = Field(default=None, description="Links to rent here")


class StationStatus(Part):
    """The state of a station: station_status.json. A count that is absent is unknown."""

    vehicles_available: int | None = Field(
        default=None, ge=0, description="Vehicles that can be rented if the station rents"
    )
    vehicles_disabled: int | None = Field(default=None, ge=0, description="Vehicles out of order")
    vehicle_types_available: tuple[TypeCount, ...] = Field(
        default=(), description="The same by type, where published"
    )
    docks_available: int | None = Field(
        default=None, ge=0, description="Free docks; absent: unknown, or unlimited"
    )
    docks_disabled: int | None = Field(default=None, ge=0, description="Docks out of order")
    vehicle_docks_available: tuple[DockCount, ...] = Field(
        default=(), description="Free docks by the types they accept, where published"
    )
    is_installed: bool | None = Field(default=None, description="On the street at present")
    is_renting: bool | None = Field(default=None, description="Rents vehicles")
    is_returning: bool | None = Field(default=None, description="Accepts returned vehicles")


class RentalStationV1(Event, topic="mobilite.rental-station.v1", kind="table"):
    """One rental station of a system. Key: `feed:station_id`.

    Deleted by a tombstone as soon as its system no longer publishes it. Its age is that of its
    system (RentalSystemV1). If only `last_reported` changes, it is published again at most every
    five minutes.
    """

    feed_id: str = Field(min_length=1, description="Id of the feed in feeds.toml")
    station_id: str = Field(min_length=1, description="As in station_information.json")
    information: StationInformation = Field(description="Its description")
    status: StationStatus | None = Field(
        default=None, description="Its state; absent: not published"
    )
    last_reported: PosixSeconds | None = Field(
        default=None, description="Last report of the station to its operator, POSIX seconds"
    )

    def key(self) -> str:
        return key_of(self.feed_id, self.station_id)


class RentalVehicleV1(Event, topic="mobilite.rental-vehicle.v1", kind="table"):
    """One vehicle that is not rented at present. Key: `feed:vehicle_id`.

    GBFS requires that `vehicle_id` changes after every trip, so that no customer can be followed:
    it must not be used later. Deleted by a tombstone as soon as its system no longer publishes it.
    Reserved and disabled vehicles are published with their state.
    """

    feed_id: str = Field(min_length=1, description="Id of the feed in feeds.toml")
    vehicle_id: str = Field(min_length=1, description="Changes after every trip")
    lat: float | None = Field(
        default=None, ge=-90, le=90, description="Degrees north; absent: at its station"
    )
    lon: float | None = Field(
        default=None, ge=-180, le=180, description="Degrees east; absent: at its station"
    )
    vehicle_type_id: str | None = Field(default=None, description="As in vehicle_types.json")
    is_reserved: bool = Field(default=False, description="It is reserved")
    is_disabled: bool = Field(default=False, description="Out of order, or its battery is low")
    range_meters: float | None = Field(
        default=None, ge=0, description="Remaining range with its battery or tank, in metres"
    )
    fuel_percent: float | None = Field(
        default=None, ge=0, le=1, description="How full its battery or tank is, from 0 to 1"
    )
    station_id: str | None = Field(default=None, description="The station where it is, if any")
    home_station_id: str | None = Field(
        default=None, description="The station it must be brought back to, if any"
    )
    pricing_plan_id: str | None = Field(
        default=None, description="Its own pricing plan; absent: that of its type"
    )
    available_until: PosixSeconds | None = Field(
        default=None, description="When it must be back, POSIX seconds; absent: any time"
    )
    last_reported: PosixSeconds | None = Field(
        default=None, description="Last report of the vehicle to its operator, POSIX seconds"
    )
    rental_uris: RentalUris | None = Field(default=None, description="Links to rent it")

    def key(self) -> str:
        return key_of(self.feed_id, self.vehicle_id)
