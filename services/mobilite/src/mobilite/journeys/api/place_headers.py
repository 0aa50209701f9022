"""The response headers of answers around places."""

from collections.abc import Iterable, Mapping
from typing import Final

from mobilite.http.api.responses import PRIVATE
from mobilite.journeys.flows.places import Place

HEADERS: Final[Mapping[str, str]] = {"vary": "accept-language"}


def headers_of(places: Iterable[Place]) -> Mapping[str, str]:
    """Those of an answer. No cache stores one around a point: it can be a traveller's position."""
    return {**HEADERS, **PRIVATE} if any(place.id is None for place in places) else HEADERS
