"""The JSON of isochrones: GeoJSON. Docstrings are part of the OpenAPI document."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from mobilite.feeds.api.credits import CreditJson
from mobilite.http.api.geojson import PointJson
from mobilite.http.api.times import InstantJson
from mobilite.journeys.api.models import JourneyPlaceJson


class MultiPolygonJson(TypedDict):
    """Polygons with their holes: longitudes and latitudes."""

    type: Literal["MultiPolygon"]
    coordinates: list[list[list[list[float]]]]


class ReachedAreaJson(TypedDict):
    """An area and its time."""

    minutes: int


class ReachedAreaFeatureJson(TypedDict):
    """What is reached in a time."""

    type: Literal["Feature"]
    geometry: MultiPolygonJson
    properties: ReachedAreaJson


class ReachedStopJson(TypedDict):
    """A stop and how soon it is reached."""

    stop_id: str
    name: str
    seconds: Annotated[
        int, Field(description="Du départ de from à cet arrêt, attente comprise ; ou de lui à to")
    ]


class ReachedStopFeatureJson(TypedDict):
    """A stop as a point of a map."""

    type: Literal["Feature"]
    geometry: PointJson
    properties: ReachedStopJson


class IsochroneJson(TypedDict):
    """The areas, from the largest to the smallest, then the stops, the soonest first."""

    type: Literal["FeatureCollection"]
    at: Annotated[InstantJson, Field(description="Le départ de from, ou l'arrivée à to")]
    generated_at: InstantJson
    message: Annotated[
        str | None, Field(description="À montrer : les horaires ne couvrent pas cette date")
    ]
    place: JourneyPlaceJson
    walking: Annotated[
        str,
        Field(
            description="Comment sont trouvés les chemins vers les arrêts et entre eux : streets, "
            "ou straight × 1.3"
        ),
    ]
    areas: Annotated[
        Literal["straight × 1.3"],
        Field(
            description="Les zones autour du lieu et des arrêts : des cercles, à la distance à vol "
            "d'oiseau multipliée par 1,3 ; une rivière ou une voie ferrée n'y est pas vue"
        ),
    ]
    feeds: list[CreditJson]
    features: list[ReachedAreaFeatureJson | ReachedStopFeatureJson]
