"""`GET /mobilite/v1/routes` and `/routes/{route_id}`: the routes, and one route."""

from typing import Annotated

import orjson
from fastapi import Path, Query, Request, Response

from mobilite.alerts.ports import AlertsState
from mobilite.http.api.parameters import BoundedNumber, Cursor, Name
from mobilite.http.api.responses import entity_tag, live_response, schedule_response
from mobilite.routes.api.models import RouteDetailJson, RouteListJson
from mobilite.routes.api.rendering import route_detail_json, route_list_json
from mobilite.routes.api.route_map import add_route_map
from mobilite.routes.flows.get_route import get_route
from mobilite.routes.flows.list_routes import RouteFilter, list_routes
from mobilite.streams.ports import StateSource
from socle.clock import Clock
from socle.http import Router

RoutesLimit = Annotated[int, BoundedNumber(1, 500), Query(description="Nombre de lignes")]
RouteType = Annotated[
    int | None,
    BoundedNumber(0, 1799),
    Query(description="route_type de GTFS, de base (3 : bus) ou étendu (702)"),
]


def routes_router(live: StateSource[AlertsState], clock: Clock) -> Router:
    """The router of the endpoints of routes."""
    router = Router(tags=["routes"])
    add_route_map(router, live)
    _add_routes(router, live, clock)
    return router


def _add_routes(router: Router, live: StateSource[AlertsState], clock: Clock) -> None:
    @router.get(
        "/routes",
        operation_id="list_routes",
        response_model=RouteListJson,
        summary="Chercher des lignes",
    )
    async def show_routes(
        request: Request,
        feed: Annotated[str | None, Query(description="Identifiant d'un réseau")] = None,
        q: Name = None,
        type: RouteType = None,  # noqa: A002  # the public name of GTFS's word
        limit: RoutesLimit = 100,
        cursor: Cursor = None,
    ) -> Response:
        """Toutes, ou celles d'un réseau, d'un mode, d'un nom ou numéro (`q`)."""
        filters = RouteFilter(feed, q, type)
        page = list_routes(live.state, filters, limit=limit, cursor=cursor)
        return schedule_response(request, route_list_json(page))

    @router.get(
        "/routes/{route_id:path}",
        operation_id="get_route",
        response_model=RouteDetailJson,
        summary="Une ligne",
    )
    async def show_route(
        request: Request,
        route_id: Annotated[
            str,
            Path(description="Identifiant public d’une ligne, réseau:ligne", examples=["tao:A"]),
        ],
    ) -> Response:
        """La ligne, ses arrêts dans chaque sens, son tracé, les perturbations qui la touchent."""
        detail = get_route(live.state, route_id, now=int(clock.now().timestamp()))
        content = route_detail_json(detail)
        return live_response(request, orjson.dumps(content), entity_tag(content))
