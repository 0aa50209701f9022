"""`GET /itineraires/{journey_id}`: a journey that is followed, and its stream.

Server-sent events, as those of boards: `tableau` is the HTML fragment that replaces the state of
the page, `annonce` is a sentence for screen readers; `fin` ends the journey. The page is complete
without scripts.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from portail.api.events import HEARTBEAT, RETRY, event, event_stream
from portail.api.pages.itineraires.again import address_of_search, place_of, wishes_of
from portail.api.pages.itineraires.view import PageView, page_view
from portail.api.rendering import segment
from portail.api.texts import texts_of
from portail.domain.followed_journey import FollowedJourney, SearchedJourney
from portail.flows.optional_parts import none_if_refused, offered_notifications
from portail.ports import PublicApi
from socle.clock import Clock
from socle.errors import Refusal
from socle.http import Router
from socle.pages import NOT_CACHED, Pages, page_request, typeset

MAX_FOLLOWED: Final = 2_000
"""Journeys followed at once: each needs a stream of the API."""
_HEARTBEAT_SECONDS: Final = 15.0
_STATUS: Final = {"invalid": 404, "not_found": 404, "gone": 410}
_LATER: Final = 3
"""Journeys after this one."""


@dataclass(frozen=True, slots=True)
class FollowedView:
    """A followed journey as the page displays it."""

    now: datetime
    live: bool
    """Whether it can still change."""
    possible: bool
    confirmed: bool
    """Whether real time covers it."""
    summary: str
    changes: tuple[str, ...]
    planned: PageView
    better: PageView | None
    """None while the planned journey is possible, and if no other is found."""
    better_title: str | None
    """From where."""
    again: str | None
    """The address of the same search from now on; None if it is not known."""


def followed_router(api: PublicApi, pages: Pages, clock: Clock) -> Router:
    """The router of the page and its stream."""
    router, free = Router(include_in_schema=False), asyncio.Semaphore(MAX_FOLLOWED)

    @router.get("/itineraires/{journey_id}/flux")
    async def stream(request: Request, journey_id: str) -> StreamingResponse:
        events = _bounded(free, _events(api, pages, clock, journey_id))
        return event_stream(request, events)

    @router.get("/itineraires/{journey_id}")
    async def show(journey_id: str) -> Response:
        language = page_request().language
        searched = await none_if_refused(api.journey_query(journey_id))
        again = None if searched is None else address_of_search(searched)
        try:
            journey = await api.journey(journey_id, language=language)
        except Refusal as refusal:
            if refusal.category not in _STATUS:
                raise
            return _gone(pages, refusal, searched, again)
        now = _local(clock.now(), journey)
        return pages.answer(
            "itineraires/suivi.html",
            cache=NOT_CACHED,  # its ends can be somebody's home
            maps=True,
            titre=_title(journey),
            titre_page=_title(journey, "titre_trajet"),
            adresse=f"/itineraires/{segment(journey_id)}",
            vue=_view(journey, now, again),
            suivants=await _later(api, journey, searched, now),
            abonnements=f"/mobilite/v1/journeys/{segment(journey_id)}/subscriptions",
            notifications=await offered_notifications(api),
        )

    return router


def _gone(
    pages: Pages, refusal: Refusal, searched: SearchedJourney | None, again: str | None
) -> Response:
    """The page of a journey that is no longer there, or of an address that is none."""
    texts, title = texts_of("itineraires"), texts_of("itineraires")["titre"]
    if searched is not None and searched.start.name and searched.end.name:
        ends = typeset(searched.start.name), typeset(searched.end.name)
        title = texts["titre_trajet"].format(de=ends[0], vers=ends[1])
    return pages.answer(
        "itineraires/suivi.html",
        status=_STATUS[refusal.category],
        titre=title,
        titre_page=title,
        vue=None,
        encore=again,
        faute=texts[f"suivi_{refusal.category}"],
    )


async def _later(
    api: PublicApi, journey: FollowedJourney, searched: SearchedJourney | None, now: datetime
) -> PageView | None:
    """The next journeys, for people who miss this one; None once it is under way, and if none is
    found."""
    if searched is None or journey.status != "upcoming" or not journey.possible:
        return None
    ends = place_of(searched.start), place_of(searched.end)
    if ends[0] is None or ends[1] is None:
        return None
    departure = journey.journeys[0].departure
    found = await none_if_refused(
        api.journeys(
            ends[0],
            ends[1],
            at=departure + timedelta(minutes=1),
            arrive_by=False,
            wishes=wishes_of(searched),
            language=page_request().language,
        )
    )
    after = [] if found is None else [e for e in found.journeys if e.departure > departure]
    if found is None or not after:
        return None
    return page_view(replace(found, journeys=tuple(after[:_LATER])), now, ends_of(journey))


async def _search_again(api: PublicApi, journey_id: str) -> str | None:
    """The address of the search that found a journey, from now on."""
    searched = await none_if_refused(api.journey_query(journey_id))
    return None if searched is None else address_of_search(searched)


def _title(journey: FollowedJourney, name: str = "suivi_titre") -> str:
    start, end = ends_of(journey)
    return texts_of("itineraires")[name].format(de=start, vers=end)


def ends_of(journey: FollowedJourney) -> tuple[str, str]:
    """The names of both ends."""
    texts = texts_of("itineraires")
    names = journey.start.name or texts["suivi_depart"], journey.end.name or texts["suivi_arrivee"]
    return typeset(names[0]), typeset(names[1])


def _local(now: datetime, journey: FollowedJourney) -> datetime:
    """In the time zone of the journey's departure."""
    return now.astimezone(journey.journeys[0].departure.tzinfo)


def _view(journey: FollowedJourney, now: datetime, again: str | None) -> FollowedView:
    texts, ends, where = texts_of("itineraires"), ends_of(journey), journey.whereabouts
    better = title = None
    others = journey.others
    if others is not None and where is not None:
        place = typeset(where.place.name or texts["suivi_depart"])
        better = page_view(others, now, (place, ends[1]))
        title = texts["suivi_sinon" if journey.possible else "suivi_mieux"].format(lieu=place)
    return FollowedView(
        now,
        live=journey.status != "arrived",
        possible=journey.possible,
        confirmed=journey.confirmed,
        summary=typeset(journey.summary),
        changes=tuple(typeset(change.message) for change in journey.changes),
        planned=page_view(journey, now, ends),
        better=better if better and better.journeys else None,
        better_title=title,
        again=again,
    )


async def _bounded(
    free: asyncio.Semaphore, events: AsyncGenerator[bytes, None]
) -> AsyncGenerator[bytes, None]:
    """The events, unless too many journeys are followed: the page then tries again later."""
    if free.locked():
        yield RETRY
        return
    async with free, aclosing(events):
        async for each in events:
            yield each


async def _events(
    api: PublicApi, pages: Pages, clock: Clock, journey_id: str
) -> AsyncGenerator[bytes, None]:
    yield RETRY
    last: FollowedJourney | None = None
    again = await _search_again(api, journey_id)
    states = api.watch_journey(journey_id, language=page_request().language)
    try:
        async with aclosing(_with_heartbeats(states)) as journeys:
            async for journey in journeys:
                if journey is None:
                    yield HEARTBEAT
                    continue
                view = _view(journey, _local(clock.now(), journey), again)
                yield event("tableau", pages.html("itineraires/suivi_etat.html", vue=view))
                if last is not None and (news := journey.news(last)):
                    yield event("annonce", " ".join(map(typeset, news)))
                if journey.status == "arrived":
                    yield event("fin", journey.status)
                    return
                last = journey
    except Refusal:
        return  # the page reports that it is no longer updated, and tries again


async def _with_heartbeats(
    journeys: AsyncGenerator[FollowedJourney, None],
) -> AsyncGenerator[FollowedJourney | None, None]:
    """The journeys; None where there is none for a while. Closes them."""
    waiting: asyncio.Future[FollowedJourney] | None = None
    try:
        while True:
            waiting = asyncio.ensure_future(anext(journeys))
            while not (await asyncio.wait([waiting], timeout=_HEARTBEAT_SECONDS))[0]:
                yield None
            try:
                journey = waiting.result()
            except StopAsyncIteration:
                return
            yield journey
    finally:
        if waiting is not None:
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        await journeys.aclose()
