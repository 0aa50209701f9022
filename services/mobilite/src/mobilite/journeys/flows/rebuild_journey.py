"""A journey as it is now, from its reference: its rides in real time, possible or not.

The engine finds only what is possible. Here the rides are given, and their times decide whether
each can still be boarded (`judge_journey.py`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import numpy as np

from mobilite.journeys.domain.journey import POINT, Journey, RideLeg, WalkLeg
from mobilite.journeys.domain.network import JourneyNetwork
from mobilite.journeys.flows.find_ride import FoundRide, find_ride
from mobilite.journeys.flows.join_legs import FIRST_VIA
from mobilite.journeys.flows.journey_query import Wishes
from mobilite.journeys.flows.journey_reference import JourneyReference, RideReference
from mobilite.journeys.flows.places import Place, access_from, access_to
from mobilite.journeys.flows.plan_journeys import JourneyPage, JourneyRequest, get_places
from mobilite.journeys.flows.planning_state import PlanningState
from mobilite.journeys.flows.stages import walk_between
from socle.errors import Refusal


@dataclass(frozen=True, slots=True, eq=False)
class RebuiltRide:
    """A ride of a rebuilt journey."""

    found: FoundRide
    leg: RideLeg
    index: int
    """Among the legs."""
    ready: int | None
    """POSIX seconds from which it can be boarded, after the ride before it; None for the first."""


@dataclass(frozen=True, slots=True, eq=False)
class RebuiltJourney:
    """A journey with the times of now."""

    page: JourneyPage
    """Of this journey alone."""
    rides: tuple[RebuiltRide, ...]
    vias_on_foot: tuple[tuple[int, int], ...]
    """The places on the way reached on foot, by index, and how many rides are before each."""

    @property
    def journey(self) -> Journey:
        return self.page.journeys[0]


def rebuild_journey(
    planning: PlanningState, reference: JourneyReference, *, now: datetime
) -> RebuiltJourney:
    """The journey of a reference.

    Raises Refusal: "not_found" for a place or a ride that does not exist, "gone" for a ride of a
    past day that the timetables no longer have, "invalid" for rides that cannot follow each other,
    "unavailable" until the timetable of a ride is loaded.
    """
    request = JourneyRequest(
        reference.origin,
        reference.destination,
        at=reference.departure,
        via=reference.via,
        wishes=reference.wishes,
    )
    places = get_places(planning, request)
    steps: list[Place | FoundRide] = [
        places[1 + step] if isinstance(step, int) else find_ride(planning, step, now=now)
        for step in reference.steps
    ]
    nodes = [places[0], *steps, places[-1]]
    ways = [_way(planning, reference.wishes, one, other) for one, other in pairwise(nodes)]
    stops = [POINT, *(_via_stop(step) for step in reference.steps), POINT]
    start = _start(reference, nodes, ways)
    legs, rides = _legs(nodes, stops, ways, start)
    journey, vias = Journey(tuple(legs)), [*_vias_on_foot(reference)]
    at = journey.departure if request.at is None else request.at
    page = JourneyPage(request, planning, places, at, int(now.timestamp()), (journey,))
    return RebuiltJourney(page, tuple(rides), tuple(vias))


def _via_stop(step: RideReference | int) -> int:
    return FIRST_VIA - step if isinstance(step, int) else POINT


def _vias_on_foot(reference: JourneyReference) -> Iterator[tuple[int, int]]:
    rides = 0
    for step in reference.steps:
        if isinstance(step, int):
            yield step, rides
        else:
            rides += 1


def _start(
    reference: JourneyReference,
    nodes: Sequence[Place | FoundRide],
    ways: Sequence[tuple[int, int]],
) -> int:
    """When to leave the origin: in time for the first ride."""
    for place, node in enumerate(nodes):
        if isinstance(node, FoundRide):
            return node.departure(node.board) - sum(seconds for seconds, _ in ways[:place])
    assert reference.departure is not None
    return reference.departure


def _legs(
    nodes: Sequence[Place | FoundRide],
    stops: Sequence[int],
    ways: Sequence[tuple[int, int]],
    start: int,
) -> tuple[list[RideLeg | WalkLeg], list[RebuiltRide]]:
    """The legs in order. `stops`: what stands for each place; `start`: POSIX seconds."""
    legs: list[RideLeg | WalkLeg] = []
    rides: list[RebuiltRide] = []
    time = start
    for (one, other), (from_place, to_place), (seconds, metres) in zip(
        pairwise(nodes), pairwise(stops), ways, strict=True
    ):
        from_stop = one.to_stop if isinstance(one, FoundRide) else from_place
        to_stop = other.from_stop if isinstance(other, FoundRide) else to_place
        between = isinstance(one, FoundRide) and isinstance(other, FoundRide)
        if isinstance(one, Place) and isinstance(other, FoundRide):
            # People wait at the place, not at the stop.
            time = max(time, other.departure(other.board) - seconds)
        if from_stop != to_stop if between else seconds:
            legs.append(WalkLeg(from_stop, to_stop, time, time + seconds, metres))
        time += seconds
        if isinstance(other, FoundRide):
            leg = other.leg()
            rides.append(RebuiltRide(other, leg, len(legs), time if rides else None))
            legs.append(leg)
            time = leg.arrival
    return legs, rides


def _way(
    planning: PlanningState, wishes: Wishes, one: Place | FoundRide, other: Place | FoundRide
) -> tuple[int, int]:
    """Seconds and metres from one to the other. Raises Refusal("invalid") if there is no way."""
    walking = planning.timetables.walking(wheelchair=wishes.wheelchair)
    found: tuple[int, int] | None = None
    if isinstance(one, FoundRide) and isinstance(other, FoundRide):
        found = _change(planning, wishes, one, other)
    elif isinstance(one, FoundRide) and isinstance(other, Place):
        near = access_to(walking, other, wishes.max_walk)
        found = near.way(one.to_stop) if one.to_stop in near.stops else None
    elif isinstance(one, Place) and isinstance(other, FoundRide):
        near = access_from(walking, one, wishes.max_walk)
        found = near.way(other.from_stop) if other.from_stop in near.stops else None
    elif isinstance(one, Place) and isinstance(other, Place):
        path = walk_between(walking, one, other, wishes.max_walk)
        found = None if path is None else (path.seconds, path.metres)
    if found is None and any(isinstance(each, FoundRide) and each.moved for each in (one, other)):
        # A platform far away, as of another entrance: not what the traveller wished, but so it is.
        ends = _point(planning, one, leaving=True), _point(planning, other, leaving=False)
        path = None if None in ends else walking.anywhere.path(*ends)  # type: ignore[arg-type]
        found = None if path is None else (path.seconds, path.metres)
    if found is None:
        raise _impossible()
    return found


def _change(
    planning: PlanningState, wishes: Wishes, one: FoundRide, other: FoundRide
) -> tuple[int, int] | None:
    """Seconds and metres from a ride to the next one; None if there is no way."""
    network = planning.timetables.network
    walking = planning.timetables.walking(wheelchair=wishes.wheelchair)
    source, target = (
        network.point_at(
            each.feed, each.calls[place].stop, each.trip.route, _trip_id(network, each)
        )
        for each, place in ((one, one.alight), (other, other.board))
    )
    paths = walking.ways.onwards
    ways = slice(int(paths.first[source]), int(paths.first[source + 1]))
    found = (paths.target[ways] == target) & (paths.metres[ways] <= wishes.max_walk)
    if not found.any():
        return None
    rows = np.flatnonzero(found) + ways.start
    row = rows[np.argmin(paths.seconds[rows])]
    return int(paths.seconds[row]), int(paths.metres[row])


def _trip_id(network: JourneyNetwork, ride: FoundRide) -> str:
    row = ride.trip.row
    return network.feeds[ride.feed].trip_ids[row] if row >= 0 else ""


def _point(
    planning: PlanningState, node: Place | FoundRide, *, leaving: bool
) -> tuple[float, float] | None:
    if isinstance(node, Place):
        return node.point
    stop = node.to_stop if leaving else node.from_stop
    network = planning.timetables.network
    lat, lon = float(network.stop_lat[stop]), float(network.stop_lon[stop])
    return None if lat != lat else (lat, lon)


def _impossible() -> Refusal:
    return Refusal(
        "invalid",
        "Les étapes de ce trajet ne se suivent pas : cherchez-le à nouveau avec "
        "/mobilite/v1/journeys.",
        parameter="journey_id",
    )
