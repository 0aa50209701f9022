"""`GET /mobilite/v1/indicators/feed-quality`: how good the data of each network are, by day."""

from typing import Annotated

from fastapi import Query, Request, Response

from mobilite.feed_quality.api.models import FeedQualityJson, FeedQualityListJson
from mobilite.feed_quality.api.rendering import quality_json, row_json
from mobilite.feed_quality.flows.list_quality import QualityReader, page_of
from mobilite.http.api.csv_responses import CSV_RESPONSES, csv_response
from mobilite.http.api.date_parameters import FromDate, ToDate
from mobilite.http.api.languages import Languages, text_language
from mobilite.http.api.parameters import BoundedNumber, Cursor
from mobilite.http.api.responses import schedule_response
from mobilite.machine.flows.search_limiter import SearchLimiter
from socle.clock import Clock
from socle.http import Router

Feed = Annotated[str | None, Query(description="Identifiant d'un réseau ; tous s'il manque")]
RowLimit = Annotated[int, BoundedNumber(1, 1000), Query(description="Nombre de rangées")]


def feed_quality_router(reader: QualityReader, clock: Clock, limiter: SearchLimiter) -> Router:
    """The router of the endpoints of feed quality."""
    router = Router(tags=["indicators"])
    _add_rows(router, reader, clock, limiter)
    _add_file(router, reader, clock, limiter)
    return router


def _add_rows(router: Router, reader: QualityReader, clock: Clock, limiter: SearchLimiter) -> None:
    @router.get(
        "/indicators/feed-quality",
        operation_id="get_feed_quality",
        response_model=FeedQualityListJson,
        summary="La qualité des données de chaque réseau, par jour",
    )
    async def show_quality(
        request: Request,
        languages: Languages,
        feed: Feed = None,
        first: FromDate = None,
        last: ToDate = None,
        limit: RowLimit = 200,
        cursor: Cursor = None,
    ) -> Response:
        """Fraîcheur, erreurs, correspondance avec l'horaire, courses et véhicules suivis, durée
        qui reste à l'horaire ; les sept derniers jours si la période manque."""
        now = clock.now()
        query = reader.query(feed, first, last, now=now)
        rows = await limiter.run(lambda: reader.list_rows(query, now=now))
        page = page_of(rows, query, limit=limit, cursor=cursor)
        content = quality_json(page, text_language(languages))
        return schedule_response(request, content, {"vary": "accept-language"})


def _add_file(router: Router, reader: QualityReader, clock: Clock, limiter: SearchLimiter) -> None:
    @router.get(
        "/indicators/feed-quality.csv",
        operation_id="get_feed_quality_csv",
        response_class=Response,
        responses=CSV_RESPONSES,
        summary="La qualité des données de chaque réseau, par jour, en CSV",
    )
    async def send_quality(
        request: Request, feed: Feed = None, first: FromDate = None, last: ToDate = None
    ) -> Response:
        """Les mêmes rangées, toutes dans un fichier."""
        now = clock.now()
        query = reader.query(feed, first, last, now=now)
        columns = [*FeedQualityJson.__annotations__]

        def answer() -> Response:
            rows = map(row_json, reader.list_rows(query, now=now))
            return csv_response(request, columns, rows, name="qualite-des-flux.csv")

        return await limiter.run(answer)
