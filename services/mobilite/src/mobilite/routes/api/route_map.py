"""`GET /mobilite/v1/routes.geojson`: the lines of the networks as the base of a map.

https://www.rfc-editor.org/rfc/rfc7946
"""

import asyncio
from collections.abc import Sequence
from operator import itemgetter
from typing import Annotated, Final
from weakref import WeakKeyDictionary

import orjson
import shapely
from fastapi import Query, Request, Response

from mobilite.alerts.ports import AlertsState
from mobilite.feeds.api.credits import credit_json
from mobilite.gtfs.domain.route_types import Mode, modes_of
from mobilite.http.api.parameters import BoundedNumber, BoundingBox
from mobilite.http.api.responses import GeoJsonResponse, map_response
from mobilite.routes.api.models import RouteLinePartJson, RouteMapJson
from mobilite.routes.domain.route_lines import RouteLines
from mobilite.routes.flows.map_routes import MappedRoutes, RouteMaps, map_routes
from mobilite.stops.api.rendering import route_json
from mobilite.streams.ports import StateSource
from mobilite.timetable.domain.timetable import Timetable
from socle.http import Router

Zoom = Annotated[
    float,
    BoundedNumber(0, 22, "un niveau d'agrandissement est attendu", real=True),
    Query(description="Niveau de la carte : le tracé est simplifié à un demi-pixel près"),
]
_DIGITS: Final = 5
_DRAWN_LAST: Final[Sequence[Mode]] = ("bus", "coach", "tram", "subway", "rail")
"""Modes whose lines are drawn over those of others, the last one over all."""
_Feature = tuple[int, bytes]
"""A line as JSON, after its place in the order of drawing."""


def add_route_map(router: Router, live: StateSource[AlertsState]) -> None:
    """Add the endpoint. It stands before `/routes/{route_id}`."""
    maps, rendered = RouteMaps(), _RenderedLines()

    @router.get(
        "/routes.geojson",
        operation_id="get_routes_geojson",
        response_model=RouteMapJson,
        response_class=GeoJsonResponse,
        summary="Les lignes sur une carte",
    )
    async def show_route_map(
        request: Request,
        feed: Annotated[str | None, Query(max_length=100, description="Un réseau seul")] = None,
        bbox: BoundingBox = None,
        zoom: Zoom = 8,
    ) -> Response:
        """Le tracé de chaque ligne, sens et branches réunis, simplifié pour l'agrandissement : de
        quoi dessiner un fond de carte sans autre fournisseur. Sans `bbox` : toute la région, au
        plus simple. Une ligne trop courte pour l'agrandissement est omise."""
        found = await map_routes(live.state, maps, feed=feed, box=bbox, zoom=zoom)
        features = list[_Feature]()
        for each in found:
            lines = await rendered.of(each)
            features += [lines[row] for row in each.chosen.tolist()]
        features.sort(key=itemgetter(0))
        content = {
            "type": "FeatureCollection",
            "feeds": [credit_json(live.state, each.feed_id) for each in found],
            "features": [orjson.Fragment(feature) for _, feature in features],
        }
        return map_response(request, content)


class _RenderedLines:
    """The lines of each network and level as JSON. They are rendered at first use, in a thread, and
    cached as long as the lines are."""

    def __init__(self) -> None:
        self._rendered = WeakKeyDictionary[RouteLines, list[_Feature]]()
        self._rendering = asyncio.Lock()

    async def of(self, mapped: MappedRoutes) -> list[_Feature]:
        """All lines of a network at a level."""
        found = self._rendered.get(mapped.lines)
        if found is None:
            async with self._rendering:
                found = self._rendered.get(mapped.lines)
                if found is None:
                    found = await asyncio.to_thread(_features, mapped)
                    self._rendered[mapped.lines] = found
        return found


def _features(mapped: MappedRoutes) -> list[_Feature]:
    """Every line of a network as JSON, each with its place in the order of drawing."""
    timetable, lines = mapped.schedule.timetable, mapped.lines
    parts: dict[int, tuple[int, RouteLinePartJson]] = {}
    features = []
    for route, line in zip(lines.routes.tolist(), lines.lines, strict=True):
        if route not in parts:
            parts[route] = _part(timetable, route)
        rank, properties = parts[route]
        coordinates = shapely.get_coordinates(line).round(_DIGITS).tolist()
        geometry = {"type": "LineString", "coordinates": coordinates}
        feature = {"type": "Feature", "geometry": geometry, "properties": properties}
        features.append((rank, orjson.dumps(feature)))
    return features


def _part(timetable: Timetable, route: int) -> tuple[int, RouteLinePartJson]:
    listed = route_json(timetable, route)
    mode = next(iter(modes_of([listed["type"]])), None)
    rank = _DRAWN_LAST.index(mode) if mode in _DRAWN_LAST else -1
    return rank, {
        "id": listed["id"],
        "name": listed["short_name"] or listed["long_name"] or listed["id"],
        "color": listed["color"],
        "mode": mode,
    }
