"""Why there is no journey, in French and English."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Final

from mobilite.http.api.languages import TextLanguage
from mobilite.journeys.flows.journey_query import JourneyMode
from mobilite.journeys.flows.on_demand_ends import PlaceService
from mobilite.journeys.flows.park_and_ride_ways import LONGEST_DRIVE, lacks_car_park
from mobilite.journeys.flows.plan_journeys import JourneyPage
from mobilite.journeys.flows.planning_state import Timetables

REASON_TEXTS: Final[Mapping[TextLanguage, Mapping[str, str]]] = {
    "fr": {
        "no_stop_0": "Aucun arrêt à moins de {metres} m à pied du point de départ.",
        "no_stop_1": "Aucun arrêt à moins de {metres} m à pied de la destination.",
        "no_stop_2": "Aucun arrêt à moins de {metres} m à pied d'une étape.",
        "outside_calendar": "Les horaires connus vont du {first} au {last}.",
        "walk": "Le chemin à pied dépasse {metres} m.",
        "none": "Aucun trajet dans les 24 heures.",
        "none_window": "Aucun trajet dans cet intervalle.",
        "no_car_park": "Aucun parking relais connu à moins de {minutes} minutes en voiture du "
        "point de départ.",
        "no_accessible_car_park": "Aucun parking relais à moins de {minutes} minutes en voiture du "
        "point de départ n'annonce de place pour personnes à mobilité réduite.",
        "no_van_that_day": "Le transport à la demande qui dessert ce lieu ne circule pas ce "
        "jour-là.",
        "no_van": "Le transport à la demande qui dessert ce lieu ne peut plus être réservé à "
        "temps, ou ne mène pas à ce trajet.",
    },
    "en": {
        "no_stop_0": "There is no stop within {metres} m on foot of the starting point.",
        "no_stop_1": "There is no stop within {metres} m on foot of the destination.",
        "no_stop_2": "There is no stop within {metres} m on foot of a place on the way.",
        "outside_calendar": "The known timetables run from {first} to {last}.",
        "walk": "The way on foot is longer than {metres} m.",
        "none": "There is no journey within 24 hours.",
        "none_window": "There is no journey in this interval.",
        "no_car_park": "There is no known park-and-ride within {minutes} minutes by car of the "
        "starting point.",
        "no_accessible_car_park": "No park-and-ride within {minutes} minutes by car of the "
        "starting point is known to have a space for people with reduced mobility.",
        "no_van_that_day": "The on-demand transport that serves this place does not run that day.",
        "no_van": "The on-demand transport that serves this place can no longer be booked in time, "
        "or does not lead to this journey.",
    },
}
"""By language and name; the two languages have the same names and placeholders."""
_ON_FOOT: Final = frozenset[JourneyMode](("walk",))


def journey_message(
    page: JourneyPage, service: PlaceService | None, language: TextLanguage
) -> str | None:
    """Why there is no journey; None if there is one. `service`: the rides on demand that serve the
    place without a stop."""
    if page.reason is None:
        return None
    texts, name = REASON_TEXTS[language], str(page.reason)
    # A page of earlier or later journeys leaves out the way on foot.
    first = page.request.cursor is None and page.reason != "outside_calendar"
    if first and page.request.wishes.modes == _ON_FOOT:
        name = "walk"
    elif page.reason == "no_stop":
        end = len(page.places) - 1
        name += "_0" if page.lonely == 0 else "_1" if page.lonely == end else "_2"
    elif page.reason == "none" and page.request.window:
        name = "none_window"
    if page.reason == "outside_calendar":
        return calendar_message(page.planning.timetables, language)
    sentences = [texts[name].format(metres=page.request.wishes.max_walk)]
    for more in (_van(service), _car_park(page)):
        if more is not None:
            sentences.append(texts[more].format(minutes=LONGEST_DRIVE // 60))
    return " ".join(sentences)


def _van(service: PlaceService | None) -> str | None:
    """The name of the sentence for a place without a stop that rides on demand serve."""
    if service is None:
        return None
    return "no_van" if service.that_day else "no_van_that_day"


def _car_park(page: JourneyPage) -> str | None:
    """The name of the sentence for an origin without a car park near it."""
    planning, wishes, point = page.planning, page.request.wishes, page.places[0].point
    if point is None or not lacks_car_park(planning, wishes, point):
        return None
    anybody = replace(wishes, wheelchair=False)
    return "no_car_park" if lacks_car_park(planning, anybody, point) else "no_accessible_car_park"


def calendar_message(timetables: Timetables, language: TextLanguage) -> str:
    """From when to when the timetables are."""
    first, last = (_date(each, language) for each in (timetables.first_date, timetables.last_date))
    return REASON_TEXTS[language]["outside_calendar"].format(first=first, last=last)


def _date(day: date, language: TextLanguage) -> str:
    return f"{day:%d/%m/%Y}" if language == "fr" else f"{day:%Y-%m-%d}"
