"""`GET /mobilite/v1/indicators/supply` and `/supply/stops`: what the timetables offer."""

from typing import Annotated, Final

from fastapi import Depends, Query, Request, Response

from mobilite.http.api.csv_responses import CSV_RESPONSES, csv_response
from mobilite.http.api.date_parameters import FromDate, ToDate
from mobilite.http.api.languages import Languages, text_language
from mobilite.http.api.parameters import BoundedNumber, Cursor
from mobilite.http.api.responses import schedule_response
from mobilite.machine.flows.search_limiter import SearchLimiter
from mobilite.supply.api.models import (
    StopSupplyJson,
    StopSupplyListJson,
    SupplyListJson,
    SupplyRowJson,
)
from mobilite.supply.api.rendering import (
    StopName,
    row_json,
    stop_json,
    stop_supply_json,
    supply_json,
)
from mobilite.supply.domain.supply_rows import Grouping, Per
from mobilite.supply.flows.list_supply import SupplyParameters, SupplyReader
from socle.clock import Clock
from socle.http import Router

_VARY: Final = {"vary": "accept-language"}
Feed = Annotated[str | None, Query(description="Identifiant d'un réseau ; tous s'il manque")]
RowLimit = Annotated[int, BoundedNumber(1, 1000), Query(description="Nombre de rangées")]


async def parameters(
    feed: Feed = None,
    route: Annotated[
        str | None, Query(description="Identifiant public d'une ligne, réseau:ligne")
    ] = None,
    first: FromDate = None,
    last: ToDate = None,
    by: Annotated[Grouping, Query(description="Par ligne, ou réseau entier")] = "route",
    per: Annotated[
        Per, Query(description="date : chaque jour ; day_type : le jour type de chaque sorte")
    ] = "date",
) -> SupplyParameters:
    """The parameters of the supply of routes and networks."""
    return SupplyParameters(feed, route, first, last, by, per)


async def stop_parameters(
    feed: Feed = None, first: FromDate = None, last: ToDate = None
) -> SupplyParameters:
    """The parameters of the supply of stops."""
    return SupplyParameters(feed, None, first, last)


Parameters = Annotated[SupplyParameters, Depends(parameters)]
StopParameters = Annotated[SupplyParameters, Depends(stop_parameters)]


def supply_router(
    reader: SupplyReader, clock: Clock, limiter: SearchLimiter, stop_name: StopName
) -> Router:
    """The router of the endpoints of supply."""
    router = Router(tags=["indicators"])

    _add_rows(router, reader, clock, limiter)
    _add_stops(router, reader, clock, limiter, stop_name)
    _add_stops_csv(router, reader, clock, limiter, stop_name)
    return router


def _add_rows(router: Router, reader: SupplyReader, clock: Clock, limiter: SearchLimiter) -> None:
    @router.get(
        "/indicators/supply",
        operation_id="get_supply",
        response_model=SupplyListJson,
        summary="L'offre des lignes et des réseaux",
    )
    async def show_supply(
        request: Request,
        given: Parameters,
        languages: Languages,
        limit: RowLimit = 200,
        cursor: Cursor = None,
    ) -> Response:
        """Courses, heures et kilomètres, amplitude, intervalles, arrêts : par ligne (by=route) ou
        réseau (by=network), chaque jour ou par type de jour ; sept jours dès aujourd'hui si la
        période manque."""
        query = reader.query(given, now=clock.now())
        page = await limiter.run(lambda: reader.list_rows(query, limit=limit, cursor=cursor))
        return schedule_response(request, supply_json(page, text_language(languages)), _VARY)

    @router.get(
        "/indicators/supply.csv",
        operation_id="get_supply_csv",
        response_class=Response,
        responses=CSV_RESPONSES,
        summary="L'offre des lignes et des réseaux, en CSV",
    )
    async def send_supply(request: Request, given: Parameters) -> Response:
        """Les mêmes rangées, toutes dans un fichier."""
        query = reader.query(given, now=clock.now())
        columns = [*SupplyRowJson.__annotations__]

        def answer() -> Response:
            rows = map(row_json, reader.list_all(query))
            return csv_response(request, columns, rows, name="offre.csv")

        return await limiter.run(answer)


def _add_stops(
    router: Router,
    reader: SupplyReader,
    clock: Clock,
    limiter: SearchLimiter,
    stop_name: StopName,
) -> None:
    @router.get(
        "/indicators/supply/stops",
        operation_id="get_stop_supply",
        response_model=StopSupplyListJson,
        summary="Les arrêts par nombre de départs",
    )
    async def show_stops(
        request: Request,
        given: StopParameters,
        languages: Languages,
        limit: RowLimit = 200,
        cursor: Cursor = None,
    ) -> Response:
        """Les départs de chaque arrêt par type de jour, les plus desservis d'abord."""
        query = reader.query(given, now=clock.now())
        page = await limiter.run(lambda: reader.list_stops(query, limit=limit, cursor=cursor))
        content = stop_supply_json(page, text_language(languages), stop_name)
        return schedule_response(request, content, _VARY)


def _add_stops_csv(
    router: Router,
    reader: SupplyReader,
    clock: Clock,
    limiter: SearchLimiter,
    stop_name: StopName,
) -> None:
    @router.get(
        "/indicators/supply/stops.csv",
        operation_id="get_stop_supply_csv",
        response_class=Response,
        responses=CSV_RESPONSES,
        summary="Les arrêts par nombre de départs, en CSV",
    )
    async def send_stops(request: Request, given: StopParameters) -> Response:
        """Les mêmes rangées, toutes dans un fichier."""
        query = reader.query(given, now=clock.now())
        columns = [*StopSupplyJson.__annotations__]

        def answer() -> Response:
            rows = (stop_json(row, stop_name) for row in reader.list_all_stops(query))
            return csv_response(request, columns, rows, name="offre-des-arrets.csv")

        return await limiter.run(answer)
