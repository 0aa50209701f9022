"""The query that found a journey as JSON."""

from typing import Final

from mobilite.journeys.api.leg_rendering import place_json
from mobilite.journeys.api.models import JourneyPlaceJson
from mobilite.journeys.api.watch_models import SearchedJourneyJson
from mobilite.journeys.flows.followed.journey_reference import JourneyReference
from mobilite.journeys.flows.places import Place, get_place
from mobilite.journeys.flows.planning_state import PlanningState
from socle.errors import Refusal

_KMH: Final = 3.6
"""Kilometres an hour of a metre a second."""


def journey_query_json(
    planning: PlanningState, reference: JourneyReference
) -> tuple[SearchedJourneyJson, bool]:
    """The query of a journey, and whether an end of it can be somebody's home."""
    wishes = reference.wishes
    ends = [_place(planning, each) for each in (reference.origin, reference.destination)]
    content: SearchedJourneyJson = {
        "from": _place_json(ends[0], reference.origin),
        "to": _place_json(ends[1], reference.destination),
        "via": [*reference.via],
        "arrive_by": reference.arrive_by,
        "modes": None if wishes.modes is None else sorted(wishes.modes),
        "wheelchair": wishes.wheelchair,
        "bikes": wishes.bicycle_aboard,
        "cars": wishes.car_aboard,
        "banned_routes": sorted(wishes.banned_routes),
        "preferred_routes": sorted(wishes.preferred_routes),
        "preferred_modes": sorted(wishes.preferred_modes),
        "via_stay": wishes.stay // 60,
        "max_walk": wishes.max_walk,
        "walk_speed": round(wishes.walk_speed * _KMH, 1),
    }
    # An address that is no longer known is one too.
    return content, any(each is None or each.is_private for each in ends)


def _place(planning: PlanningState, text: str) -> Place | None:
    """The place of a query; None if it is no longer known."""
    try:
        return get_place(planning, text, "journey_id")
    except Refusal:
        return None


def _place_json(place: Place | None, text: str) -> JourneyPlaceJson:
    if place is None:
        return {"id": text, "name": None, "lat": None, "lon": None, "platform": None}
    return place_json(place)
