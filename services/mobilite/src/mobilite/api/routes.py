"""`GET /mobilite/v1/routes`, `/routes/{route_id}`, `/trips/{trip_id}`: lines, and runs whole."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query, Request, Response

from mobilite.api.answers import live_answer, schedule_answer, tag_of
from mobilite.api.models_routes import RouteDetailJson, RouteListJson, TripJson
from mobilite.api.parameters import Cursor, Day, Name, RoutesLimit, RouteType, StartTime
from mobilite.api.rendering_routes import route_detail_json, route_list_json
from mobilite.api.rendering_trips import trip_json
from mobilite.domain.service_date import ServiceDate
from mobilite.flows.get_route import get_route
from mobilite.flows.get_trip import get_trip
from mobilite.flows.list_routes import RouteFilter, list_routes
from mobilite.flows.live import Live
from socle.clock import Clock


def routes_router(live: Live, clock: Clock) -> APIRouter:
    """The addresses of lines and trips."""
    router = APIRouter(tags=["lignes"])
    _add_routes(router, live, clock)
    _add_trip(router, live, clock)
    return router


def _add_routes(router: APIRouter, live: Live, clock: Clock) -> None:
    @router.get("/routes", response_model=RouteListJson, summary="Chercher des lignes")
    async def show_routes(
        request: Request,
        feed: Annotated[str | None, Query(description="Identifiant d'un réseau")] = None,
        q: Name = None,
        type: RouteType = None,  # noqa: A002  # the public name of GTFS's word
        limit: RoutesLimit = 100,
        cursor: Cursor = None,
    ) -> Response:
        """Toutes, ou celles d'un réseau, d'un mode, d'un nom ou numéro (`q`)."""
        asked = RouteFilter(feed, q, type)
        page = list_routes(live.state, asked, limit=limit, cursor=cursor)
        return schedule_answer(request, route_list_json(page))

    @router.get("/routes/{route_id:path}", response_model=RouteDetailJson, summary="Une ligne")
    async def show_route(
        request: Request,
        route_id: Annotated[str, Path(description="Identifiant public d'une ligne, réseau:ligne")],
    ) -> Response:
        """La ligne, ses arrêts dans chaque sens, son tracé, les perturbations qui la touchent."""
        sheet = get_route(live.state, route_id, now=int(clock.now().timestamp()))
        content = route_detail_json(sheet)
        return live_answer(request, orjson.dumps(content), tag_of(content))


def _add_trip(router: APIRouter, live: Live, clock: Clock) -> None:
    @router.get("/trips/{trip_id:path}", response_model=TripJson, summary="Une course")
    async def show_trip(
        request: Request,
        trip_id: Annotated[str, Path(description="Identifiant public d'une course, réseau:course")],
        date: Day = None,
        start_time: StartTime = None,
    ) -> Response:
        """Tous les passages d'une course, prévus et annoncés, son véhicule et son tracé. Sans date,
        celle qui est la plus proche de maintenant."""
        day = None if date is None else ServiceDate(date)
        sheet = get_trip(live.state, trip_id, now=clock.now(), day=day, start=start_time)
        content: Any = trip_json(live.state, sheet)
        # Ages move every second without anything having happened.
        vehicle = content["vehicle"] and {**content["vehicle"], "age": None}
        lasting = {**content, "generated_at": None, "age": None, "vehicle": vehicle}
        return live_answer(request, orjson.dumps(content), tag_of(lasting))
