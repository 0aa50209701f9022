"""Stops found, and vehicles to rent near them: what their templates need."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from portail.api import quantities
from portail.api.pages.accueil.place_lines import mode_names
from portail.api.pages.arret.next_departures import next_departures
from portail.api.pages.itineraires.form import address_to_rental
from portail.api.texts import texts_of
from portail.domain.rental import RentalPlace
from portail.domain.stops import FoundStop, StopPage
from portail.flows.show_home import NEAR_METRES, Home
from socle.pages import typeset


def stop_values(home: Home, now: datetime, name: str = "") -> Mapping[str, Any]:
    """The values of the templates of stops at an instant. `name`: what was searched."""
    networks = home.networks
    return {
        "vers": lambda stop: _towards(stop, home.found),
        "moyens": _modes,
        "offre": _offer,
        "vers_location": address_to_rental,
        "prochains": {
            stop_id: next_departures(board, now) for stop_id, board in home.boards.items()
        },
        "reseau": lambda feed_id: feed_id if networks is None else networks.named(feed_id),
        "rien": _no_result(name),
    }


def _towards(stop: FoundStop, found: StopPage | None) -> str | None:
    """The main destinations of a stop; None unless another stop has the same name."""
    texts = texts_of("accueil")
    if found is None or stop.id not in found.twins:
        return None
    if stop.towards:
        return texts["vers_ou"].format(ou=", ".join(map(typeset, stop.towards)))
    return None if stop.routes is None else texts["descente"]


def _modes(stop: FoundStop) -> str:
    """« Train, Bus »; empty if no mode is known."""
    return mode_names(stop.modes)


def _no_result(name: str) -> str:
    texts = texts_of("accueil")
    if name:
        return texts["aucun_nom"]
    return texts["aucun_lieu"].format(distance=quantities.distance(NEAR_METRES))


def _offer(place: RentalPlace) -> str:
    """The vehicles and free docks of a rental place, unknown values included.

    « vélo à assistance électrique : 8 à louer · 2 places pour en rendre un »
    """
    texts, station = texts_of("accueil"), place.station
    if place.available is None:
        return texts["location_inconnue"]
    if station is None or not station.vehicles_available or not place.available:
        sentence = texts["location_libre" if place.available else "location_aucun"]
    elif station.vehicle_types:
        counts = [each for each in station.vehicle_types if each.count]
        named = [texts["a_louer"].format(nom=each.words, n=each.count) for each in counts]
        sentence = ", ".join(map(typeset, named))
    else:
        sentence = texts["location_nombre"].format(n=station.vehicles_available)
    if station is None or station.docks_available is None:
        return sentence
    free = station.docks_available
    docks = {0: "places_aucune", 1: "places_une"}.get(free, "places")
    return f"{sentence} · {texts[docks].format(n=free)}"
