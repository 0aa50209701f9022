"""`GET /mobilite/v1/journeys`."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson
from fastapi import Request, Response

from mobilite.http.api.languages import Languages, text_language
from mobilite.http.api.responses import PRIVATE, entity_tag, live_response
from mobilite.journeys.api.models import JourneyListJson
from mobilite.journeys.api.parameters import JourneyQuery
from mobilite.journeys.api.rendering import JourneyRenderer
from mobilite.journeys.flows.journey_costs import JourneyCosts
from mobilite.journeys.flows.plan_journeys import plan_journeys
from mobilite.journeys.flows.planning_state import PlanningState
from mobilite.journeys.flows.search_limiter import SearchLimiter
from socle.clock import Clock
from socle.http import Router

_HEADERS: Final = {"vary": "accept-language"}
_ALERT_AGE: Final = {"age": None}


def journeys_router(
    planning: Callable[[], PlanningState],
    clock: Clock,
    costs: JourneyCosts,
    limiter: SearchLimiter,
    searched: Callable[[float], None] = lambda seconds: None,
) -> Router:
    """The router of journeys. `planning`: the newest state to search in. `searched`: called after
    each search, with the seconds it took."""
    router, render = Router(tags=["journeys"]), JourneyRenderer(costs)

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
        state, now, loop = planning(), clock.now(), asyncio.get_running_loop()
        started = loop.time()

        def answer() -> tuple[bytes, str, Mapping[str, str]]:
            page = plan_journeys(state, query, now=now)
            content = render.page_json(page, languages)
            tag = entity_tag([_without_ages(content), text_language(languages)])
            private = any(place.id is None for place in page.places)
            return orjson.dumps(content), tag, {**_HEADERS, **PRIVATE} if private else _HEADERS

        body, tag, headers = await limiter.run(answer)
        searched(loop.time() - started)
        return live_response(request, body, tag, headers=headers)

    return router


def _without_ages(content: Any) -> Any:
    """What identifies an answer: without the instants that change every second."""
    alerts = [{**each, **_ALERT_AGE} for each in content["alerts"]]
    return {**content, "alerts": alerts, "generated_at": None, "at": None}
