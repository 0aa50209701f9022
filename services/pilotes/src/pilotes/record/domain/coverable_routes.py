"""The routes that a pilot can cover: a copy of the gateway's list, compared by `tests/contracts`.

The gateway ignores other routes of a pilot; without this check no coordinator would notice.
"""

from difflib import get_close_matches
from typing import Final

COVERABLE: Final = (
    "/",
    "/accessibilite",
    "/arrets/{rest...}",
    "/arrets/{stop_id}/flux",
    "/autour",
    "/carte",
    "/carte/liste",
    "/completion",
    "/courses/{rest...}",
    "/courses/{trip_id}/flux",
    "/fhir",
    "/fhir/",
    "/fhir/Binary",
    "/fhir/Binary/{rest...}",
    "/fhir/{rest...}",
    "/itineraires",
    "/itineraires/{journey_id}",
    "/itineraires/{journey_id}/agenda.ics",
    "/itineraires/{journey_id}/flux",
    "/itineraires/{journey_id}/trace.geojson",
    "/lignes",
    "/lignes/{rest...}",
    "/lignes/{route_id}/flux",
    "/mobilite/v1/alerts/stream",
    "/mobilite/v1/gtfs-rt/{rest...}",
    "/mobilite/v1/gtfs.zip",
    "/mobilite/v1/isochrones",
    "/mobilite/v1/journeys",
    "/mobilite/v1/journeys/{journey_id}",
    "/mobilite/v1/journeys/{journey_id}/query",
    "/mobilite/v1/journeys/{journey_id}/watch",
    "/mobilite/v1/places",
    "/mobilite/v1/routes/{route_id}/runs/stream",
    "/mobilite/v1/stops",
    "/mobilite/v1/stops/{stop_id}/departures",
    "/mobilite/v1/stops/{stop_id}/departures/stream",
    "/mobilite/v1/trips/{trip_id}/stream",
    "/mobilite/v1/vehicles/stream",
    "/mobilite/v1/{rest...}",
    "/perturbations",
)
"""Patterns of the gateway's route table, letter for letter."""
_NAMED: Final = 3
"""Similar routes in a message."""
_NEAR: Final = 0.5
"""Similarity (`difflib`) from which a route is suggested."""


def mistake_of_route(route: str) -> str | None:
    """Why a pilot cannot cover the route, in French, with similar routes; None if it can."""
    if route in COVERABLE:
        return None
    near = get_close_matches(route.lower(), COVERABLE, n=_NAMED, cutoff=_NEAR)
    suggestion = f" (les plus proches : {', '.join(near)})" if near else ""
    return f"la route {route} n'est pas de celles qu'un pilote peut couvrir{suggestion}"
