"""The field of a pilot follows from the routes that it covers, whatever was declared."""

from collections.abc import Iterable
from typing import Final

from pilotes.record.domain.pilot import Field

_FHIR: Final = "/fhir"


def covers_health(routes: Iterable[str]) -> bool:
    """Whether one of the routes leads to health records."""
    return any(route == _FHIR or route.startswith(f"{_FHIR}/") for route in routes)


def field_of(declared: Field, routes: Iterable[str]) -> Field:
    """The field of a pilot that covers those routes: one that reaches health records concerns
    health, with its disclosure threshold and its notice."""
    return "both" if declared == "mobilite" and covers_health(routes) else declared
