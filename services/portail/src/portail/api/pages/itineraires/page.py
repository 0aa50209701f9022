"""`GET /itineraires`: journeys from one place to another, by a form that works without scripts."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from fastapi import Response

from portail.api.pages.accueil.place_lines import place_line
from portail.api.pages.itineraires.form import VEHICLES, WALKS, Form, JourneyForm, service_day
from portail.api.pages.itineraires.summary import option_words, when_words
from portail.api.pages.itineraires.view import PageView, page_view
from portail.api.pages.itineraires.waits import first_of_another_day
from portail.api.pages.itineraires.ways_out import OnDemandView, on_demand_view, ways_out
from portail.api.parameters import Cursor
from portail.api.texts import texts_of
from portail.domain.journeys import Journey, JourneyPage
from portail.flows.find_journeys import FoundJourneys, find_journeys
from portail.ports import PublicApi
from socle.clock import Clock
from socle.errors import Refusal
from socle.http import Router
from socle.pages import BRIEFLY, NOT_CACHED, Pages, page_request, typeset


def journeys_router(api: PublicApi, pages: Pages, clock: Clock, zone: ZoneInfo) -> Router:
    """The router of the page. `zone`: of today, where a reader gives no day."""
    router = Router(include_in_schema=False)

    @router.get("/itineraires")
    async def show_journeys(form: Form, suite: Cursor = None) -> Response:
        now = clock.now().astimezone(zone)
        form.settle_day(now)
        found, wrong = await _find(api, form, now, suite)
        return pages.answer(
            "itineraires/page.html",
            # A page with a position or an address must not be cached for others.
            cache=NOT_CACHED if _is_private(form, found) else BRIEFLY,
            titre=_title(found),
            form=form,
            quel_jour=form.which_day(now),
            vehicules=VEHICLES,
            chemins=WALKS,
            vue=found,
            faute=wrong,
            resultat=_result(form, found, now),
            lieu=place_line,
            quand=_when(form, now, found),
            dernier=None if suite else _last_of_day(form, found),
            options=option_words(form),
            adresse=lambda **changes: form.address(found, **changes),
            favori=form.address(found, timeless=True),
            inverse=form.address(found, swapped=True),
            derniers=form.address(found, last_of=_service_day(form, now)),
            demande=_on_demand(form, found, now),
            solutions=() if found is None else ways_out(form, found),
            dernier_d_abord=form.direction == "arriver",
            ordre=_order(form),
            autre_jour=_other_day(form, found, now) if suite is None else None,
        )

    return router


def _result(form: JourneyForm, found: FoundJourneys | None, now: datetime) -> PageView | None:
    if found is None or found.page is None:
        return None
    return page_view(
        _displayed(form, found.page),
        now,
        _names(found),
        wheelchair=form.wheelchair,
        obstacles=found.obstacles,
    )


def _on_demand(
    form: JourneyForm, found: FoundJourneys | None, now: datetime
) -> OnDemandView | None:
    service = None if found is None or found.page is None else found.page.on_demand
    return None if found is None or service is None else on_demand_view(service, form, found, now)


def _other_day(form: JourneyForm, found: FoundJourneys | None, now: datetime) -> str | None:
    """That the first journey leaves on a later day than the reader wants; None if it does not."""
    journeys = () if found is None or found.page is None else found.page.journeys
    if not journeys or form.direction != "partir":
        return None
    first, wanted = min(each.departure for each in journeys), form.wanted_date(now)
    if wanted is None or first.date() <= wanted:
        return None
    day = first_of_another_day(first, wanted, now)
    return texts_of("itineraires")["autre_jour"].format(jour=day)


def _order(form: JourneyForm) -> str | None:
    """That the last departure which arrives in time comes first; None in another order."""
    if form.direction != "arriver" or form.last_departures_of is not None:
        return None
    return texts_of("itineraires")["ordre_arriver"].format(heure=form.clock)


def _when(form: JourneyForm, now: datetime, found: FoundJourneys | None) -> str | None:
    """The time of the search in words; None for one that does not exist or is missing."""
    page = None if found is None else found.page
    try:
        return when_words(form, now, () if page is None else _displayed(form, page).journeys)
    except ValueError:
        return None


def _last_of_day(form: JourneyForm, found: FoundJourneys | None) -> Journey | None:
    """The last departure of the day, on the first page of a search for it; None if it is on
    another day. A way without a ride can leave at any time."""
    page = None if found is None else found.page
    if page is None or form.last_departures_of is None:
        return None
    rides = [each for each in page.journeys if any(leg.route is not None for leg in each.legs)]
    last = max(rides, key=lambda each: each.departure, default=None)
    known = last is not None and service_day(last.departure) == form.last_departures_of
    return last if known else None


def _service_day(form: JourneyForm, now: datetime) -> date | None:
    """The day of the form; without one, until three at night, that of the evening before."""
    return form.wanted_date(now if form.day else now - timedelta(hours=3))


def _displayed(form: JourneyForm, page: JourneyPage) -> JourneyPage:
    """The journeys in the order of the page: to arrive in time, the last departure first, which is
    the one that people take."""
    if form.direction != "arriver":
        return page
    latest = sorted(page.journeys, key=lambda each: each.departure, reverse=True)
    return replace(page, journeys=tuple(latest))


def _is_private(form: JourneyForm, found: FoundJourneys | None) -> bool:
    """Whether the page must not be stored. A text of which no place is found can be an address."""
    if form.is_private or (found is not None and found.is_private):
        return True
    known = (None, None) if found is None else (found.origin, found.destination)
    return any(
        wanted.text and not wanted.place_id and end is None
        for wanted, end in zip((form.origin, form.destination), known, strict=True)
    )


def _names(found: FoundJourneys) -> tuple[str, str]:
    assert found.origin is not None
    assert found.destination is not None
    return found.origin.name, found.destination.name


def _title(found: FoundJourneys | None) -> str:
    texts = texts_of("itineraires")
    if found is None or found.origin is None or found.destination is None:
        return texts["titre"]
    return texts["titre_trajet"].format(
        de=typeset(found.origin.name), vers=typeset(found.destination.name)
    )


async def _find(
    api: PublicApi, form: JourneyForm, now: datetime, cursor: str | None
) -> tuple[FoundJourneys | None, str | None]:
    """The result of the form, and what is wrong with it."""
    texts = texts_of("itineraires")
    if not form.complete:
        empty = not form.origin.text and not form.destination.text
        return None, None if empty or not form.sent else texts["faute_lieux"]
    if form.lacks_clock:
        return None, texts["faute_heure_arrivee"]
    try:
        at = form.instant(now)
    except ValueError:
        return None, texts["faute_heure"]
    try:
        found = await find_journeys(
            api,
            form.origin,
            form.destination,
            at=at,
            arrive_by=form.direction == "arriver",
            wishes=form.wishes,
            language=page_request().language,
            cursor=cursor,
        )
    except Refusal as refusal:
        if refusal.category not in ("invalid", "not_found"):
            raise
        return None, texts["faute_recherche"]
    for chosen, wanted in ((found.origin, form.origin), (found.destination, form.destination)):
        if chosen is None:
            return found, texts["faute_inconnu"].format(nom=wanted.text)
    return found, texts["faute_meme"] if found.page is None else None
