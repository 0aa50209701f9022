"""The parts of a journey that are walked from one of its places to the next.

Where a place on the way has several stops, people walk to, and from, one of them: going on from
another takes its time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mobilite.geo.domain.distances import distances
from mobilite.journeys.domain.footpaths import WalkingPath
from mobilite.journeys.domain.journey import POINT, Journey, WalkLeg
from mobilite.journeys.domain.network import JourneyNetwork
from mobilite.journeys.flows.places import Place
from mobilite.journeys.flows.planning_state import Walking
from mobilite.journeys.flows.via.join_legs import FIRST_VIA, joined


@dataclass(frozen=True, slots=True)
class WalkedPart:
    """A way on foot from a place of a journey to the next one."""

    part: int
    """The index of the place it starts at."""
    path: WalkingPath
    stop: int
    """The stop of the place that was to be found: where people arrive, or leave if the search goes
    backwards; POINT for a place without stops, and for the ends of the journey."""

    @property
    def seconds(self) -> int:
        """How long it takes."""
        return self.path.seconds


class WalkedParts:
    """Finds such ways between the places of a query, as one traveller walks them."""

    def __init__(
        self, network: JourneyNetwork, walking: Walking, places: Sequence[Place], max_walk: int
    ) -> None:
        """`places`: at least two; `max_walk`: metres of each way."""
        self._network, self._walking = network, walking
        self._places, self._max_walk = places, max_walk
        self._found: dict[tuple[int, int, bool], WalkedPart | None] = {}

    def onwards(self, part: int, stop: int) -> WalkedPart | None:
        """The way from the place of that index, from one of its stops (POINT: from wherever it
        is), to the next; None if it is too long."""
        key = part, stop, False
        if key not in self._found:
            end, last = self._places[part + 1], part + 2 == len(self._places)
            start = at_stop(self._network, self._places[part], stop)
            end = end if last else nearest_to(self._network, end, start)
            self._found[key] = self._walk(part, start, end, POINT if last else _only_stop(end))
        return self._found[key]

    def back(self, part: int, stop: int) -> WalkedPart | None:
        """The way to one of the stops of the place after that index, from the place itself."""
        key = part, stop, True
        if key not in self._found:
            start, first = self._places[part], part == 0
            end = at_stop(self._network, self._places[part + 1], stop)
            start = start if first else nearest_to(self._network, start, end)
            self._found[key] = self._walk(part, start, end, POINT if first else _only_stop(start))
        return self._found[key]

    def from_origin(self) -> list[WalkedPart]:
        """The first parts, as long as each can be walked."""
        found, stop = list[WalkedPart](), POINT
        for part in range(len(self._places) - 1):
            walk = self.onwards(part, stop)
            if walk is None:
                break
            found.append(walk)
            stop = walk.stop
        return found

    def to_destination(self) -> list[WalkedPart]:
        """The last parts, likewise, in order."""
        found, stop = list[WalkedPart](), POINT
        for part in reversed(range(len(self._places) - 1)):
            walk = self.back(part, stop)
            if walk is None:
                break
            found.insert(0, walk)
            stop = walk.stop
        return found

    def journey(self, walks: Sequence[WalkedPart], start: int, stay: int) -> Journey:
        """The journey of parts that follow each other. `start`: POSIX seconds; `stay`: seconds at
        each place between them."""
        journeys, last = list[Journey](), len(self._places) - 2
        for walk in walks:
            end = POINT if walk.part == last else FIRST_VIA - walk.part
            times = start, start + walk.seconds
            journeys.append(Journey((WalkLeg(POINT, end, *times, walk.path.metres),)))
            start = times[1] + stay
        journey = journeys[0]
        for walk, other in zip(walks[1:], journeys[1:], strict=True):
            journey = joined(journey, other, walk.part - 1)
        return journey

    def _walk(self, part: int, start: Place, end: Place, stop: int) -> WalkedPart | None:
        path = walk_between(self._walking, start, end, self._max_walk)
        return None if path is None else WalkedPart(part, path, stop)


def seconds_of(walks: Sequence[WalkedPart], stay: int) -> int:
    """How long parts take that follow each other, with a stay at one end of each."""
    return sum(walk.seconds + stay for walk in walks)


def walk_between(walking: Walking, one: Place, other: Place, max_walk: int) -> WalkingPath | None:
    """The way on foot between two places; None if it is longer than that, in metres."""
    if one.point is None or other.point is None:
        return None
    path = walking.anywhere.path(one.point, other.point)
    return None if path is None or path.metres > max_walk else path


def at_stop(network: JourneyNetwork, place: Place, stop: int) -> Place:
    """A place where people are at one of its stops; the same for POINT."""
    if stop == POINT:
        return place
    return replace(place, stops=frozenset((stop,)), point=network.coordinates(stop))


def nearest_to(network: JourneyNetwork, place: Place, other: Place) -> Place:
    """A place at the one of its stops that is the nearest to another in a straight line; the same
    if it has no stops, or none is known to be the nearest."""
    if other.point is None or not place.stops:
        return place
    stops = sorted(place.stops)
    metres = distances(*other.point, network.stop_lat[stops], network.stop_lon[stops])
    if np.isnan(metres).all():
        return place
    return at_stop(network, place, stops[int(np.nanargmin(metres))])


def _only_stop(place: Place) -> int:
    return next(iter(place.stops)) if len(place.stops) == 1 else POINT
