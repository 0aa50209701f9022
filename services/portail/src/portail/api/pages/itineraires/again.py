"""The address of the search that found a journey, to search the same from now on."""

from typing import Final

from portail.api.pages.itineraires.form import SPEEDS, VEHICLES, WALKS, JourneyForm, Vehicle
from portail.domain.followed_journey import SearchedJourney
from portail.domain.journeys import JourneyPlace, JourneyWishes
from portail.flows.find_journeys import Chosen, FoundJourneys, Wanted

_WALK: Final = 1000
"""Metres of a form without a choice."""


def address_of_search(searched: SearchedJourney) -> str:
    """The form of a search, which starts now. A place that is gone stays empty."""
    start, end = _name(searched.start), _name(searched.end)
    known = FoundJourneys(_chosen(searched.start), _chosen(searched.end))
    form = JourneyForm(
        Wanted(start),
        Wanted(end),
        "partir",
        "",
        "",
        pace=min(SPEEDS, key=lambda pace: abs((SPEEDS[pace] or 4.5) - searched.walk_speed)),
        walk=min(WALKS, key=lambda walk: abs(int(walk or _WALK) - searched.max_walk)),
        vehicle=_vehicle(searched),
        wheelchair=searched.wheelchair,
        sent=True,
    )
    return form.address(known)


def wishes_of(searched: SearchedJourney) -> JourneyWishes:
    """What the traveller of a search accepts."""
    vehicle = _vehicle(searched)
    return JourneyWishes(
        "bicycle" if vehicle == "aboard" else vehicle or None,
        searched.bikes,
        searched.walk_speed,
        searched.max_walk,
        searched.wheelchair,
    )


def place_of(place: JourneyPlace) -> str | None:
    """A place as the API accepts it; None without an id and coordinates."""
    return place.id or _point(place)


def _name(place: JourneyPlace) -> str:
    return place.name or _point(place) or ""


def _chosen(place: JourneyPlace) -> Chosen | None:
    """A place that is still known."""
    return Chosen(place.id, place.name) if place.id and place.name else None


def _vehicle(searched: SearchedJourney) -> Vehicle:
    if searched.bikes:
        return "aboard"
    return next((each for each in VEHICLES if each and each in (searched.modes or ())), "")


def _point(place: JourneyPlace) -> str | None:
    return None if place.lat is None or place.lon is None else f"{place.lat},{place.lon}"
