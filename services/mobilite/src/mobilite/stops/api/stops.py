"""`GET /mobilite/v1/stops` and `/stops/{stop_id}`: all stops, search by name or around a point, one
stop."""

from typing import Annotated

from fastapi import Path, Query, Request, Response

from mobilite.http.api.parameters import (
    DEFAULT_RADIUS,
    BoundedNumber,
    Cursor,
    Latitude,
    Longitude,
    Name,
    Radius,
    parse_point,
)
from mobilite.http.api.responses import PRIVATE, schedule_response
from mobilite.stops.api.models import StopDetailJson, StopListJson
from mobilite.stops.api.rendering import stop_detail_json, stop_list_json
from mobilite.stops.api.stop_map import add_stop_map
from mobilite.stops.flows.find_stops import find_stops_by_name, find_stops_near
from mobilite.stops.flows.get_stop import get_stop
from mobilite.stops.flows.list_all_stops import list_all_stops
from mobilite.stops.ports import ListStopAlerts, StopsState
from mobilite.streams.ports import StateSource
from socle.clock import Clock
from socle.errors import Refusal
from socle.http import Router

StopId = Annotated[
    str,
    Path(
        description="Identifiant public d’un arrêt, réseau:arrêt", examples=["tao:gare-d-orleans"]
    ),
]
# The routes use `{stop_id:path}`, because operators' ids can contain slashes, which arrive decoded.


# A search needs a name or a point: the example of the documentation has this one.
StopName = Annotated[
    Name,
    Query(
        description="Nom de l’arrêt, ou son début ; accents et casse ignorés",
        openapi_examples={"nom": {"value": "gare"}},
    ),
]
StopsLimit = Annotated[int, BoundedNumber(1, 100), Query(description="Nombre d'arrêts")]


def stops_router(
    live: StateSource[StopsState], clock: Clock, list_alerts: ListStopAlerts
) -> Router:
    """The router of the endpoints of stops. `list_alerts`: gives the alerts of a stop."""
    router = Router(tags=["stops"])
    _add_search(router, live)
    add_stop_map(router, live)
    _add_stop(router, live, clock, list_alerts)
    return router


def _add_search(router: Router, live: StateSource[StopsState]) -> None:
    @router.get(
        "/stops",
        operation_id="list_stops",
        response_model=StopListJson,
        summary="Chercher des arrêts",
    )
    async def list_stops(
        request: Request,
        q: StopName = None,
        lat: Latitude = None,
        lon: Longitude = None,
        radius: Radius = None,
        limit: StopsLimit = 20,
        cursor: Cursor = None,
    ) -> Response:
        """Par nom (`q`), ou autour d'un point (`lat`, `lon`, `radius` en mètres). Sans l'un ni
        l'autre : tous, avec les gares, leurs quais et leurs entrées (`kind`), par identifiant."""
        place = _place(q, lat, lon, radius)
        if q is not None:
            page = find_stops_by_name(live.state, q, limit=limit, cursor=cursor)
        elif place is None:
            page = list_all_stops(live.state, limit=limit, cursor=cursor)
        else:
            within = DEFAULT_RADIUS if radius is None else radius
            page = find_stops_near(live.state, *place, radius=within, limit=limit, cursor=cursor)
        return schedule_response(request, stop_list_json(page), PRIVATE if place else None)


def _add_stop(
    router: Router, live: StateSource[StopsState], clock: Clock, list_alerts: ListStopAlerts
) -> None:
    @router.get(
        "/stops/{stop_id:path}",
        operation_id="get_stop",
        response_model=StopDetailJson,
        summary="Un arrêt",
    )
    async def show_stop(request: Request, stop_id: StopId) -> Response:
        """L'arrêt, ses quais, les lignes qui le desservent et leurs perturbations."""
        found, now = get_stop(live.state, stop_id), int(clock.now().timestamp())
        alerts = list_alerts(found.feed.feed_id, found.boarding_stops(), now=now)
        return schedule_response(request, stop_detail_json(found, alerts))


def _place(
    q: str | None, lat: float | None, lon: float | None, radius: int | None
) -> tuple[float, float] | None:
    """The point of a query; None for a search by name, and for all stops. Raises Refusal if both
    are given, or if the point is incomplete."""
    if q is not None:
        if lat is None and lon is None and radius is None:
            return None
        raise Refusal(
            "invalid",
            "Donnez soit un nom (q), soit un point (lat et lon), pas les deux.",
            parameter="q",
        )
    point = parse_point(lat, lon)
    if point is None and radius is not None:
        raise Refusal(
            "invalid", "Le paramètre radius demande aussi lat et lon.", parameter="radius"
        )
    return point
