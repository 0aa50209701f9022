"""The response headers of answers around places."""

from collections.abc import Iterable, Mapping
from typing import Final

from mobilite.http.api.responses import PRIVATE
from mobilite.journeys.flows.places import Place

HEADERS: Final[Mapping[str, str]] = {"vary": "accept-language"}


def headers_of(places: Iterable[Place]) -> Mapping[str, str]:
    """Those of an answer. No cache stores one around a traveller's position or home."""
    return {**HEADERS, **PRIVATE} if any(place.is_private for place in places) else HEADERS
