"""Places by name, as one types: hubs, stops, communes, addresses."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mobilite.addresses.domain.address import NO_NUMBER, AddressMatches
from mobilite.places.domain.place_search import PlaceMatches
from mobilite.places.domain.places import AddressPlace, Place
from mobilite.places.flows.resolve_place import find_point
from mobilite.places.ports import PlacesSource
from mobilite.text_search.domain.search_words import search_words
from socle.errors import Refusal

Missing = Literal["communes", "addresses"]


@dataclass(frozen=True, slots=True)
class FoundPlaces:
    """The places found, best first."""

    places: tuple[Place | AddressPlace, ...]
    missing: tuple[Missing, ...]
    """The types of places that this platform has no file of: they are never found."""


def find_places(
    source: PlacesSource, text: str, *, limit: int, near: str | None = None
) -> FoundPlaces:
    """The places whose name fits the text, or the words of it that are typed so far. `near`: the
    place around which people search, as `from` of a journey; an unknown one changes nothing. Raises
    Refusal("invalid") for a text without letters or digits. Reads addresses from the disk: it is
    not called on the event loop."""
    if not search_words(text):
        raise Refusal(
            "invalid", "Le paramètre q ne contient aucune lettre ni chiffre.", parameter="q"
        )
    addresses, found = source.addresses.current, AddressMatches()
    if addresses is not None:
        found = addresses.search(text, limit=limit)
    point = None if near is None else find_point(source, near)
    several = _merged(source.current.search.search(text, point), found)
    return FoundPlaces(several[:limit], _missing(source))


def _merged(places: PlaceMatches, found: AddressMatches) -> tuple[Place | AddressPlace, ...]:
    """What fits as written precedes what only resembles the query; a house number that the query
    gives precedes places, and a street follows them."""
    addresses = [AddressPlace(each) for each in found.addresses]
    numbered = [each for each in addresses if each.place.number != NO_NUMBER]
    streets = [each for each in addresses if each.place.number == NO_NUMBER]
    parts: list[tuple[bool, Sequence[Place | AddressPlace]]] = [
        (found.typos, numbered),
        (places.typos, places.places),
        (found.typos, streets),
    ]
    # Sorting is stable.
    return tuple(each for _, part in sorted(parts, key=lambda part: part[0]) for each in part)


def _missing(source: PlacesSource) -> tuple[Missing, ...]:
    """What no file is configured for; addresses also until they are packed."""
    missing: list[Missing] = [] if source.gazetteer.communes else ["communes"]
    return tuple(missing) if source.addresses.current else (*missing, "addresses")
