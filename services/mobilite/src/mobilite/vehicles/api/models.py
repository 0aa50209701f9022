"""The JSON of vehicles. Docstrings are part of the OpenAPI document."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from mobilite.feeds.api.credits import CreditJson
from mobilite.gtfs.domain.enumerations import Occupancy
from mobilite.http.api.geojson import PointJson
from mobilite.http.api.times import InstantJson
from mobilite.stops.api.models import RouteJson

Status = Literal["incoming_at", "stopped_at", "in_transit_to"]


class VehicleStopJson(TypedDict):
    """The stop a vehicle is at or goes to."""

    id: str
    name: str


class CarriageJson(TypedDict):
    """The occupancy of one carriage."""

    label: Annotated[str | None, Field(description="Ce qui est écrit dessus")]
    occupancy: Annotated[Occupancy | None, Field(description="Affluence ; null : pas connue")]
    occupancy_text: Annotated[str | None, Field(description="La même, à montrer")]
    occupancy_percentage: Annotated[
        int | None, Field(description="De toutes les places ; peut dépasser 100")
    ]


class VehiclePartJson(TypedDict):
    """A vehicle without its id and place."""

    feed: str
    label: Annotated[str | None, Field(description="Ce qui est écrit dessus")]
    bearing: Annotated[float | None, Field(description="Cap, degrés depuis le nord")]
    speed: Annotated[float | None, Field(description="Mètres par seconde")]
    occupancy: Annotated[Occupancy | None, Field(description="Affluence ; null : pas connue")]
    occupancy_text: Annotated[str | None, Field(description="La même, à montrer")]
    occupancy_percentage: Annotated[
        int | None, Field(description="De toutes les places ; peut dépasser 100")
    ]
    carriages: Annotated[
        list[CarriageJson],
        Field(description="Ses voitures, celle de tête d'abord ; vide : pas connues"),
    ]
    status: Annotated[Status, Field(description="Par rapport à stop")]
    stop: VehicleStopJson | None
    trip_id: Annotated[
        str | None, Field(description="La course qu'il assure ; null : aucune de connue")
    ]
    start_date: Annotated[str | None, Field(description="Jour de service, AAAAMMJJ")]
    start_time: Annotated[
        str | None, Field(description="Départ, HH:MM:SS, d'une course d'une ligne à fréquence")
    ]
    route: RouteJson | None
    headsign: str | None
    delay: Annotated[
        int | None,
        Field(description="Secondes de retard prévues à stop ; null : pas de prévision"),
    ]
    measured_at: Annotated[
        InstantJson, Field(description="Selon le véhicule, à défaut selon son flux")
    ]
    age: Annotated[int, Field(description="Secondes depuis measured_at, à generated_at")]
    stale: Annotated[
        bool,
        Field(
            description="Position de plus de 90 secondes : il est sûrement ailleurs. Au-delà de "
            "cinq minutes il n'est plus montré"
        ),
    ]


class VehicleJson(VehiclePartJson):
    """A vehicle at the place where it was last seen."""

    id: str
    lat: float
    lon: float


class VehicleListJson(TypedDict):
    """A page of vehicles by id; `next` is the cursor of the next page, null on the last."""

    generated_at: InstantJson
    feeds: list[CreditJson]
    vehicles: list[VehicleJson]
    next: str | None


class VehicleFeatureJson(TypedDict):
    """A vehicle as a point of a map."""

    type: Literal["Feature"]
    id: str
    geometry: PointJson
    properties: VehiclePartJson


class VehicleGeoJson(TypedDict):
    """A page of vehicles as GeoJSON."""

    type: Literal["FeatureCollection"]
    generated_at: InstantJson
    feeds: list[CreditJson]
    features: list[VehicleFeatureJson]
    next: str | None
