"""`GET /mobilite/v1/journeys`."""

import asyncio
from collections.abc import Callable, Mapping

import orjson
from fastapi import Request, Response

from mobilite.http.api.languages import Languages, text_language
from mobilite.http.api.responses import entity_tag, live_response
from mobilite.journeys.api.models import JourneyListJson
from mobilite.journeys.api.parameters import JourneyQuery
from mobilite.journeys.api.place_headers import headers_of
from mobilite.journeys.api.rendering import JourneyRenderer, without_ages
from mobilite.journeys.flows.journey_costs import JourneyCosts
from mobilite.journeys.flows.page_connections import UNOBSERVED, PageConnections
from mobilite.journeys.flows.plan_journeys import plan_journeys
from mobilite.journeys.flows.planning_state import PlanningState
from mobilite.machine.flows.search_limiter import SearchLimiter
from mobilite.rental.flows.live_rentals import RentalState
from socle.clock import Clock
from socle.http import Router


def journeys_router(
    planning: Callable[[], PlanningState],
    clock: Clock,
    costs: JourneyCosts,
    limiter: SearchLimiter,
    rentals: Callable[[], RentalState] = RentalState,
    searched: Callable[[float], None] = lambda seconds: None,
    connections: PageConnections = UNOBSERVED,
) -> Router:
    """The router of journeys. `planning`, `rentals`: the newest state of each. `searched`: called
    after each search, with the seconds it took. `connections`: assesses changes."""
    router, render = Router(tags=["journeys"]), JourneyRenderer(costs, connections)

    @router.get(
        "/journeys",
        operation_id="list_journeys",
        response_model=JourneyListJson,
        summary="Itinéraires",
    )
    async def show_journeys(
        request: Request, query: JourneyQuery, languages: Languages
    ) -> Response:
        """Les meilleurs trajets d'un lieu à un autre, en temps réel : aucun autre ne part plus
        tard, n'arrive plus tôt, n'a moins de changements et ne marche moins. Sans `at`, à partir de
        maintenant. Aucun n'emprunte une course supprimée ni un arrêt fermé ; s'il n'y en a pas,
        `message` dit pourquoi."""
        state, rented, loop = planning(), rentals(), asyncio.get_running_loop()
        started, now = loop.time(), clock.now()

        def answer() -> tuple[bytes, str, Mapping[str, str]]:
            page = plan_journeys(state, query, now=now, rentals=rented)
            content = render.page_json(page, languages)
            tag = entity_tag([without_ages(content), text_language(languages)])
            return orjson.dumps(content), tag, headers_of(page.places)

        body, tag, headers = await limiter.run(answer)
        searched(loop.time() - started)
        return live_response(request, body, tag, headers=headers, made_at=now)

    return router
