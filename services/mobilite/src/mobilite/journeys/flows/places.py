"""The places of a query: a point, or a stop by its public id."""

import math
import re
from dataclasses import dataclass
from typing import Final

from mobilite.gtfs.domain.ids import split_global_id
from mobilite.journeys.domain.search import Access
from mobilite.journeys.flows.planning_state import PlanningState
from mobilite.stops.flows.get_stop import FoundStop, get_stop
from socle.errors import Refusal

_POINT: Final = re.compile(
    r"\s*([-+]?\d{1,3}(?:\.\d{1,20})?)\s*,\s*([-+]?\d{1,3}(?:\.\d{1,20})?)\s*"
)
_SAME_METRES: Final = 1
"""Metres within which two points are the same place."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a journey starts, ends or passes."""

    point: tuple[float, float] | None
    """Latitude and longitude; None for a stop without coordinates."""
    found: FoundStop | None = None
    """The stop; None for a point."""
    stops: frozenset[int] = frozenset()
    """The stop or its platforms, as numbers of the network; empty for a point."""


def get_place(planning: PlanningState, text: str, parameter: str) -> Place:
    """The place of a parameter: `lat,lon`, or the public id of a stop, which for a station means
    all its platforms.

    Raises Refusal: "invalid" for anything else, "not_found" for an unknown stop, "unavailable"
    until the schedule of its feed is loaded.
    """
    match = _POINT.fullmatch(text)
    if match is not None:
        lat, lon = float(match[1]), float(match[2])
        if abs(lat) > 90 or abs(lon) > 180:
            raise _invalid(parameter)
        return Place((lat, lon))
    if split_global_id(text) is None:
        raise _invalid(parameter)
    try:
        found = get_stop(planning.live, text)
    except Refusal as refusal:
        raise Refusal(
            refusal.category, refusal.message, **{**refusal.details, "parameter": parameter}
        ) from None
    timetables, timetable = planning.timetables, found.schedule.timetable
    first = int(timetables.network.stop_first[timetables.feeds[timetable.feed_id]])
    lat, lon = float(timetable.stop_lat[found.stop]), float(timetable.stop_lon[found.stop])
    point = None if math.isnan(lat) else (lat, lon)
    return Place(point, found, frozenset(first + stop for stop in found.boarding_stops()))


def is_same(planning: PlanningState, one: Place, other: Place) -> bool:
    """Whether both are the same stop, a station and its platform, or the same point."""
    if one.stops or other.stops:
        return bool(one.stops & other.stops)
    if one.point is None or other.point is None:
        return False
    path = planning.timetables.walking.path(one.point, other.point)
    return path is not None and path.metres <= _SAME_METRES


def access_from(planning: PlanningState, place: Place, budget: int) -> Access:
    """The stops that can be reached on foot from a place, within metres."""
    ways = planning.timetables.ways
    return _near(planning, place, budget, [ways.from_stop(each, budget) for each in place.stops])


def access_to(planning: PlanningState, place: Place, budget: int) -> Access:
    """The stops from which a place can be reached on foot, within metres."""
    ways = planning.timetables.ways
    return _near(planning, place, budget, [ways.to_stop(each, budget) for each in place.stops])


def _near(planning: PlanningState, place: Place, budget: int, parts: list[Access]) -> Access:
    if not place.stops:
        assert place.point is not None
        return Access.of(planning.timetables.walking.stops_near(*place.point, budget))
    return Access.of(
        row
        for part in parts
        for row in zip(
            part.stops.tolist(), part.seconds.tolist(), part.metres.tolist(), strict=True
        )
    )


def _invalid(parameter: str) -> Refusal:
    return Refusal(
        "invalid",
        f"Le paramètre {parameter} attend un point (latitude,longitude : 47.9077,1.9044) ou "
        "l'identifiant d'un arrêt (réseau:arrêt).",
        parameter=parameter,
    )
