"""A journey as it is now, from its reference: its rides in real time, possible or not.

The engine finds only what is possible. Here the rides are given, and their times decide whether
each can still be boarded (`judge_journey.py`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from mobilite.journeys.domain.journey import POINT, Journey, RideLeg, WalkLeg
from mobilite.journeys.flows.followed.find_ride import FoundRide, find_ride, goes_on
from mobilite.journeys.flows.followed.journey_reference import JourneyReference, Step
from mobilite.journeys.flows.followed.ways_between import Node, Way, ways_between
from mobilite.journeys.flows.join_legs import FIRST_VIA
from mobilite.journeys.flows.places import Place
from mobilite.journeys.flows.plan_journeys import JourneyPage, JourneyRequest, get_places
from mobilite.journeys.flows.planning_state import PlanningState
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
    past day that the timetables no longer have, "invalid" for rides that cannot follow each other
    and for a leg by bicycle or on demand, "unavailable" until the timetable of a ride is loaded.
    """
    if reference.others:
        raise Refusal(
            "invalid",
            "Un trajet à vélo ou à la demande ne peut pas encore être suivi : cherchez-le à "
            "nouveau avec /mobilite/v1/journeys.",
            parameter="journey_id",
        )
    request = JourneyRequest(
        reference.origin,
        reference.destination,
        arrive_by=reference.arrive_by,
        via=reference.via,
        wishes=reference.wishes,
    )
    places = get_places(planning, request)
    nodes = _nodes(planning, reference, places, now)
    ways = ways_between(planning, reference, nodes, places[1:-1])
    stops = [POINT, *(_via_stop(step) for step in reference.steps), POINT]
    legs, rides = _legs(nodes, stops, ways, _start(reference, nodes, ways))
    journey, vias = Journey(tuple(legs)), [*_vias_on_foot(reference)]
    at = journey.arrival if reference.arrive_by else journey.departure
    page = JourneyPage(request, planning, places, at, int(now.timestamp()), (journey,))
    return RebuiltJourney(page, tuple(rides), tuple(vias))


def _nodes(
    planning: PlanningState, reference: JourneyReference, places: Sequence[Place], now: datetime
) -> list[Node]:
    """The origin, the steps of the reference, the destination."""
    nodes: list[Node] = [places[0]]
    for step in reference.steps:
        node = places[1 + step] if isinstance(step, int) else find_ride(planning, step, now=now)
        if isinstance(node, FoundRide) and node.stays_seated:
            before, network = nodes[-1], planning.timetables.network
            seated = isinstance(before, FoundRide) and goes_on(network, before, node)
            node = replace(node, stays_seated=seated)
            if isinstance(before, FoundRide):
                nodes[-1] = replace(before, stays_on=seated)
        nodes.append(node)
    return [*nodes, places[-1]]


def _via_stop(step: Step) -> int:
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
    nodes: Sequence[Node],
    ways: Sequence[Way],
) -> int:
    """When to leave the origin: in time for the first ride."""
    for place, node in enumerate(nodes):
        if isinstance(node, FoundRide):
            return node.departure(node.board) - sum(way.stay + way.seconds for way in ways[:place])
    assert reference.departure is not None
    return reference.departure


def _legs(
    nodes: Sequence[Node],
    stops: Sequence[int],
    ways: Sequence[Way],
    start: int,
) -> tuple[list[RideLeg | WalkLeg], list[RebuiltRide]]:
    """The legs in order. `stops`: what stands for each place; `start`: POSIX seconds."""
    legs: list[RideLeg | WalkLeg] = []
    rides: list[RebuiltRide] = []
    time = start
    for (one, other), (from_place, to_place), way in zip(
        pairwise(nodes), pairwise(stops), ways, strict=True
    ):
        from_stop = one.to_stop if isinstance(one, FoundRide) else from_place
        to_stop = other.from_stop if isinstance(other, FoundRide) else to_place
        ready = time + way.stay + way.seconds
        if way.waits_first:
            time += way.stay
            if isinstance(other, FoundRide):
                time = max(time, other.departure(other.board) - way.seconds)
        if from_stop != to_stop if way.is_change else way.seconds:
            legs.append(WalkLeg(from_stop, to_stop, time, time + way.seconds, way.metres))
        time += way.seconds
        if isinstance(other, FoundRide):
            leg = other.leg()
            rides.append(RebuiltRide(other, leg, len(legs), ready if rides else None))
            legs.append(leg)
            time = leg.arrival
    return legs, rides
