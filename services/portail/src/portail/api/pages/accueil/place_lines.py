"""A place found, as a line of a list or of the completion of a search field."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from portail.api.rendering import segment
from portail.api.texts import texts_of
from portail.domain.found_places import FoundPlace
from portail.domain.place import Place
from socle.pages import typeset


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """A place as displayed; texts are in the language of the request."""

    id: str
    name: str
    address: str
    """Of the page of its departures, or of the stops around it."""
    facts: tuple[str, ...]
    """What it is: its type, modes, networks and commune."""


def place_line(place: FoundPlace, networks: Mapping[str, str]) -> PlaceLine:
    """The line of a place. `networks`: the names of networks by id."""
    texts = texts_of("accueil")
    facts = [texts.get(f"lieu_{place.type}", ""), mode_names(place.modes)]
    if place.is_address:
        facts = facts[:1]
    elif place.type == "commune":
        facts += [", ".join(place.commune.postcodes)] if place.commune else []
    else:
        facts += [", ".join(networks[feed] for feed in place.feeds if feed in networks)]
        facts += [texts["lieu_pres"].format(commune=place.commune.name)] if place.commune else []
    return PlaceLine(
        place.id,
        typeset(place.name),
        _address(place),
        tuple(typeset(fact) for fact in facts if fact),
    )


def mode_names(modes: Iterable[str]) -> str:
    """« Train, Bus »; empty if no mode is known."""
    names = (texts_of("accueil").get(f"mode_{mode}") for mode in modes)
    return ", ".join(name for name in names if name)


def _address(place: FoundPlace) -> str:
    if place.board is not None:
        return f"/arrets/{segment(place.board)}"
    if place.lat is None or place.lon is None:
        return "/?" + urlencode({"q": place.name})
    point = Place(place.lat, place.lon).rounded()
    return "/?" + urlencode({"lat": point.lat, "lon": point.lon})
