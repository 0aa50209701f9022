"""The places of a journey in order: where it starts, passes and ends.

A journey by way of a place is one part after the other: each starts where and when the one before
ends, or after the stay there that the traveller wishes.
"""

from collections.abc import Sequence
from itertools import pairwise

from mobilite.journeys.domain.access import Access
from mobilite.journeys.domain.footpaths import WalkingPath
from mobilite.journeys.domain.journey import POINT, Journey, WalkLeg
from mobilite.journeys.flows.join_legs import joined
from mobilite.journeys.flows.journey_query import JourneySearch, Wishes, walking_of
from mobilite.journeys.flows.places import Place, access_from, access_to
from mobilite.journeys.flows.planning_state import PlanningState, Walking


class Stages:
    """The places of a query, with the ways on foot around each."""

    def __init__(self, planning: PlanningState, places: Sequence[Place], wishes: Wishes) -> None:
        """`places`: at least two."""
        walking = walking_of(planning.timetables, wishes)
        self._stay = wishes.stay
        self.places = places
        self._ways, self._max_walk = walking.ways, wishes.max_walk
        self._from = [access_from(walking, place, self._max_walk) for place in places[:-1]]
        self._to = [access_to(walking, place, self._max_walk) for place in places[1:]]
        self._walks = [
            walk_between(walking, one, other, self._max_walk) for one, other in pairwise(places)
        ]

    def place_without_stop(self) -> int | None:
        """The index of the first place without a stop near it; None if all have one."""
        reached = [self._from[0], *self._to]
        return next((at for at, near in enumerate(reached) if not len(near.stops)), None)

    def leaving(self, search: JourneySearch, first: int, window: int) -> list[Journey]:
        """The journeys that leave in `window` seconds from `first` (POSIX seconds) on."""
        found = search.leaving(self._from[0], self._to[0], first, window)
        return self._complete(search, found, backwards=False)

    def arriving(self, search: JourneySearch, last: int, window: int) -> list[Journey]:
        """The journeys that arrive in the `window` seconds before `last` (POSIX seconds)."""
        found = search.arriving(self._from[-1], self._to[-1], last, window)
        return self._complete(search, found, backwards=True)

    def earliest(self, search: JourneySearch, at: int) -> list[Journey]:
        """The journey that arrives first of those that leave at `at` (POSIX seconds) or after."""
        found = search.earliest(self._from[0], self._to[0], at)
        return self._complete(search, [] if found is None else [found], backwards=False)

    def latest(self, search: JourneySearch, by: int) -> list[Journey]:
        """The journey that leaves last of those that arrive at `by` (POSIX seconds) or before."""
        found = search.latest(self._from[-1], self._to[-1], by)
        return self._complete(search, [] if found is None else [found], backwards=True)

    def on_foot(self, at: int, *, arrive_by: bool) -> Journey | None:
        """The journey on foot all the way, which leaves at `at` (POSIX seconds), or arrives then;
        None if one of its parts is too long."""
        journey, parts = None, [*enumerate(self._walks)]
        for part, walk in reversed(parts) if arrive_by else parts:
            if walk is None:
                return None
            start = at - walk.seconds if arrive_by else at
            leg = WalkLeg(POINT, POINT, start, start + walk.seconds, walk.metres)
            at = leg.departure - self._stay if arrive_by else leg.arrival + self._stay
            if journey is None:
                journey = Journey((leg,))
            elif arrive_by:
                journey = joined(Journey((leg,)), journey, part)
            else:
                journey = joined(journey, Journey((leg,)), part - 1)
        return journey

    def _complete(
        self, search: JourneySearch, found: Sequence[Journey], *, backwards: bool
    ) -> list[Journey]:
        if len(self.places) == 2:
            return [*found]
        complete = self._with_parts_before if backwards else self._with_parts_after
        results = [complete(search, journey) for journey in found]
        return [each for each in results if each is not None]

    def _with_parts_after(self, search: JourneySearch, journey: Journey) -> Journey | None:
        """A journey of the first part, and the soonest others after it."""
        for part in range(1, len(self._from)):
            # From the stop that people arrive at, not from anywhere in the station.
            last, origin = journey.legs[-1], self._from[part]
            reached = last.to_stop
            if isinstance(last, WalkLeg):
                near = self._ways.from_stop(last.from_stop, self._max_walk)
                reached = nearest_stop(self.places[part], near)
            if reached != POINT:
                origin = self._ways.from_stop(reached, self._max_walk)
            after = search.earliest(origin, self._to[part], journey.arrival + self._stay)
            if after is None:
                return None
            journey = joined(journey, after, part - 1)
        return journey

    def _with_parts_before(self, search: JourneySearch, journey: Journey) -> Journey | None:
        """A journey of the last part, and the latest others before it."""
        for part in range(len(self._from) - 2, -1, -1):
            first, destination = journey.legs[0], self._to[part]
            left = first.from_stop
            if isinstance(first, WalkLeg):
                near = self._ways.to_stop(first.to_stop, self._max_walk)
                left = nearest_stop(self.places[part + 1], near)
            if left != POINT:
                destination = self._ways.to_stop(left, self._max_walk)
            by = journey.departure - self._stay
            before = search.latest(self._from[part], destination, by)
            if before is None:
                return None
            journey = joined(before, journey, part)
        return journey


def nearest_stop(place: Place, near: Access) -> int:
    """The stop of a place that is the nearest of those near another; POINT for a point."""
    stops = [stop for stop in near.stops.tolist() if stop in place.stops]
    return min(stops, key=near.way, default=POINT)


def walk_between(walking: Walking, one: Place, other: Place, max_walk: int) -> WalkingPath | None:
    """The way on foot between two places; None if it is longer than that, in metres."""
    if one.point is None or other.point is None:
        return None
    path = walking.anywhere.path(one.point, other.point)
    return None if path is None or path.metres > max_walk else path
