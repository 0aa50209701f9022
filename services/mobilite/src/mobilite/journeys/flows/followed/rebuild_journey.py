"""A journey as it is now, from its reference: its vehicles in real time, possible or not.

The engine finds only what is possible. Here the vehicles are given, and their times decide whether
each can still be boarded (`judge_journey.py`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from types import MappingProxyType

from mobilite.journeys.domain.journey import (
    POINT,
    CycleLeg,
    DriveLeg,
    Journey,
    Leg,
    OnDemandLeg,
    RideLeg,
    Spot,
    WalkLeg,
)
from mobilite.journeys.flows.followed.find_car import FoundCar
from mobilite.journeys.flows.followed.find_on_demand import FoundOnDemand
from mobilite.journeys.flows.followed.find_rental import FoundRental
from mobilite.journeys.flows.followed.find_ride import FoundRide, goes_on
from mobilite.journeys.flows.followed.find_vehicle import (
    FoundVehicle,
    VehicleFinder,
    departure_of,
)
from mobilite.journeys.flows.followed.journey_reference import (
    OWN_BICYCLE,
    JourneyReference,
    Vehicle,
)
from mobilite.journeys.flows.followed.ways_between import Node, Way, ways_between
from mobilite.journeys.flows.places import Place
from mobilite.journeys.flows.plan_journeys import JourneyPage, JourneyRequest, get_places
from mobilite.journeys.flows.planning_state import PlanningState
from mobilite.journeys.flows.via.join_legs import FIRST_VIA
from mobilite.rental.flows.live_rentals import RentalState


@dataclass(frozen=True, slots=True, eq=False)
class RebuiltRide:
    """A ride of a rebuilt journey: with a timetable, on demand, in a rented vehicle or in the own
    car."""

    found: FoundVehicle
    leg: RideLeg | CycleLeg | OnDemandLeg | DriveLeg
    index: int
    """Among the legs."""
    ready: int | None
    """POSIX seconds from which it can be boarded, after the ride before it; None for the first."""

    @property
    def stays_seated(self) -> bool:
        """Whether people stay aboard from the ride before."""
        return isinstance(self.leg, RideLeg) and self.leg.stays_seated


@dataclass(frozen=True, slots=True, eq=False)
class RebuiltJourney:
    """A journey with the times of now."""

    page: JourneyPage
    """Of this journey alone."""
    rentals: RentalState
    now: datetime
    """The instant of the page."""
    rides: tuple[RebuiltRide, ...]
    vias_on_foot: tuple[tuple[int, int], ...]
    """The places on the way reached on foot, by index, and how many rides are before each."""

    @property
    def journey(self) -> Journey:
        return self.page.journeys[0]


def rebuild_journey(
    planning: PlanningState,
    rentals: RentalState,
    reference: JourneyReference,
    *,
    now: datetime,
    former: Mapping[Vehicle, FoundVehicle] = MappingProxyType({}),
) -> RebuiltJourney:
    """The journey of a reference. `former`: as for `VehicleFinder`.

    Raises Refusal: "not_found" for a place, a ride, a rental station or a car park that does not
    exist, "gone" for a ride of a past day that the timetables no longer have, "invalid" for rides
    that cannot follow each other, "unavailable" until the timetable of a ride is loaded.
    """
    request = JourneyRequest(
        reference.origin,
        reference.destination,
        arrive_by=reference.arrive_by,
        via=reference.via,
        wishes=reference.wishes,
    )
    places = get_places(planning, request)
    wishes = reference.wishes
    finder = VehicleFinder(planning, rentals, places, wishes, now=now, former=former)
    steps = [step for step in reference.steps if not isinstance(step, str)]
    nodes = _nodes(planning, finder, steps, places)
    planning = planning.at(_first_time(reference, nodes))
    ways = ways_between(planning, reference, nodes, places[1:-1], _cycled(reference))
    stops = [POINT, *(_via_stop(step) for step in steps), POINT]
    legs, rides = _legs(nodes, stops, ways, _start(reference, nodes, ways))
    journey, vias = Journey(tuple(legs)), [*_vias_on_foot(steps)]
    at = journey.arrival if reference.arrive_by else journey.departure
    page = JourneyPage(request, planning, places, at, int(now.timestamp()), (journey,))
    return RebuiltJourney(page, rentals, now, tuple(rides), tuple(vias))


def _nodes(
    planning: PlanningState,
    finder: VehicleFinder,
    steps: Sequence[Vehicle | int],
    places: Sequence[Place],
) -> list[Node]:
    """The origin, the steps of the reference, the destination."""
    nodes: list[Node] = [places[0]]
    for step in steps:
        node = places[1 + step] if isinstance(step, int) else finder.find(step)
        if isinstance(node, FoundRide) and node.stays_seated:
            before, network = nodes[-1], planning.timetables.network
            seated = isinstance(before, FoundRide) and goes_on(network, before, node)
            node = replace(node, stays_seated=seated)
            if isinstance(before, FoundRide):
                nodes[-1] = replace(before, stays_on=seated)
        nodes.append(node)
    return [*nodes, places[-1]]


def _cycled(reference: JourneyReference) -> frozenset[int]:
    """The ways by the own bicycle."""
    cycled, ways = set[int](), 0
    for step in reference.steps:
        if step == OWN_BICYCLE:
            cycled.add(ways)
        else:
            ways += 1
    return frozenset(cycled)


def _via_stop(step: Vehicle | int) -> int:
    return FIRST_VIA - step if isinstance(step, int) else POINT


def _vias_on_foot(steps: Sequence[Vehicle | int]) -> Iterator[tuple[int, int]]:
    rides = 0
    for step in steps:
        if isinstance(step, int):
            yield step, rides
        else:
            rides += 1


def _first_time(reference: JourneyReference, nodes: Sequence[Node]) -> int:
    """When the first vehicle that has times of its own leaves, else the origin is left."""
    times = (departure_of(node) for node in nodes if not isinstance(node, Place))
    first = next((each for each in times if each is not None), reference.departure)
    assert first is not None
    return first


def _start(
    reference: JourneyReference,
    nodes: Sequence[Node],
    ways: Sequence[Way],
) -> int:
    """When to leave the origin: in time for the first ride that has times of its own."""
    before = 0
    for node, way in zip(nodes[1:], ways, strict=True):
        before += way.stay + way.seconds
        leaves = None if isinstance(node, Place) else departure_of(node)
        if leaves is not None:
            return leaves - before
        if isinstance(node, FoundRental | FoundCar):
            before += node.leg(0).arrival
    assert reference.departure is not None
    return reference.departure


def _legs(
    nodes: Sequence[Node],
    stops: Sequence[int],
    ways: Sequence[Way],
    start: int,
) -> tuple[list[Leg], list[RebuiltRide]]:
    """The legs in order. `stops`: what stands for each place; `start`: POSIX seconds."""
    legs: list[Leg] = []
    rides: list[RebuiltRide] = []
    time = start
    for (one, other), (from_place, to_place), way in zip(
        pairwise(nodes), pairwise(stops), ways, strict=True
    ):
        ready = time + way.stay + way.seconds
        if way.waits_first:
            time += way.stay
            leaves = None if isinstance(other, Place) else departure_of(other)
            if leaves is not None:
                time = max(time, leaves - way.seconds)
        ends = _stop(one, from_place, leaving=True), _stop(other, to_place, leaving=False)
        if ends[0] != ends[1] if way.is_change else way.seconds or to_place <= FIRST_VIA:
            legs.append(_way_leg(way, ends, time, one, other))
        time += way.seconds
        if not isinstance(other, Place):
            leg = _leg(other, time)
            rides.append(RebuiltRide(other, leg, len(legs), ready if rides else None))
            legs.append(leg)
            time = leg.arrival
    return legs, rides


def _stop(node: Node, place: int, *, leaving: bool) -> int:
    """The stop where a node is left or reached. `place`: what stands for it if it is none."""
    if isinstance(node, FoundRide | FoundOnDemand):
        return node.to_stop if leaving else node.from_stop
    return place


def _way_leg(way: Way, ends: tuple[int, int], start: int, one: Node, other: Node) -> Leg:
    times = start, start + way.seconds
    if way.is_cycled:
        return CycleLeg(*ends, *times, way.metres)
    return WalkLeg(
        *ends, *times, way.metres, _station(one, leaving=True), _station(other, leaving=False)
    )


def _station(node: Node, *, leaving: bool) -> Spot | None:
    """The rental station where a vehicle was given back, or will be taken; the car park."""
    if not isinstance(node, FoundRental | FoundCar):
        return None
    return node.end if leaving else node.start


def _leg(found: FoundVehicle, time: int) -> RideLeg | CycleLeg | OnDemandLeg | DriveLeg:
    """The leg of a vehicle that people wait for, or take, from `time` on."""
    if isinstance(found, FoundRental | FoundCar):
        return found.leg(time)
    return found.leg() if isinstance(found, FoundRide) else found.leg
