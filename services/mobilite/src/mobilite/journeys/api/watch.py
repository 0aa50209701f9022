"""`GET /mobilite/v1/journeys/{journey_id}`, and its stream of server-sent events."""

from collections.abc import Mapping
from typing import Annotated, Final

import orjson
from fastapi import Header, Path, Request, Response

from mobilite.http.api.languages import Languages
from mobilite.http.api.responses import PRIVATE, entity_tag, live_response
from mobilite.journeys.api.journey_now_rendering import JourneyNowRenderer
from mobilite.journeys.api.journey_query_rendering import journey_query_json
from mobilite.journeys.api.place_headers import HEADERS, headers_of
from mobilite.journeys.api.rendering import JourneyRenderer
from mobilite.journeys.api.watch_models import JourneyNowJson, SearchedJourneyJson
from mobilite.journeys.flows.followed.journey_reference import decode_journey_id
from mobilite.journeys.flows.followed.show_journey import show_journey
from mobilite.journeys.flows.followed.watch_journeys import (
    JourneySubscriptions,
    PlanningSource,
    Rentals,
)
from mobilite.journeys.flows.journey_costs import JourneyCosts
from mobilite.journeys.flows.page_connections import UNOBSERVED, PageConnections
from mobilite.journeys.flows.planning_state import PlanningState, no_network_yet
from mobilite.machine.flows.search_limiter import SearchLimiter
from mobilite.rental.flows.live_rentals import RentalState
from mobilite.streams.api.event_stream import EventStream
from mobilite.streams.flows.subscription import RenderedView
from mobilite.streams.flows.subscriptions import Subscriptions
from socle.clock import Clock
from socle.http import Router

_WATCH: Final = """\
Le trajet comme le donne /journeys/{journey_id}, envoyé à nouveau dès qu'il change (server-sent
events) : horaires, quai, correspondance, course supprimée, arrêt non desservi, perturbation,
station de location vide ou pleine, réservation close, départ, arrivée. Chaque événement est entier
et remplace le précédent. Le flux retient ce qui est arrivé en chemin : une course supprimée alors
que l'on est à bord n'est pas une course manquée. Il se termine après l'arrivée (status : arrived),
et quand l'identifiant n'est plus connu."""

JourneyId = Annotated[str, Path(description="Le champ id d'un trajet de /journeys")]


class FollowedJourneys:
    """What one journey is rendered with, and the subscriptions to such journeys."""

    def __init__(
        self,
        planning: PlanningSource,
        clock: Clock,
        costs: JourneyCosts,
        limiter: SearchLimiter,
        rentals: Rentals = RentalState,
        connections: PageConnections = UNOBSERVED,
    ) -> None:
        """`planning`: gives the newest state. `rentals`: likewise. `connections`: assesses
        changes."""
        self.planning, self.clock, self.limiter = planning, clock, limiter
        self.rentals, self.render = rentals, JourneyNowRenderer(JourneyRenderer(costs, connections))
        self.subscriptions = JourneySubscriptions(
            Subscriptions(planning, clock), planning, clock, self.render, limiter, rentals
        )


def journey_router(journeys: FollowedJourneys) -> Router:
    """The router of one journey."""
    router = Router(tags=["journeys"])
    _add_journey(router, journeys)
    _add_query(router, journeys.planning)
    _add_watch(router, journeys.subscriptions)
    return router


def _add_journey(router: Router, journeys: FollowedJourneys) -> None:
    @router.get(
        "/journeys/{journey_id}",
        operation_id="get_journey",
        response_model=JourneyNowJson,
        summary="Un trajet",
    )
    async def show(request: Request, journey_id: JourneyId, languages: Languages) -> Response:
        """Un trajet trouvé par /journeys, tel qu'il est maintenant, même devenu impossible : pour
        un lien à partager. L'identifiant contient le départ et la destination. 404 ou 410 quand
        les horaires n'ont plus ses courses, ou qu'une station de location ou un parking relais
        n'existe plus."""
        reference, now = decode_journey_id(journey_id), journeys.clock.now()
        state, rented = journeys.planning.state, journeys.rentals()
        if state is None:
            raise no_network_yet()

        def answer(current: PlanningState = state) -> tuple[RenderedView, Mapping[str, str]]:
            journey = show_journey(current, rented, reference, now=now)
            return journeys.render(journey, languages), headers_of(
                journey.judgement.rebuilt.page.places
            )

        rendered, headers = await journeys.limiter.run(answer)
        return live_response(request, rendered.body, rendered.tag, headers=headers, made_at=now)


def _add_query(router: Router, planning: PlanningSource) -> None:
    @router.get(
        "/journeys/{journey_id}/query",
        operation_id="get_journey_query",
        response_model=SearchedJourneyJson,
        summary="La recherche qui a trouvé un trajet",
    )
    async def show(request: Request, journey_id: JourneyId) -> Response:
        """Le départ, l'arrivée et les souhaits d'un trajet, pour chercher à nouveau le même : aussi
        quand il est passé, ou que les horaires n'ont plus ses courses. `name` est null d'un lieu
        qui n'est plus connu."""
        reference = decode_journey_id(journey_id)
        if planning.state is None:
            raise no_network_yet()
        content, private = journey_query_json(planning.state, reference)
        tag = entity_tag([content])
        headers = {**HEADERS, **PRIVATE} if private else HEADERS
        return live_response(request, orjson.dumps(content), tag, headers=headers)


def _add_watch(router: Router, watched: JourneySubscriptions) -> None:
    @router.post(
        "/journeys/{journey_id}/watch",
        operation_id="watch_journey",
        response_class=EventStream,
        responses={200: {"content": {"text/event-stream": {}}}},
        summary="Suivre un trajet",
        description=_WATCH,
    )
    async def watch(
        request: Request,
        journey_id: JourneyId,
        languages: Languages,
        last_event_id: Annotated[str | None, Header()] = None,
    ) -> EventStream:
        journey = await watched.open(journey_id, languages)
        return EventStream(watched.listen(journey, last_event_id), headers=HEADERS)
