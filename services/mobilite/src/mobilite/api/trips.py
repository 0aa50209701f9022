"""`GET /mobilite/v1/trips`: the runs of a day."""

from datetime import UTC, datetime
from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request, Response

from mobilite.api.answers import live_answer, tag_of
from mobilite.api.models_trips import ListedTripJson, TripEndJson, TripListJson
from mobilite.api.parameters import Cursor, Day, TripsLimit
from mobilite.api.rendering import trip_route_json
from mobilite.api.times import local_time, utc
from mobilite.domain.ids import global_id
from mobilite.domain.packing.clock_times import clock_time
from mobilite.domain.run_calls import RunCall
from mobilite.domain.service_date import ServiceDate
from mobilite.flows.list_trips import ListedTrip, TripFilter, TripPage, list_trips
from mobilite.flows.live import Live
from socle.clock import Clock


def trips_router(live: Live, clock: Clock) -> APIRouter:
    """The address of the runs of a day."""
    router = APIRouter(tags=["lignes"])

    @router.get("/trips", response_model=TripListJson, summary="Les courses d'un jour")
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
        asked = TripFilter(feed, route, None if date is None else ServiceDate(date))
        page = list_trips(live.state, asked, now=clock.now(), limit=limit, cursor=cursor)
        content = trip_list_json(page)
        tag = tag_of([content["trips"], content["next"]])
        return live_answer(request, orjson.dumps(content), tag)

    return router


def trip_list_json(page: TripPage) -> TripListJson:
    """A page of runs."""
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
        "start_time": None if trip.start is None else clock_time(trip.start),
        "route": trip_route_json(timetable, trip, {}),
        "direction_id": trip.direction if trip.direction >= 0 else None,
        "headsign": trip.headsign(0),
        "first": _end(listed, listed.first, leaves=True),
        "last": _end(listed, listed.last, leaves=False),
        "cancelled": listed.first.state == listed.last.state == "cancelled",
        "outside_timetable": trip.outside_timetable,
        "feed": timetable.feed_id,
    }


def _end(listed: ListedTrip, call: RunCall, *, leaves: bool) -> TripEndJson:
    timetable = listed.schedule.timetable
    local = local_time(timetable.local_zone(call.stop))
    scheduled = call.departure if leaves else call.arrival
    predicted = call.predicted_departure if leaves else call.predicted_arrival
    late = None if predicted is None or not call.planned else predicted - scheduled
    return {
        "stop_id": global_id(timetable.feed_id, timetable.stop_ids[call.stop]),
        "name": timetable.stop_names[call.stop],
        "time": {
            "scheduled": local(scheduled),
            "predicted": None if predicted is None else local(predicted),
            "delay": late,
        },
        "state": call.state,
    }
