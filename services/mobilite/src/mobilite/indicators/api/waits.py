"""`GET /mobilite/v1/indicators/regularity` and `/accuracy`."""

from collections.abc import Callable
from typing import Annotated, Final, Literal

from fastapi import Query, Request, Response

from mobilite.http.api.csv_responses import CSV_RESPONSES, csv_response
from mobilite.http.api.languages import Languages, text_language
from mobilite.http.api.parameters import Cursor
from mobilite.http.api.responses import schedule_response
from mobilite.indicators.api.parameters import Figures, RowLimit
from mobilite.indicators.api.wait_definitions import ACCURACY, REGULARITY
from mobilite.indicators.api.wait_models import (
    AccuracyListJson,
    AccuracyRowJson,
    RegularityListJson,
    RegularityRowJson,
)
from mobilite.indicators.api.wait_rendering import accuracy_json, regularity_json
from mobilite.indicators.domain.summed_rows import Dimension
from mobilite.indicators.flows.list_accuracy import AccuracyList, list_accuracy
from mobilite.indicators.flows.list_regularity import RegularityList, list_regularity
from mobilite.indicators.flows.query_figures import FigureQuery
from mobilite.indicators.ports import DailyTables
from mobilite.machine.flows.search_limiter import SearchLimiter
from socle.clock import Clock
from socle.cursors import decode_start, page_from
from socle.http import Router

_VARY: Final = {"vary": "accept-language"}
ByLine = Annotated[
    Literal["route", "stop", "hour", "day", "feed", "all"],
    Query(description="Par ligne, arrêt (31 jours au plus), heure, jour ou réseau, ou tout"),
]
ByHorizon = Annotated[
    Literal["all", "route", "day", "feed"],
    Query(description="Par horizon seulement, ou aussi par ligne, jour ou réseau"),
]

FindRegularity = Callable[[FigureQuery, Dimension], RegularityList]
FindAccuracy = Callable[[FigureQuery, Dimension], AccuracyList]


def waits_router(tables: DailyTables, clock: Clock, limiter: SearchLimiter) -> Router:
    """The router of the endpoints of regularity and accuracy."""
    router = Router(tags=["indicators"])

    def regularity(query: FigureQuery, by: Dimension) -> RegularityList:
        return list_regularity(tables, query, by, now=int(clock.now().timestamp()))

    def accuracy(query: FigureQuery, by: Dimension) -> AccuracyList:
        return list_accuracy(tables, query, by, now=int(clock.now().timestamp()))

    _add_regularity(router, regularity, limiter)
    _add_regularity_csv(router, regularity, limiter)
    _add_accuracy(router, accuracy, limiter)
    _add_accuracy_csv(router, accuracy, limiter)
    return router


def _add_regularity(router: Router, find: FindRegularity, limiter: SearchLimiter) -> None:
    @router.get(
        "/indicators/regularity",
        operation_id="get_regularity",
        response_model=RegularityListJson,
        summary="La régularité des lignes fréquentes",
    )
    async def show_regularity(
        request: Request,
        query: Figures,
        languages: Languages,
        by: ByLine = "route",
        limit: RowLimit = 1000,
        cursor: Cursor = None,
    ) -> Response:
        """L'attente en plus de celle de l'horaire, et la part d'intervalles réguliers ; les sept
        derniers jours si la période manque."""
        start = decode_start(cursor)
        answer = await limiter.run(lambda: find(query, by))
        rows, following = page_from(answer.rows, start, limit)
        content: RegularityListJson = {
            "definition": REGULARITY[text_language(languages)],
            "source": query.source,
            "first": answer.found.first.isoformat(),
            "last": answer.found.last.isoformat(),
            "rows": [regularity_json(*row) for row in rows],
            "next": following,
        }
        return schedule_response(request, content, _VARY)


def _add_regularity_csv(router: Router, find: FindRegularity, limiter: SearchLimiter) -> None:
    @router.get(
        "/indicators/regularity.csv",
        operation_id="get_regularity_csv",
        response_class=Response,
        responses=CSV_RESPONSES,
        summary="La régularité des lignes fréquentes, en CSV",
    )
    async def send_regularity(request: Request, query: Figures, by: ByLine = "route") -> Response:
        """Les mêmes rangées, toutes dans un fichier."""
        columns = [*RegularityRowJson.__annotations__]

        def answer() -> Response:
            rows = (regularity_json(*row) for row in find(query, by).rows)
            return csv_response(request, columns, rows, name="regularite.csv")

        return await limiter.run(answer)


def _add_accuracy(router: Router, find: FindAccuracy, limiter: SearchLimiter) -> None:
    @router.get(
        "/indicators/accuracy",
        operation_id="get_accuracy",
        response_model=AccuracyListJson,
        summary="La justesse des prévisions",
    )
    async def show_accuracy(
        request: Request,
        query: Figures,
        languages: Languages,
        by: ByHorizon = "all",
        limit: RowLimit = 1000,
        cursor: Cursor = None,
    ) -> Response:
        """L'écart entre ce qui était prévu 2, 5, 10, 20 et 30 min avant et le passage ; les sept
        derniers jours si la période manque."""
        start = decode_start(cursor)
        answer = await limiter.run(lambda: find(query, by))
        rows, following = page_from(answer.rows, start, limit)
        content: AccuracyListJson = {
            "definition": ACCURACY[text_language(languages)],
            "source": query.source,
            "first": answer.found.first.isoformat(),
            "last": answer.found.last.isoformat(),
            "rows": [accuracy_json(row) for row in rows],
            "next": following,
        }
        return schedule_response(request, content, _VARY)


def _add_accuracy_csv(router: Router, find: FindAccuracy, limiter: SearchLimiter) -> None:
    @router.get(
        "/indicators/accuracy.csv",
        operation_id="get_accuracy_csv",
        response_class=Response,
        responses=CSV_RESPONSES,
        summary="La justesse des prévisions, en CSV",
    )
    async def send_accuracy(request: Request, query: Figures, by: ByHorizon = "all") -> Response:
        """Les mêmes rangées, toutes dans un fichier."""
        columns = [*AccuracyRowJson.__annotations__]

        def answer() -> Response:
            rows = map(accuracy_json, find(query, by).rows)
            return csv_response(request, columns, rows, name="justesse.csv")

        return await limiter.run(answer)
