"""The ways on foot between the places and rides of a journey that is given.

They are those of a search (`via/stages.py`): a change obeys the rules of its stops, but whoever
passes a place on the way starts anew there, from the stop where they arrive.
"""

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from mobilite.journeys.domain.journey import POINT
from mobilite.journeys.flows.followed.find_car import FoundCar
from mobilite.journeys.flows.followed.find_on_demand import FoundOnDemand
from mobilite.journeys.flows.followed.find_rental import FoundRental
from mobilite.journeys.flows.followed.find_ride import FoundRide
from mobilite.journeys.flows.followed.find_vehicle import FoundVehicle
from mobilite.journeys.flows.followed.first_and_last_ways import FirstAndLastWays
from mobilite.journeys.flows.followed.journey_reference import JourneyReference
from mobilite.journeys.flows.journey_query import walking_of
from mobilite.journeys.flows.places import Place, access_from, access_to
from mobilite.journeys.flows.planning_state import PlanningState
from mobilite.journeys.flows.via.stages import nearest_stop
from mobilite.journeys.flows.via.walked_parts import at_stop, nearest_to, walk_between
from socle.errors import Refusal

Node = Place | FoundVehicle
_ViaEnd = Literal["start", "end"]
"""The end of a way between two rides that is a place on the way."""


class Way(NamedTuple):
    """A way on foot or by the own bicycle, or from a seat to the same seat."""

    seconds: int
    metres: int
    stay: int = 0
    """Seconds that people wish to be at a place on the way, where they wait."""
    waits_first: bool = False
    """Whether people wait before it for the ride after it: at a place, not at the stop."""
    is_change: bool = False
    """Whether it leads from one ride to the next and not by a place."""
    is_cycled: bool = False


def ways_between(
    planning: PlanningState,
    reference: JourneyReference,
    nodes: Sequence[Node],
    vias: Sequence[Place],
    cycled: Collection[int] = (),
) -> list[Way]:
    """The ways from each node to the next one. `nodes`: the origin, the vehicles and places of the
    reference, the destination; `vias`: the places on the way; `cycled`: the indexes of the ways by
    bicycle.

    Raises Refusal("invalid") if there is no way."""
    search, ways = _WaySearch(planning, reference), list[Way]()
    via_ends = [*_via_ends(reference, nodes, vias)]
    pairs = zip(search.exact_ends(nodes, via_ends), via_ends, strict=True)
    for index, ((one, other), via_end) in enumerate(pairs):
        if isinstance(other, FoundRide) and other.stays_seated:
            ways.append(Way(0, 0))
            continue
        is_cycled = index in cycled
        is_change = isinstance(one, FoundRide) and isinstance(other, FoundRide)
        is_change = is_change and not via_end and not is_cycled
        waits_first = isinstance(one, Place) or via_end == "start"
        # Who is picked up at a time leaves the stop of the ride before in time for it.
        waits_first = waits_first or isinstance(other, FoundOnDemand)
        by_via = via_end or (isinstance(one, Place) and index > 0)
        stay = reference.wishes.stay if by_via else 0
        way = search.way(one, other, is_change=is_change, is_cycled=is_cycled)
        ways.append(Way(*way, stay, waits_first, is_change, is_cycled))
    return ways


def _via_ends(
    reference: JourneyReference, nodes: Sequence[Node], vias: Sequence[Place]
) -> Iterator[_ViaEnd | None]:
    """For each way, whether it starts or ends at a place on the way without a walk to it."""
    on_foot = {step for step in reference.steps if isinstance(step, int)}
    steps, ahead = iter(reference.steps), 0
    for one, other in pairwise(nodes):
        via_end: _ViaEnd | None = None
        if isinstance(one, FoundRide):
            while via_end is None and ahead < len(vias) and ahead not in on_foot:
                via_end = _via_end(one, other, vias[ahead])
                if via_end is None and not _is_ridden_through(one, vias[ahead]):
                    break
                ahead += 1
        yield via_end
        step = next(steps, None)
        if isinstance(step, int):
            ahead = step + 1


def _via_end(one: FoundRide, other: Node, via: Place) -> _ViaEnd | None:
    if one.to_stop in via.stops:
        return "start"
    boards = isinstance(other, FoundRide) and other.from_stop in via.stops
    return "end" if boards else None


def _is_ridden_through(ride: FoundRide, via: Place) -> bool:
    return any(ride.stop(each) in via.stops for each in range(ride.board + 1, ride.alight))


class _WaySearch:
    """Finds ways with the wishes of a journey."""

    def __init__(self, planning: PlanningState, reference: JourneyReference) -> None:
        self._network, wishes = planning.timetables.network, reference.wishes
        self._walking = walking_of(planning.timetables, wishes)
        self._max_walk, self._backwards = wishes.max_walk, reference.arrive_by
        self._others = FirstAndLastWays(planning, wishes)

    def exact_ends(
        self, nodes: Sequence[Node], via_ends: Sequence[_ViaEnd | None]
    ) -> list[tuple[Node, Node]]:
        """The ends of each way: a place on the way with several stops is at the one that a search
        chooses. That is the nearest to the part of the journey that it finds first."""
        starts, ends = [*nodes[:-1]], [*nodes[1:]]
        for index, (one, other, via_end) in enumerate(zip(starts, ends, via_ends, strict=True)):
            if via_end == "start" and isinstance(one, FoundRide) and isinstance(other, Place):
                place = Place(None, None, None, frozenset((one.to_stop,)))
                starts[index] = at_stop(self._network, place, one.to_stop)
        inner = range(len(ends) - 1)
        for index in reversed(inner) if self._backwards else inner:
            found = ends[index + 1] if self._backwards else starts[index]
            ends[index] = exact = self._at_one_stop(ends[index], found)
            if isinstance(exact, Place):
                starts[index + 1] = exact
        return [*zip(starts, ends, strict=True)]

    def _at_one_stop(self, node: Node, found: Node) -> Node:
        """A place at one of its stops, by what a search finds before it."""
        if not isinstance(node, Place) or not node.stops:
            return node
        if isinstance(found, Place):
            return nearest_to(self._network, node, found)
        if not isinstance(found, FoundRide):
            return node
        ways, stop = self._walking.ways, found.from_stop if self._backwards else found.to_stop
        near = ways.to_stop if self._backwards else ways.from_stop
        return at_stop(self._network, node, nearest_stop(node, near(stop, self._max_walk)))

    def way(self, one: Node, other: Node, *, is_change: bool, is_cycled: bool) -> tuple[int, int]:
        """Seconds and metres from one to the other. Raises Refusal("invalid") if there is no
        way."""
        if (
            not is_cycled
            and isinstance(one, Place | FoundRide)
            and isinstance(other, Place | FoundRide)
        ):
            found = self._way(one, other, is_change)
        else:
            found = self._other_way(one, other, is_cycled=is_cycled)
        moved = any(isinstance(each, FoundRide) and each.moved for each in (one, other))
        if found is None and moved:
            # A platform far away, as of another entrance: not what the traveller wished, but so it
            # is.
            found = self._anywhere(one, other)
        if found is None:
            raise _impossible()
        return found

    def _way(
        self, one: Place | FoundRide, other: Place | FoundRide, is_change: bool
    ) -> tuple[int, int] | None:
        walking, max_walk = self._walking, self._max_walk
        if isinstance(one, Place) and isinstance(other, Place):
            path = walk_between(walking, one, other, max_walk)
            return None if path is None else (path.seconds, path.metres)
        if isinstance(one, FoundRide) and isinstance(other, FoundRide) and is_change:
            return self._change(one, other)
        if isinstance(other, FoundRide):
            near = (
                access_from(walking, one, max_walk)
                if isinstance(one, Place)
                else walking.ways.from_stop(one.to_stop, max_walk)
            )
            return near.way(other.from_stop) if other.from_stop in near.stops else None
        assert isinstance(one, FoundRide)
        near = access_to(walking, other, max_walk)
        return near.way(one.to_stop) if one.to_stop in near.stops else None

    def _other_way(self, one: Node, other: Node, *, is_cycled: bool) -> tuple[int, int] | None:
        """By bicycle, or to and from a vehicle without a timetable; such vehicles do not follow
        each other."""
        match one, other:
            case (Place() | FoundRide(), Place() | FoundRide()):
                return self._others.by_bicycle(one, other) if is_cycled else None
            case (_, _) if is_cycled:
                return None
            case (Place() | FoundRide(), FoundRental(rental)):
                start = one if isinstance(one, Place) else one.to_stop
                return self._others.to_station(start, rental.taken.point)
            case (FoundRental(rental), Place() | FoundRide()):
                end = other if isinstance(other, Place) else other.from_stop
                return self._others.to_station(end, rental.given_back.point)
            case (Place(), FoundCar()):
                return 0, 0
            case (FoundCar(), FoundRide()):
                return self._others.from_car_park(one.end.point, other)
            case (Place() | FoundRide(), FoundOnDemand()):
                return self._others.to_pick_up(one, other)
            case (FoundOnDemand(), Place() | FoundRide()):
                return self._others.from_drop_off(one, other)
            case _:
                return None

    def _change(self, one: FoundRide, other: FoundRide) -> tuple[int, int] | None:
        source, target = (
            self._network.point_at(each.feed, each.calls[place].stop, each.trip)
            for each, place in ((one, one.alight), (other, other.board))
        )
        return self._walking.ways.change(source, target, self._max_walk)

    def _anywhere(self, one: Node, other: Node) -> tuple[int, int] | None:
        ends = self._point(one, leaving=True), self._point(other, leaving=False)
        if ends[0] is None or ends[1] is None:
            return None
        path = self._walking.anywhere.path(ends[0], ends[1])
        return None if path is None else (path.seconds, path.metres)

    def _point(self, node: Node, *, leaving: bool) -> tuple[float, float] | None:
        if isinstance(node, Place):
            return node.point
        if isinstance(node, FoundRental):
            return (node.rental.given_back if leaving else node.rental.taken).point
        if isinstance(node, FoundCar):
            return node.end.point
        stop = node.to_stop if leaving else node.from_stop
        return None if stop == POINT else self._network.coordinates(stop)


def _impossible() -> Refusal:
    return Refusal(
        "invalid",
        "Les étapes de ce trajet ne se suivent pas : cherchez-le à nouveau avec "
        "/mobilite/v1/journeys.",
        parameter="journey_id",
    )
