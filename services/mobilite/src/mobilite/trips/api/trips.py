"""`GET /mobilite/v1/trips` and `/trips/{trip_id}`: the runs of a day, and one run."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

import orjson
from fastapi import Header, Path, Query, Request, Response
from pydantic import BeforeValidator, WithJsonSchema

from mobilite.gtfs.domain.clock_times import format_time, parse_time
from mobilite.gtfs.domain.ids import global_id
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.http.api.parameters import BoundedNumber, Cursor, Day
from mobilite.http.api.responses import entity_tag, live_response
from mobilite.http.api.times import local_time, utc
from mobilite.realtime.domain.run_calls import RunCall
from mobilite.stops.api.rendering import trip_route_json
from mobilite.streams.api.event_stream import EventStream
from mobilite.streams.flows.subscription import RenderedView
from mobilite.streams.flows.subscriptions import Subscriptions
from mobilite.streams.ports import StateSource
from mobilite.trips.api.models import TripJson
from mobilite.trips.api.models_list import ListedTripJson, TripEndJson, TripListJson
from mobilite.trips.api.rendering import trip_json
from mobilite.trips.flows.get_trip import TripDetail, get_trip
from mobilite.trips.flows.list_trips import ListedTrip, TripFilter, TripPage, list_trips
from mobilite.trips.ports import TripsState
from socle.clock import Clock
from socle.http import Router


def _start_time(text: Any) -> int:
    seconds = parse_time(str(text)[:20])
    if seconds < 0:
        raise ValueError("une heure HH:MM:SS est attendue (25:10:00)")
    return seconds


TripsLimit = Annotated[int, BoundedNumber(1, 500), Query(description="Nombre de courses")]
StartTime = Annotated[
    int | None,
    BeforeValidator(_start_time),
    WithJsonSchema({"type": "string", "examples": ["25:10:00"]}),
    Query(description="Départ de la course, HH:MM:SS : distingue celles d'une fréquence"),
]


TripId = Annotated[str, Path(description="Identifiant public d'une course, réseau:course")]
_STREAM: Final = """\
La même course, envoyée entière à chaque changement (server-sent events). Sans date, celle qui est
la plus proche de maintenant à l'ouverture. Qui revient avec Last-Event-ID ne reçoit que du nouveau.
Le silence est ponctué d'un commentaire toutes les quinze secondes."""


def trips_router(
    live: StateSource[TripsState], clock: Clock, subscriptions: Subscriptions[TripsState]
) -> Router:
    """The router of the endpoints of trips and of their runs."""
    router = Router(tags=["routes"])
    _add_stream(router, live, clock, subscriptions)  # first: the path of a trip would match it too
    _add_trip(router, live, clock)
    _add_list(router, live, clock)
    return router


def _add_trip(router: Router, live: StateSource[TripsState], clock: Clock) -> None:
    @router.get(
        "/trips/{trip_id:path}",
        operation_id="get_trip",
        response_model=TripJson,
        summary="Une course",
    )
    async def show_trip(
        request: Request,
        trip_id: TripId,
        date: Day = None,
        start_time: StartTime = None,
    ) -> Response:
        """Tous les passages d'une course, prévus et annoncés, son véhicule et son tracé. Sans date,
        celle qui est la plus proche de maintenant."""
        day, now = None if date is None else ServiceDate(date), clock.now()
        rendered = _render(
            live.state, get_trip(live.state, trip_id, now=now, day=day, start=start_time)
        )
        return live_response(request, rendered.body, rendered.tag, made_at=now)


def _add_stream(
    router: Router,
    live: StateSource[TripsState],
    clock: Clock,
    subscriptions: Subscriptions[TripsState],
) -> None:
    @router.get(
        "/trips/{trip_id:path}/stream",
        operation_id="stream_trip",
        response_class=EventStream,
        responses={200: {"content": {"text/event-stream": {}}}},
        summary="Une course, en continu",
        description=_STREAM,
    )
    async def stream_trip(
        request: Request,
        trip_id: TripId,
        date: Day = None,
        start_time: StartTime = None,
        last_event_id: Annotated[str | None, Header()] = None,
    ) -> EventStream:
        day = None if date is None else ServiceDate(date)
        found = get_trip(live.state, trip_id, now=clock.now(), day=day, start=start_time)
        feed_id, key = found.feed.feed_id, found.key
        day, start = ServiceDate.of_ordinal(key.day), found.trip.start

        def compute(state: TripsState, now: datetime) -> RenderedView:
            return _render(state, get_trip(state, trip_id, now=now, day=day, start=start))

        def parts(state: TripsState) -> tuple[object, ...]:
            # Its vehicle and its alerts are read again at each tick.
            feed = state.snapshot.feed(feed_id)
            return feed.schedule, feed.runs.get(key)

        view = subscriptions.open(("trip", trip_id, day, start), compute, parts)
        return EventStream(subscriptions.listen(view, last_event_id))


def _render(state: TripsState, detail: TripDetail) -> RenderedView:
    """The JSON of a run. Its tag does not depend on ages, which change every second."""
    content: Any = trip_json(state, detail)
    vehicle = content["vehicle"] and {**content["vehicle"], "age": None}
    without_ages = {
        **content,
        "generated_at": None,
        "age": None,
        "updated_at": None,
        "vehicle": vehicle,
    }
    return RenderedView(entity_tag(without_ages), orjson.dumps(content))


def _add_list(router: Router, live: StateSource[TripsState], clock: Clock) -> None:
    @router.get(
        "/trips",
        operation_id="list_trips",
        response_model=TripListJson,
        summary="Les courses d'un jour",
    )
    async def show_trips(
        request: Request,
        feed: Annotated[str | None, Query(description="Identifiant d'un réseau")] = None,
        route: Annotated[str | None, Query(description="Identifiant public d'une ligne")] = None,
        date: Day = None,
        limit: TripsLimit = 100,
        cursor: Cursor = None,
    ) -> Response:
        """Dans l'ordre de leur départ, celles que le temps réel ajoute comprises. Sans date, celles
        d'aujourd'hui."""
        filters = TripFilter(feed, route, None if date is None else ServiceDate(date))
        now = clock.now()
        page = list_trips(live.state, filters, now=now, limit=limit, cursor=cursor)
        content = trip_list_json(page)
        tag = entity_tag([content["trips"], content["next"]])
        return live_response(request, orjson.dumps(content), tag, made_at=now)


def trip_list_json(page: TripPage) -> TripListJson:
    """The JSON of a page of runs."""
    return {
        "generated_at": utc(datetime.fromtimestamp(page.generated_at, UTC)),
        "trips": [_listed(each) for each in page.trips],
        "next": page.next,
    }


def _listed(listed: ListedTrip) -> ListedTripJson:
    trip, timetable = listed.trip, listed.schedule.timetable
    return {
        "trip_id": global_id(timetable.feed_id, trip.trip_id),
        "start_date": str(ServiceDate.of_ordinal(listed.key.day)),
        "start_time": None if trip.start is None else format_time(trip.start),
        "route": trip_route_json(timetable, trip, {}),
        "direction_id": trip.direction if trip.direction >= 0 else None,
        "headsign": trip.headsign(0),
        "first": _end(listed, listed.first, at_start=True),
        "last": _end(listed, listed.last, at_start=False),
        "cancelled": listed.first.state == listed.last.state == "cancelled",
        "outside_timetable": trip.outside_timetable,
        "feed": timetable.feed_id,
    }


def _end(listed: ListedTrip, call: RunCall, *, at_start: bool) -> TripEndJson:
    """The first call with its departure (`at_start`), or the last one with its arrival."""
    timetable = listed.schedule.timetable
    local = local_time(timetable.local_zone(call.stop))
    scheduled = call.departure if at_start else call.arrival
    predicted = call.predicted_departure if at_start else call.predicted_arrival
    delay = None if predicted is None or not call.planned else predicted - scheduled
    return {
        "stop_id": global_id(timetable.feed_id, timetable.stop_ids[call.stop]),
        "name": timetable.stop_names[call.stop],
        "time": {
            "scheduled": local(scheduled),
            "predicted": None if predicted is None else local(predicted),
            "delay": delay,
        },
        "state": call.state,
    }
