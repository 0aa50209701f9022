"""The JSON of routes and paths. Docstrings are part of the OpenAPI document."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from mobilite.feeds.api.credits import CreditJson
from mobilite.gtfs.domain.route_types import Mode
from mobilite.http.api.geojson import LineStringJson
from mobilite.stops.api.models import RouteJson, StopJson


class AgencyJson(TypedDict):
    """Who runs a line."""

    id: str
    name: str
    url: str | None


class ListedRouteJson(RouteJson):
    """A line of the list."""

    agency: AgencyJson | None
    feed: str


class RouteListJson(TypedDict):
    """A page of lines; `next` is the cursor of the next page, null on the last."""

    routes: list[ListedRouteJson]
    next: str | None


class WayJson(TypedDict):
    """The path of a trip."""

    shape: LineStringJson | None
    shape_source: Annotated[
        Literal["shape", "stops"] | None,
        Field(description="shape : le tracé de l'opérateur ; stops : tout droit d'arrêt en arrêt"),
    ]


class RouteStopJson(StopJson):
    """A stop of a line; `trips` of the direction's trips call there."""

    trips: int


class DirectionJson(WayJson):
    """One direction of a line, all days together."""

    direction_id: int | None
    headsigns: Annotated[list[str], Field(description="Les plus courantes d'abord")]
    trips: Annotated[int, Field(description="Courses, tous jours confondus")]
    stops: Annotated[
        list[RouteStopJson],
        Field(description="Dans l'ordre du parcours le plus courant, les autres insérés"),
    ]


class RouteDetailJson(ListedRouteJson):
    """A line, its directions, and the ids of its alerts, most severe first."""

    directions: list[DirectionJson]
    alerts: list[str]


class RouteLinePartJson(TypedDict):
    """The line that a line of the map belongs to."""

    id: str
    name: Annotated[str, Field(description="Le numéro, ou le nom")]
    color: Annotated[str | None, Field(description="Six chiffres hexadécimaux ; null : aucune")]
    mode: Mode | None


class RouteLineFeatureJson(TypedDict):
    """A part of the path of a line."""

    type: Literal["Feature"]
    geometry: LineStringJson
    properties: RouteLinePartJson


class RouteMapJson(TypedDict):
    """The lines in a box as GeoJSON, in the order of drawing."""

    type: Literal["FeatureCollection"]
    feeds: list[CreditJson]
    features: list[RouteLineFeatureJson]
