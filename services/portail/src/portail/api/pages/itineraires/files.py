"""`GET /itineraires/{journey_id}/agenda.ics` and `trace.geojson`: a journey for other programs."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from fastapi import Request, Response

from portail.api import words
from portail.api.geojson import MEDIA_TYPE as GEOJSON
from portail.api.geojson import feature_collection
from portail.api.pages.itineraires.calendar_file import (
    MEDIA_TYPE,
    CalendarEvent,
    calendar_file,
)
from portail.api.pages.itineraires.followed import ends_of
from portail.api.pages.itineraires.steps import StepView
from portail.api.pages.itineraires.trace import journey_features
from portail.api.pages.itineraires.view import JourneyView, page_view
from portail.api.rendering import segment
from portail.api.texts import texts_of
from portail.domain.followed_journey import FollowedJourney
from portail.ports import PublicApi
from socle.clock import Clock
from socle.http import Router
from socle.pages import NOT_CACHED, page_request, typeset

_HEADERS: Final = {"cache-control": NOT_CACHED, "referrer-policy": "no-referrer"}
"""The ends of a journey can be somebody's home."""


def journey_files_router(api: PublicApi, clock: Clock, zone: ZoneInfo) -> Router:
    """The router of the files. `zone`: of the times of the calendar file."""
    router = Router(include_in_schema=False)

    async def found(journey_id: str) -> tuple[FollowedJourney, JourneyView]:
        journey = await api.journey(journey_id, language=page_request().language)
        now = clock.now().astimezone(zone)
        return journey, page_view(journey, now, ends_of(journey)).journeys[0]

    @router.get("/itineraires/{journey_id}/agenda.ics")
    async def show_calendar(request: Request, journey_id: str) -> Response:
        journey, view = await found(journey_id)
        address = f"{_origin(request)}/itineraires/{segment(journey_id)}"
        event = _event(journey_id, journey, view, address)
        headers = {**_HEADERS, "content-disposition": 'attachment; filename="trajet.ics"'}
        body = calendar_file(event, now=clock.now(), zone=zone)
        return Response(body, media_type=MEDIA_TYPE, headers=headers)

    @router.get("/itineraires/{journey_id}/trace.geojson")
    async def show_trace(journey_id: str) -> Response:
        _, view = await found(journey_id)
        body = feature_collection(journey_features(view))
        return Response(body, media_type=GEOJSON, headers=_HEADERS)

    return router


def _origin(request: Request) -> str:
    """The site as its reader called it: the gateway states it."""
    headers, own = request.headers, request.base_url
    scheme = headers.get("x-forwarded-proto", own.scheme)
    return f"{scheme}://{headers.get('x-forwarded-host', own.netloc)}"


def _event(
    journey_id: str, journey: FollowedJourney, view: JourneyView, address: str
) -> CalendarEvent:
    texts, (start, end) = texts_of("itineraires"), ends_of(journey)
    return CalendarEvent(
        key=journey_id,
        start=view.journey.departure,
        end=view.journey.arrival,
        title=texts["titre_trajet"].format(de=start, vers=end),
        place=start,
        description=[typeset(journey.summary), "", *_lines(view), "", texts["agenda_lien"]],
        address=address,
    )


def _lines(view: JourneyView) -> Iterator[str]:
    """The steps, a line each; then what has to be booked."""
    for stop in view.stops:
        yield f"{_clock(stop.departure or stop.arrival)} {stop.name}{_at(stop.platform)}"
        for step in (stop.change, stop.step):
            if step is not None:
                yield f"    {_step(step)}"


def _step(step: StepView) -> str:
    texts, leg = texts_of("itineraires"), step.leg
    parts = [step.title]
    if leg.route is not None:
        parts.append(leg.route.name)
        if leg.headsign:
            parts.append(f"{texts['vers']} {typeset(leg.headsign)}")
    if step.booking is not None:
        parts.append(f"– {step.booking.until}")
        if step.booking.phone:
            parts.append(f"– {texts['telephone'].format(numero=step.booking.phone)}")
    return " ".join(parts)


def _at(platform: str | None) -> str:
    return "" if platform is None else f" ({platform})"


def _clock(instant: datetime | None) -> str:
    return "" if instant is None else words.clock(instant)
