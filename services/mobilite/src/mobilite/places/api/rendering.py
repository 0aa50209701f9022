"""Places as JSON."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from mobilite.addresses.domain.communes import Commune
from mobilite.gtfs.domain.route_types import ordered_modes
from mobilite.http.api.languages import TextLanguage
from mobilite.places.api.models import CommuneJson, PlaceJson, PlaceListJson, PlaceStopJson
from mobilite.places.domain.feed_stops import ListedStop
from mobilite.places.domain.places import AddressPlace, CommunePlace, Place
from mobilite.places.flows.find_places import FoundPlaces, Missing

TEXTS: Final[Mapping[TextLanguage, Mapping[tuple[Missing, ...], str]]] = {
    "fr": {
        ("communes", "addresses"): "Communes, codes postaux et adresses ne sont pas connus ici : "
        "cherchez un arrêt ou une gare.",
        ("communes",): "Communes et codes postaux ne sont pas connus ici.",
        ("addresses",): "Les adresses ne sont pas connues ici : cherchez un arrêt, une gare ou une "
        "commune.",
    },
    "en": {
        ("communes", "addresses"): "Towns, postcodes and addresses are not known here: search for "
        "a stop or a station.",
        ("communes",): "Towns and postcodes are not known here.",
        ("addresses",): "Addresses are not known here: search for a stop, a station or a town.",
    },
}
"""What cannot be searched, by language and by what is missing."""


def place_list_json(found: FoundPlaces, language: TextLanguage) -> PlaceListJson:
    """The places found."""
    return {
        "places": [place_json(each) for each in found.places],
        "missing": list(found.missing),
        "message": TEXTS[language].get(found.missing),
    }


def is_private(place: Place | AddressPlace) -> bool:
    """Whether it is a house number, so that no cache can store the response."""
    return place.place_type == "address"


def place_json(place: Place | AddressPlace) -> PlaceJson:
    """One place."""
    where, stops = place.place, place.stops
    board: str | None = where.id
    if isinstance(place, AddressPlace):
        board = None
    elif isinstance(place, CommunePlace):
        board = place.stations[0].place.id if place.stations else None
    return {
        "id": where.id,
        "type": place.place_type,
        "name": where.name,
        "lat": _degrees(where.lat),
        "lon": _degrees(where.lon),
        "commune": None if place.commune is None else _commune_json(place.commune),
        "modes": list(ordered_modes(mode for stop in stops for mode in stop.modes)),
        "feeds": list(dict.fromkeys(stop.feed_id for stop in stops)),
        "stops": [_stop_json(stop) for stop in stops],
        "board": board,
    }


def _stop_json(stop: ListedStop) -> PlaceStopJson:
    return {"id": stop.id, "name": stop.name, "feed": stop.feed_id, "modes": list(stop.modes)}


def _commune_json(commune: Commune) -> CommuneJson:
    return {
        "id": commune.id,
        "code": commune.code,
        "name": commune.name,
        "postcodes": list(commune.postcodes),
    }


def _degrees(value: float) -> float | None:
    return None if np.isnan(value) else round(value, 6)
