"""The JSON of stops and of the routes that serve them. Docstrings are part of the OpenAPI document.

Ids are `<feed id>:<id in the feed>`.
"""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from mobilite.feeds.api.credits import CreditJson
from mobilite.gtfs.domain.enumerations import Access
from mobilite.gtfs.domain.route_types import Mode
from mobilite.http.api.geojson import PointJson


class StopJson(TypedDict):
    """A stop, a station or one of its platforms. On the board of a hub: the hub, with the feed of
    its principal stop."""

    id: str
    name: str
    code: str | None
    platform_code: str | None
    kind: Literal["stop", "station", "entrance", "node", "boarding_area", "hub"]
    station: str | None
    lat: float | None
    lon: float | None
    wheelchair: Access
    timezone: str
    feed: str


class RouteJson(TypedDict):
    """A line. `type` is GTFS's route_type, null if it is not known; colours are six hexadecimal
    digits."""

    id: str
    short_name: str | None
    long_name: str | None
    type: int | None
    color: str | None
    text_color: str | None


class FoundStopJson(StopJson):
    """A stop found; `distance` in metres, null unless the search was around a point."""

    distance: float | None
    routes: Annotated[list[RouteJson], Field(description="Les lignes qui le desservent")]
    modes: Annotated[list[Mode], Field(description="Les modes de ces lignes, chacun une fois")]
    towards: Annotated[
        list[str],
        Field(
            description="Où l'on va d'ici : les trois destinations les plus fréquentes, pour "
            "distinguer deux poteaux de même nom"
        ),
    ]


class StopListJson(TypedDict):
    """A page of stops; `next` is the cursor of the next page, null on the last."""

    stops: list[FoundStopJson]
    next: str | None


class StopDetailJson(StopJson):
    """A stop with its platforms, the lines that serve them, and its alerts."""

    platforms: list[StopJson]
    routes: list[RouteJson]
    alerts: Annotated[
        list[str], Field(description="Identifiants des perturbations, en cours ou à venir")
    ]


class StopPartJson(TypedDict):
    """A stop of a map; its platforms are not listed."""

    id: str
    name: str
    feed: str
    rank: Annotated[
        int, Field(description="Parmi ceux de la réponse ; 0 : le plus desservi, nommé d'abord")
    ]


class StopFeatureJson(TypedDict):
    """A stop as a point of a map."""

    type: Literal["Feature"]
    geometry: PointJson
    properties: StopPartJson


class StopMapJson(TypedDict):
    """The most served stops in a box, as GeoJSON."""

    type: Literal["FeatureCollection"]
    feeds: list[CreditJson]
    features: list[StopFeatureJson]
    complete: Annotated[bool, Field(description="false : le rectangle a d'autres arrêts")]
