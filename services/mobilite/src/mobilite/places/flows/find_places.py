"""Places by name, as one types: hubs, stops, communes."""

from dataclasses import dataclass
from typing import Literal

from mobilite.places.domain.places import Place
from mobilite.places.ports import PlacesSource
from mobilite.text_search.domain.search_words import search_words
from socle.errors import Refusal

Missing = Literal["communes", "addresses"]


@dataclass(frozen=True, slots=True)
class FoundPlaces:
    """The places found, best first."""

    places: tuple[Place, ...]
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
    return FoundPlaces(tuple(found), _missing(source))


def _missing(source: PlacesSource) -> tuple[Missing, ...]:
    """Addresses, which no file is read for, and communes unless a file of them is configured."""
    return ("addresses",) if source.gazetteer.communes else ("communes", "addresses")
