"""The routes a pilot may cover: a copy of the gateway's, held to it by `tests/contracts`.

What is written here differently would be refused by the gateway, where no coordinator looks.
"""

from difflib import get_close_matches
from typing import Final

COVERABLE: Final = (
    "/",
    "/accessibilite",
    "/arrets/{rest...}",
    "/arrets/{stop_id}/flux",
    "/fhir",
    "/fhir/{rest...}",
    "/mobilite/v1/alerts/stream",
    "/mobilite/v1/gtfs-rt/{rest...}",
    "/mobilite/v1/gtfs.zip",
    "/mobilite/v1/stops",
    "/mobilite/v1/stops/{stop_id}/departures",
    "/mobilite/v1/stops/{stop_id}/departures/stream",
    "/mobilite/v1/vehicles/stream",
    "/mobilite/v1/{rest...}",
    "/perturbations",
)
"""Patterns of `gateway.routes.domain.route_table`, letter for letter."""
_NAMED: Final = 3
_NEAR: Final = 0.5


def mistake_of_route(route: str) -> str | None:
    """Why a pilot may not cover it, in French, with those that are written nearly so; None: it
    may."""
    if route in COVERABLE:
        return None
    near = get_close_matches(route.lower(), COVERABLE, n=_NAMED, cutoff=_NEAR)
    told = f" (les plus proches : {', '.join(near)})" if near else ""
    return f"la route {route} n'est pas de celles qu'un pilote peut couvrir{told}"
