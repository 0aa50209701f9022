"""The places of a query: a point, or whatever `GET /places` gives, and any stop by its id."""

from dataclasses import dataclass
from typing import Final

from mobilite.addresses.domain.address import ADDRESS_PREFIX
from mobilite.gtfs.domain.ids import GlobalId, split_global_id
from mobilite.journeys.domain.access import Access
from mobilite.journeys.flows.planning_state import PlanningState, Walking
from mobilite.places.flows.resolve_place import resolve_place
from mobilite.stops.flows.get_stop import FoundStop, get_stop
from socle.errors import Refusal

_SAME_METRES: Final = 1
"""Metres within which two points are the same place."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a journey starts, ends or passes."""

    id: str | None
    """None for a point; so is the name."""
    name: str | None
    point: tuple[float, float] | None
    """Latitude and longitude; None for a place without coordinates."""
    stops: frozenset[int] = frozenset()
    """Its stops, for a station its platforms, as numbers of the network; empty for a point, an
    address, and a town without a station."""
    platform: str | None = None

    @property
    def is_private(self) -> bool:
        """Whether it can be somebody's position or home: a point, or a house number."""
        return self.id is None or self.id.startswith(ADDRESS_PREFIX)


def get_place(planning: PlanningState, text: str, parameter: str) -> Place:
    """The place of a parameter: `lat,lon`, the id of a stop, which for a station means all its
    platforms, of a hub, which means all its stops, of a town, which means its main stations, or of
    an address.

    Raises Refusal: "invalid" for anything else, "not_found" for an unknown id, "unavailable"
    until the schedule of the stop's feed is loaded, or the addresses are packed.
    """
    try:
        resolved = resolve_place(planning.live, planning.places, text)
    except Refusal as refusal:
        if refusal.category == "not_found" and split_global_id(text) is None:
            raise _invalid(parameter) from None
        raise Refusal(
            refusal.category, refusal.message, **{**refusal.details, "parameter": parameter}
        ) from None
    if not resolved.stops:
        if resolved.point is None:
            raise _invalid(parameter)
        return Place(text if resolved.name else None, resolved.name or None, resolved.point)
    found = [each for stop in resolved.stops if (each := _find_stop(planning, stop)) is not None]
    stops = frozenset(number for each in found for number in _numbers(planning, each))
    if not stops:
        raise Refusal(
            "unavailable",
            "Les horaires de ce lieu ne sont pas encore chargés : redemandez dans un instant.",
            parameter=parameter,
            retry_after=5,
        )
    platform = _platform(found[0]) if resolved.stops == (text,) else None
    return Place(text, resolved.name, resolved.point, stops, platform)


def is_same(planning: PlanningState, one: Place, other: Place) -> bool:
    """Whether both are the same stop, a station and its platform, or the same point, be it that of
    a stop."""
    if one.stops and other.stops:
        return bool(one.stops & other.stops)
    if one.point is None or other.point is None:
        return False
    path = planning.timetables.on_foot.anywhere.path(one.point, other.point)
    return path is not None and path.metres <= _SAME_METRES


def access_from(walking: Walking, place: Place, budget: int) -> Access:
    """The stops that can be reached from a place, within metres."""
    ways = walking.ways
    parts = [ways.from_stop(each, budget) for each in place.stops]
    return _near(walking, place, budget, parts, leaving=False)


def access_to(walking: Walking, place: Place, budget: int) -> Access:
    """The stops from which a place can be reached, within metres."""
    ways = walking.ways
    parts = [ways.to_stop(each, budget) for each in place.stops]
    return _near(walking, place, budget, parts, leaving=True)


def _near(
    walking: Walking, place: Place, budget: int, parts: list[Access], *, leaving: bool
) -> Access:
    """The stops near a place. `leaving`: with the ways from the stops to it."""
    if not place.stops:
        assert place.point is not None
        return Access.of(walking.anywhere.stops_near(*place.point, budget, leaving=leaving))
    return Access.of(
        row
        for part in parts
        for row in zip(
            part.stops.tolist(), part.seconds.tolist(), part.metres.tolist(), strict=True
        )
    )


def _find_stop(planning: PlanningState, stop_id: GlobalId) -> FoundStop | None:
    """A stop of a place; None where the timetables of the search are older than the places."""
    try:
        return get_stop(planning.live, stop_id)
    except Refusal:
        return None


def _numbers(planning: PlanningState, found: FoundStop) -> list[int]:
    """The numbers of a stop, or of the platforms of a station."""
    timetables, feed_id = planning.timetables, found.schedule.timetable.feed_id
    first = int(timetables.network.stop_first[timetables.feeds[feed_id]])
    return [first + stop for stop in found.boarding_stops()]


def _platform(found: FoundStop) -> str | None:
    return found.schedule.timetable.stop_platform[found.stop] or None


def _invalid(parameter: str) -> Refusal:
    return Refusal(
        "invalid",
        f"Le paramètre {parameter} attend un point (latitude,longitude : 47.9077,1.9044) ou "
        "l'identifiant d'un lieu (réseau:arrêt, ou celui que donne /mobilite/v1/places?q=…).",
        parameter=parameter,
    )
