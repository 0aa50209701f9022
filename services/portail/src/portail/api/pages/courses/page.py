"""`GET /courses/{id}`: one run, and its stream.

Server-sent events, as those of boards: `tableau` is the HTML fragment that replaces the state of
the run, `annonce` a sentence for screen readers; `fin` ends it. Pages are complete without scripts.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Query, Request, Response
from fastapi.responses import StreamingResponse

from portail.api import words
from portail.api.addresses import line_address, trip_address
from portail.api.events import HEARTBEAT, RETRY, event, event_stream
from portail.api.pages.courses.view import trip_view
from portail.api.texts import texts_of
from portail.api.words import line_of
from portail.domain.trips import Trip
from portail.flows.shared_streams import SharedStreams, newest
from portail.flows.show_trip import MissingTrip, TripPage, show_trip
from portail.ports import PublicApi
from socle.clock import Clock
from socle.errors import Refusal
from socle.http import Router
from socle.pages import BRIEFLY, NOT_CACHED, Pages, page_request, typeset

Day = Annotated[str, Query(pattern="^([0-9]{8})?$")]
Start = Annotated[str, Query(max_length=20)]
Id = Annotated[str, Query(max_length=300)]


def trip_router(api: PublicApi, pages: Pages, clock: Clock, zone: ZoneInfo) -> Router:
    """The router of the page of a run, and of its stream. `zone`: of the current day."""
    router, streams = Router(include_in_schema=False), SharedStreams[Trip, Trip](newest)

    @router.get("/courses/{trip_id:path}/flux")
    async def stream(
        request: Request, trip_id: str, date: Day = "", depart: Start = ""
    ) -> StreamingResponse:
        events = _events(api, streams, pages, clock, (trip_id, date or None, depart or None))
        return event_stream(request, events)

    @router.get("/courses/{trip_id:path}")
    async def show(
        trip_id: str, date: Day = "", depart: Start = "", ligne: Id = "", arret: Id = ""
    ) -> Response:
        found = await show_trip(
            api,
            trip_id,
            date=date or None,
            start_time=depart or None,
            stop_id=arret or None,
            language=page_request().language,
        )
        if isinstance(found, MissingTrip):
            return pages.answer(
                "courses/absente.html",
                status=404,
                cache=NOT_CACHED,
                **_missing(found, trip_id, date, ligne),
            )
        return pages.answer(
            "courses/page.html", cache=BRIEFLY, **_values(found, clock.now().astimezone(zone))
        )

    return router


def _values(found: TripPage, now: datetime) -> dict[str, Any]:
    trip, texts = found.trip, texts_of("courses")
    start = trip.calls[0].departure.scheduled
    here = trip_address(trip.trip_id, trip.start_date, trip.start_time)
    path, _, query = here.partition("?")
    day = words.day_of(start, now) or (words.weekday(start) if start.date() < now.date() else None)
    return {
        "titre": texts["titre"].format(
            ligne=typeset(trip.route.name),
            vers=typeset(trip.headsign) or texts["destination_inconnue"],
            heure=words.clock(start),
        ),
        "jour": day,
        "vue": trip_view(trip, now),
        "course": trip,
        "adresse": here,
        "chemin": path,
        "flux": f"{path}/flux?{query}",
        "ligne": line_address(trip.route.id),
        "alertes": found.alerts,
        "compte_alertes": words.alert_count(each.disrupts for each in found.alerts),
        "choisi": found.call,
        "correspondances": None
        if found.connections is None
        else [
            line_of(each, each.due, now.astimezone(each.due.tzinfo))
            for each in found.connections
            if each.due is not None
        ],
    }


def _missing(found: MissingTrip, trip_id: str, date: str, route_id: str) -> dict[str, Any]:
    """The values of the page of a run that is not published: what happened, and a way on."""
    texts, other = texts_of("courses"), found.other
    line = route_id or ("" if other is None else other.route.id)
    feed = trip_id.partition(":")[0]
    text = texts["absente_remplacee"]
    again = None
    if other is not None:
        start = other.calls[0].departure.scheduled
        text = texts["absente_ce_jour"]
        again = {
            "adresse": trip_address(other.trip_id, other.start_date, other.start_time),
            "texte": texts["autre_jour"].format(moment=words.moment(start)),
        }
    return {
        "titre": texts["absente"],
        "explication": text,
        "autre": again,
        "ligne": line_address(line) if line else None,
        "reseau": f"/lignes?reseau={feed}" if ":" in trip_id else "/lignes",
    }


async def _events(
    api: PublicApi,
    streams: SharedStreams[Trip, Trip],
    pages: Pages,
    clock: Clock,
    subject: tuple[str, str | None, str | None],
) -> AsyncGenerator[bytes, None]:
    trip_id, date, start = subject
    yield RETRY
    last: Trip | None = None
    try:
        states = streams.listen(
            subject, lambda: api.watch_trip(trip_id, date=date, start_time=start)
        )
        async with aclosing(states) as received:
            async for trip in received:
                if trip is None:
                    yield HEARTBEAT
                    continue
                view = trip_view(trip, clock.now())
                yield event("tableau", pages.html("courses/etat.html", vue=view, course=trip))
                if last is not None and _is_news(last, trip):
                    yield event("annonce", view.answer)
                if not view.live:
                    yield event("fin", trip.status)
                    return
                last = trip
    except Refusal:
        return  # the page reports that it is no longer updated, and tries again
    if last is not None:
        # The timetable was replaced, or the operator took the run out.
        yield event("annonce", texts_of("courses")["plus_publiee"])
        yield event("fin", "gone")


def _is_news(before: Trip, after: Trip) -> bool:
    """Whether a change is announced: a cancellation, the next stop, two minutes of delay."""
    if before.status != after.status:
        return True
    late = abs((after.delay or 0) - (before.delay or 0)) >= 120
    return late or before.next_stop_sequence != after.next_stop_sequence
