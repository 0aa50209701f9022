"""`GET /mobilite/v1/indicators/punctuality`: punctuality and cancellations."""

from collections.abc import Callable
from typing import Annotated, Final

from fastapi import Query, Request, Response

from mobilite.http.api.csv_responses import CSV_RESPONSES, csv_response
from mobilite.http.api.languages import Languages, text_language
from mobilite.http.api.parameters import Cursor
from mobilite.http.api.responses import schedule_response
from mobilite.indicators.api.definitions import punctuality_definition
from mobilite.indicators.api.models import PunctualityListJson, PunctualityRowJson
from mobilite.indicators.api.parameters import Figures, RowLimit
from mobilite.indicators.api.rendering import on_time_json, row_json
from mobilite.indicators.domain.punctuality import OnTime
from mobilite.indicators.flows.list_punctuality import Grouping, PunctualityList, list_punctuality
from mobilite.indicators.flows.query_figures import FigureQuery
from mobilite.indicators.ports import DailyTables
from mobilite.machine.flows.search_limiter import SearchLimiter
from socle.clock import Clock
from socle.cursors import decode_start, page_from
from socle.http import Router

_VARY: Final = {"vary": "accept-language"}
By = Annotated[
    Grouping, Query(description="Une rangée par ligne, arrêt (31 jours au plus), heure ou jour")
]


Found = Callable[[FigureQuery, Grouping], PunctualityList]


def punctuality_router(
    tables: DailyTables, rule: OnTime, clock: Clock, limiter: SearchLimiter
) -> Router:
    """The router of the endpoints of punctuality."""
    router = Router(tags=["indicators"])

    def found(query: FigureQuery, by: Grouping) -> PunctualityList:
        return list_punctuality(tables, query, by, rule, now=int(clock.now().timestamp()))

    _add_rows(router, rule, found, limiter)
    _add_csv(router, found, limiter)
    return router


def _add_rows(router: Router, rule: OnTime, found: Found, limiter: SearchLimiter) -> None:
    @router.get(
        "/indicators/punctuality",
        operation_id="get_punctuality",
        response_model=PunctualityListJson,
        summary="La ponctualité et les suppressions",
    )
    async def show_punctuality(
        request: Request,
        query: Figures,
        languages: Languages,
        by: By = "route",
        limit: RowLimit = 1000,
        cursor: Cursor = None,
    ) -> Response:
        """Passages à l'heure, retard médian, courses supprimées ; les sept derniers jours si la
        période manque. Le jour en cours compte jusqu'à maintenant (complete : false)."""
        start = decode_start(cursor)
        listed = await limiter.run(lambda: found(query, by))
        rows, following = page_from(listed.rows, start, limit)
        content: PunctualityListJson = {
            "definition": punctuality_definition(rule, query.source, text_language(languages)),
            "thresholds": on_time_json(rule),
            "source": query.source,
            "first": listed.first.isoformat(),
            "last": listed.last.isoformat(),
            "rows": [row_json(row) for row in rows],
            "next": following,
        }
        return schedule_response(request, content, _VARY)


def _add_csv(router: Router, found: Found, limiter: SearchLimiter) -> None:
    @router.get(
        "/indicators/punctuality.csv",
        operation_id="get_punctuality_csv",
        response_class=Response,
        responses=CSV_RESPONSES,
        summary="La ponctualité et les suppressions, en CSV",
    )
    async def send_punctuality(request: Request, query: Figures, by: By = "route") -> Response:
        """Les mêmes rangées, toutes dans un fichier."""
        columns = [*PunctualityRowJson.__annotations__]

        def answer() -> Response:
            rows = map(row_json, found(query, by).rows)
            return csv_response(request, columns, rows, name="ponctualite.csv")

        return await limiter.run(answer)
