"""The JSON of rental vehicles, stations and systems. Docstrings are part of the OpenAPI document.

The terms are those of GBFS 3.0: https://github.com/MobilityData/gbfs/blob/v3.0/gbfs.md
"""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from mobilite.gtfs.domain.enumerations import FormFactor, Propulsion
from mobilite.http.api.geojson import PointJson
from mobilite.http.api.times import InstantJson
from mobilite.sources.api.models import ErrorJson, NoteJson

_State = Literal["fresh", "stale", "none"]
State = Annotated[
    _State,
    Field(
        description="fresh : à jour ; stale : l'exploitant n'a rien publié depuis plus de cinq "
        "minutes (ou trois fois son ttl) ; none : rien n'a encore été reçu"
    ),
]


class RentalUrisJson(TypedDict):
    """Links that open the operator's app or site."""

    android: str | None
    ios: str | None
    web: str | None


class VehicleKindJson(TypedDict):
    """A type of vehicle. `form_factor` is null where the system does not describe the type."""

    id: str | None
    name: str | None
    form_factor: FormFactor | None
    propulsion: Propulsion | None
    words: Annotated[str, Field(description="À montrer : « vélo à assistance électrique »")]


class TypeCountJson(VehicleKindJson):
    """How many of one type."""

    count: int


class StationPartJson(TypedDict):
    """What is known of a station; null counts are unknown."""

    short_name: str | None
    address: str | None
    post_code: str | None
    capacity: int | None
    virtual: Annotated[bool, Field(description="Un emplacement marqué au sol, sans bornes")]
    charging: bool | None
    vehicles_available: int | None
    vehicles_disabled: int | None
    vehicle_types: list[TypeCountJson]
    docks_available: Annotated[
        int | None, Field(description="null : inconnu, ou autant de places qu'on veut")
    ]
    installed: bool | None
    renting: bool | None
    returning: bool | None


class RentalVehicleJson(TypedDict):
    """What is known of a vehicle. Its id changes after each rental."""

    type: VehicleKindJson
    reserved: bool
    disabled: bool
    range_meters: float | None
    fuel_percent: Annotated[float | None, Field(description="Charge ou réservoir, de 0 à 100")]
    station: Annotated[str | None, Field(description="Station où il se trouve")]
    home_station: Annotated[str | None, Field(description="Station où il doit être rendu")]
    pricing_plan: str | None
    available_until: InstantJson | None


class RentalItemJson(TypedDict):
    """A station or a vehicle: exactly one of `station` and `vehicle` is given."""

    id: str
    kind: Literal["station", "vehicle"]
    feed: str
    name: Annotated[str, Field(description="À montrer")]
    lat: float
    lon: float
    distance: Annotated[float | None, Field(description="Mètres, autour d'un point")]
    available: Annotated[
        bool | None,
        Field(
            description="Si l'on peut y louer maintenant ; null : inconnu, ou l'information est "
            "périmée"
        ),
    ]
    station: StationPartJson | None
    vehicle: RentalVehicleJson | None
    last_reported: InstantJson | None
    rental_uris: RentalUrisJson | None


class RentalSystemBriefJson(TypedDict):
    """A rental system in short: the age of its data, and whom to credit."""

    feed: str
    name: str
    state: State
    message: Annotated[str, Field(description="À montrer")]
    updated_at: InstantJson | None
    age: Annotated[int | None, Field(description="Secondes depuis updated_at, à generated_at")]
    licence: str | None
    attribution: str | None


class RentalListJson(TypedDict):
    """A page of stations and vehicles, nearest first around a point."""

    generated_at: InstantJson
    message: Annotated[str | None, Field(description="À montrer : pourquoi il n'y a rien")]
    systems: list[RentalSystemBriefJson]
    rental: list[RentalItemJson]
    next: str | None


class RentalFeatureJson(TypedDict):
    """One station or vehicle on a map; `properties` are those of the list."""

    type: Literal["Feature"]
    id: str
    geometry: PointJson
    properties: RentalItemJson


class RentalGeoJson(TypedDict):
    """A page of stations and vehicles as GeoJSON, with further members of this API."""

    type: Literal["FeatureCollection"]
    features: list[RentalFeatureJson]
    generated_at: InstantJson
    message: str | None
    systems: list[RentalSystemBriefJson]
    next: str | None


class VehicleTypeJson(VehicleKindJson):
    """A type of vehicle as its system describes it."""

    max_range_meters: float | None
    pricing_plan: str | None


class PricingPlanJson(TypedDict):
    """What a rental costs."""

    id: str
    name: str | None
    words: Annotated[str, Field(description="À montrer : « 1,00 €, puis 0,20 € par min »")]
    description: str | None
    price: float
    currency: str
    url: str | None
    taxes_on_top: bool | None
    surge: bool | None


class RentalAlertJson(TypedDict):
    """A message of the operator to its customers. `stations` are public ids; none: the system."""

    id: str
    type: Literal["system_closure", "station_closure", "station_move", "other"]
    active: bool
    periods: list[dict[str, InstantJson | None]]
    stations: list[str]
    summary: str | None
    description: str | None
    url: str | None


class RentalKindStateJson(TypedDict):
    """The state of the published stations, or of the published vehicles."""

    state: State
    count: int
    updated_at: InstantJson | None
    age: int | None
    ttl: int


class RentalAppJson(TypedDict):
    """The operator's app for one mobile platform."""

    store_uri: str | None
    discovery_uri: str | None


class RentalHealthJson(TypedDict):
    """The state of a rental system's data."""

    feed: str
    address: Annotated[str, Field(description="De gbfs.json, sans identifiants ni paramètres")]
    version: str | None
    state: State
    message: str
    stations: RentalKindStateJson | None
    vehicles: RentalKindStateJson | None
    attempted_at: InstantJson
    succeeded_at: InstantJson | None
    consecutive_failures: int
    last_error: ErrorJson | None
    notes: list[NoteJson]


class RentalSystemJson(RentalHealthJson):
    """One rental system."""

    name: str
    operator: str | None
    url: str | None
    purchase_url: str | None
    phone_number: str | None
    email: str | None
    opening_hours: Annotated[str | None, Field(description="Format opening_hours d'OSM")]
    licence: str | None
    attribution: str | None
    apps: dict[Literal["android", "ios"], RentalAppJson | None]
    vehicle_types: list[VehicleTypeJson]
    pricing_plans: list[PricingPlanJson]
    alerts: list[RentalAlertJson]


class RentalSystemListJson(TypedDict):
    """Every rental system."""

    generated_at: InstantJson
    message: str | None
    systems: list[RentalSystemJson]
