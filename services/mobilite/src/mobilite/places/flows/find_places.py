"""Places by name, as one types: hubs, stops, communes, addresses."""

from dataclasses import dataclass
from typing import Final, Literal

from mobilite.places.domain.place_search import PlaceMatch
from mobilite.places.ports import PlacesSource
from mobilite.stops.domain.search_words import search_words
from socle.errors import Refusal

Missing = Literal["communes", "addresses"]
MISSING: Final[tuple[Missing, ...]] = ("communes", "addresses")


@dataclass(frozen=True, slots=True)
class FoundPlaces:
    """The places found, best first."""

    matches: tuple[PlaceMatch, ...]
    missing: tuple[Missing, ...]
    """The types of places that this platform has no file of: they are never found."""


def find_places(source: PlacesSource, text: str, *, limit: int) -> FoundPlaces:
    """The places whose name fits the text, or the words of it that are typed so far. Raises
    Refusal("invalid") for a text without letters or digits."""
    if not search_words(text):
        raise Refusal(
            "invalid", "Le paramètre q ne contient aucune lettre ni chiffre.", parameter="q"
        )
    found = source.current.search.search(text)[:limit]
    return FoundPlaces(tuple(found), missing_types(source))


def missing_types(source: PlacesSource) -> tuple[Missing, ...]:
    """The types of places that no file is configured for."""
    configured = {"communes": bool(source.gazetteer.communes)}
    return tuple(each for each in MISSING if not configured.get(each))
