"""`GET /mobilite/v1/routes/{route_id}/timetable`, and `…/runs` with its stream of server-sent
events."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final

import orjson
from fastapi import Header, Query, Request, Response

from mobilite.gtfs.domain.ids import split_global_id
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.http.api.parameters import BoundedNumber, Day
from mobilite.http.api.responses import entity_tag, live_response
from mobilite.routes.api.routes import RouteId
from mobilite.streams.api.event_stream import EventStream
from mobilite.streams.flows.subscription import RenderedView
from mobilite.streams.flows.subscriptions import Subscriptions
from mobilite.streams.ports import StateSource
from mobilite.trips.api.models_route import RouteRunsJson, TimetableJson
from mobilite.trips.api.route_rendering import route_runs_json, timetable_json
from mobilite.trips.flows.get_route_timetable import get_route_timetable
from mobilite.trips.flows.list_route_runs import VehiclesByRun, list_route_runs
from mobilite.trips.ports import TripsState
from socle.clock import Clock
from socle.http import Router

_STREAM: Final = """\
La même liste, envoyée entière à chaque changement (server-sent events). Qui revient avec
Last-Event-ID ne reçoit que du nouveau. Le silence est ponctué d'un commentaire toutes les quinze
secondes."""
Direction = Annotated[
    int | None,
    BoundedNumber(0, 1),
    Query(description="direction_id de GTFS ; le premier sens s'il manque"),
]
AtStop = Annotated[
    str | None, Query(description="Les passages à un arrêt seulement, par son id public")
]


def route_runs_router(
    live: StateSource[TripsState], clock: Clock, subscriptions: Subscriptions[TripsState]
) -> Router:
    """The router of the endpoints of a route's runs."""
    router, by_run = Router(tags=["routes"]), VehiclesByRun()
    _add_timetable(router, live, clock)
    _add_stream(router, subscriptions, by_run)
    _add_runs(router, live, clock, by_run)
    return router


def _add_timetable(router: Router, live: StateSource[TripsState], clock: Clock) -> None:
    @router.get(
        "/routes/{route_id:path}/timetable",
        operation_id="get_route_timetable",
        response_model=TimetableJson,
        summary="La fiche horaire d'une ligne",
    )
    async def show_timetable(
        request: Request,
        route_id: RouteId,
        date: Day = None,
        direction: Direction = None,
        stop: AtStop = None,
    ) -> Response:
        """Toutes les courses d'un sens, un jour de service, à chaque arrêt : prévues et annoncées,
        supprimées et ajoutées comprises. Sans date, celles d'aujourd'hui."""
        day, state = None if date is None else ServiceDate(date), live.state
        now = clock.now()
        found = get_route_timetable(
            state, route_id, now=now, day=day, direction=direction, stop_id=stop
        )
        content = timetable_json(state, found)
        tag = entity_tag({**content, "generated_at": None})
        return live_response(request, orjson.dumps(content), tag, made_at=now)


def _add_runs(
    router: Router, live: StateSource[TripsState], clock: Clock, by_run: VehiclesByRun
) -> None:
    @router.get(
        "/routes/{route_id:path}/runs",
        operation_id="list_route_runs",
        response_model=RouteRunsJson,
        summary="Les courses d'une ligne en ce moment",
    )
    async def show_runs(request: Request, route_id: RouteId) -> Response:
        """Celles qui circulent : entre quels arrêts, avec quel retard, avec quel véhicule. Sans
        prévision ni véhicule connu, d'après leur horaire."""
        now = clock.now()
        rendered = _render(live.state, route_id, now, by_run)
        return live_response(request, rendered.body, rendered.tag, made_at=now)


def _add_stream(
    router: Router, subscriptions: Subscriptions[TripsState], by_run: VehiclesByRun
) -> None:
    @router.get(
        "/routes/{route_id:path}/runs/stream",
        operation_id="stream_route_runs",
        response_class=EventStream,
        responses={200: {"content": {"text/event-stream": {}}}},
        summary="Les courses d'une ligne, en continu",
        description=_STREAM,
    )
    async def stream_runs(
        request: Request,
        route_id: RouteId,
        last_event_id: Annotated[str | None, Header()] = None,
    ) -> EventStream:
        def parts(state: TripsState) -> tuple[object, ...]:
            names = split_global_id(route_id)
            if names is None:
                return ()
            feed = state.snapshot.feed(names[0])
            return feed.schedule, feed.runs, state.fleets.get(names[0])

        view = subscriptions.open(
            ("route_runs", route_id),
            lambda state, now: _render(state, route_id, now, by_run),
            parts,
        )
        return EventStream(subscriptions.listen(view, last_event_id))


def _render(state: TripsState, route_id: str, now: datetime, by_run: VehiclesByRun) -> RenderedView:
    """The JSON of the current runs. Its tag does not depend on ages."""
    content = route_runs_json(state, list_route_runs(state, route_id, now=now, by_run=by_run))
    runs = [{**run, "vehicle": _without_age(run["vehicle"])} for run in content["runs"]]
    return RenderedView(entity_tag([content["route"], runs]), orjson.dumps(content))


def _without_age(vehicle: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if vehicle is None else {**vehicle, "age": None}
