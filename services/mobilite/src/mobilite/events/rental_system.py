"""`mobilite.rental-system.v1`: each rental system, and the state of its GBFS address.

https://github.com/MobilityData/gbfs/blob/v3.0/gbfs.md#system_informationjson
"""

from datetime import datetime
from typing import Literal

from pydantic import Field

from mobilite.events.feed_poll import PollError, PollNote
from mobilite.events.part import Part, key_of
from mobilite.events.trip_update import PosixSeconds
from mobilite.gtfs.domain.enumerations import FormFactor, Propulsion
from socle.events import Event


class RentalApp(Part):
    """The operator's app for one mobile platform."""

    store_uri: str | None = Field(default=None, description="Where it is downloaded")
    discovery_uri: str | None = Field(default=None, description="How to see that it is installed")


class SystemInformation(Part):
    """The system and its operator: system_information.json."""

    system_id: str | None = Field(default=None, description="Id the operator gives its system")
    name: str | None = Field(default=None, description="Public name")
    operator: str | None = Field(default=None, description="Who operates it")
    url: str | None = Field(default=None, description="Its site")
    purchase_url: str | None = Field(default=None, description="Where to subscribe")
    phone_number: str | None = Field(default=None, description="Customer service")
    email: str | None = Field(default=None, description="Customer service")
    timezone: str | None = Field(default=None, description="Zone of its times")
    opening_hours: str | None = Field(default=None, description="OSM opening_hours")
    licence: str | None = Field(default=None, description="SPDX identifier or address")
    attribution: str | None = Field(default=None, description="Whom to credit")
    android: RentalApp | None = Field(default=None, description="Its app for Android")
    ios: RentalApp | None = Field(default=None, description="Its app for iOS")


class VehicleType(Part):
    """One type of vehicle: vehicle_types.json."""

    vehicle_type_id: str = Field(min_length=1, description="Its id in the system")
    form_factor: FormFactor = Field(description="What it is")
    propulsion_type: Propulsion | None = Field(default=None, description="What moves it")
    name: str | None = Field(default=None, description="Public name")
    max_range_meters: float | None = Field(default=None, ge=0, description="Range when full")
    default_pricing_plan_id: str | None = Field(default=None, description="What it costs")


class PriceSegment(Part):
    """A part of a price: `rate` for each `interval` from `start`, up to `end` if it has one."""

    start: int = Field(ge=0, description="Minute or kilometre from which it is charged")
    rate: float = Field(description="In the plan's currency; negative: a discount")
    interval: int = Field(ge=0, description="Minutes or kilometres; 0: charged once")
    end: int | None = Field(default=None, ge=0, description="Where it ends, exclusive")


class PricingPlan(Part):
    """A pricing plan: system_pricing_plans.json."""

    plan_id: str = Field(min_length=1, description="Its id in the system")
    name: str | None = Field(default=None, description="Public name")
    currency: str = Field(min_length=1, description="ISO 4217")
    price: float = Field(ge=0, description="Charged once, in the currency")
    description: str | None = Field(default=None, description="In the operator's words")
    url: str | None = Field(default=None, description="Web address of more")
    is_taxable: bool | None = Field(default=None, description="Taxes come on top")
    per_min: tuple[PriceSegment, ...] = Field(default=(), description="What minutes add")
    per_km: tuple[PriceSegment, ...] = Field(default=(), description="What kilometres add")
    surge_pricing: bool | None = Field(default=None, description="The price is currently increased")


class AlertPeriod(Part):
    """A period. A missing bound is open."""

    start: PosixSeconds | None = Field(default=None, description="First instant, POSIX seconds")
    end: PosixSeconds | None = Field(default=None, description="End, exclusive, POSIX seconds")


class SystemAlert(Part):
    """A message of the operator to its customers: system_alerts.json."""

    alert_id: str = Field(min_length=1, description="Its id in the system")
    type: Literal["system_closure", "station_closure", "station_move", "other"] = Field(
        default="other", description="What happens"
    )
    times: tuple[AlertPeriod, ...] = Field(default=(), description="When; none: at present")
    station_ids: tuple[str, ...] = Field(default=(), description="Stations; none: the system")
    summary: str | None = Field(default=None, description="In a few words")
    description: str | None = Field(default=None, description="At length")
    url: str | None = Field(default=None, description="Web address of more")


class Availability(Part):
    """The published state of the stations, or of the vehicles."""

    count: int = Field(default=0, ge=0, description="How many of them")
    as_of: datetime | None = Field(
        default=None,
        description="Instant of the content: last_updated of station_status or vehicle_status, "
        "never later than its reception; absent until a file has been accepted",
    )
    ttl: int = Field(default=0, ge=0, description="Seconds for which it is valid, as published")


class RentalSystemV1(Event, topic="mobilite.rental-system.v1", kind="table"):
    """One rental system and the state of its GBFS address. Key: the feed.

    Written after its stations and vehicles. Their ages are `now - stations.as_of` and
    `now - vehicles.as_of`.
    """

    feed_id: str = Field(min_length=1, description="Id of the feed in feeds.toml")
    feed_name: str = Field(description="Name of the feed in feeds.toml")
    address: str = Field(description="Of gbfs.json, without credentials and query")
    licence: str | None = Field(default=None, description="Of the feed in feeds.toml")
    attribution: str | None = Field(default=None, description="Of the feed in feeds.toml")
    version: str | None = Field(default=None, description="GBFS version, as given")
    attempted_at: datetime = Field(description="Instant of the last attempt")
    succeeded_at: datetime | None = Field(
        default=None, description="Last attempt at which no file failed; absent: never"
    )
    stations: Availability | None = Field(
        default=None, description="Its stations; absent: none published"
    )
    vehicles: Availability | None = Field(
        default=None, description="Its free-floating vehicles; absent: none published"
    )
    system: SystemInformation = Field(
        default_factory=SystemInformation, description="The operator, if published"
    )
    vehicle_types: tuple[VehicleType, ...] = Field(
        default=(), description="Its types; none: all are bicycles without motor"
    )
    pricing_plans: tuple[PricingPlan, ...] = Field(default=(), description="What they cost")
    alerts: tuple[SystemAlert, ...] = Field(default=(), description="What customers should know")
    notes: tuple[PollNote, ...] = Field(default=(), description="Doubts about its files")
    error: PollError | None = Field(
        default=None, description="Why the last attempt to read a file failed, if so"
    )
    consecutive_failures: int = Field(
        default=0, ge=0, description="Failures in a row of the file that fails most"
    )

    def key(self) -> str:
        return key_of(self.feed_id)
