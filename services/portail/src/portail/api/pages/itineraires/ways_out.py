"""What solves a search without a journey: the next ride on demand, and other ways to travel."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from portail.api import words
from portail.api.pages.itineraires.booking import BookingView, booking_view, latest_booking
from portail.api.pages.itineraires.form import JourneyForm
from portail.api.texts import texts_of
from portail.domain.journeys import OnDemandService
from portail.flows.find_journeys import FoundJourneys
from socle.pages import typeset


@dataclass(frozen=True, slots=True)
class WayOut:
    """A search that can find a journey."""

    text: str
    address: str


@dataclass(frozen=True, slots=True)
class OnDemandView:
    """The next ride on demand, in the language of the request."""

    sentence: str
    """« Navette du plateau passe mardi 3 mars, à partir de 07:00. »"""
    until: str
    """« Pour partir à 07:00, réservez au plus tard demain à 04:00. »: a later ride of that day can
    be booked later."""
    booking: BookingView
    search: WayOut
    """The journeys of its day."""


def on_demand_view(
    service: OnDemandService, form: JourneyForm, found: FoundJourneys, now: datetime
) -> OnDemandView:
    """The next ride as displayed at `now`."""
    texts, departure = texts_of("itineraires"), service.departure
    route = service.route
    name = typeset(route.long_name or route.short_name or service.agency or "")
    day = words.day_of(departure, now) or texts["aujourd_hui"]
    known = {"nom": name or texts["mode_on_demand"], "jour": day, "heure": words.clock(departure)}
    return OnDemandView(
        texts["demande_suivante"].format(**known),
        texts["demande_reserver"].format(
            heure=words.clock(departure), quand=latest_booking(service.booking, now)
        ),
        booking_view(service.booking, now),
        WayOut(texts["demande_trajets"].format(jour=day), form.on(departure).address(found)),
    )


def ways_out(form: JourneyForm, found: FoundJourneys) -> tuple[WayOut, ...]:
    """The same search by car, by bicycle or with longer ways on foot, as far as the reader did not
    choose that yet."""
    texts = texts_of("itineraires")
    return tuple(
        WayOut(texts[f"essayer_{name}"], changed.address(found)) for name, changed in _others(form)
    )


def _others(form: JourneyForm) -> Iterator[tuple[str, JourneyForm]]:
    if form.vehicle != "car":
        yield "voiture", form.changed(vehicle="car")
    if form.wheelchair:
        return
    if form.vehicle != "bicycle":
        yield "velo", form.changed(vehicle="bicycle")
    if form.walk != "5000":
        yield "marche", form.changed(walk="5000")
