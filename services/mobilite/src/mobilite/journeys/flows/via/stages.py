"""The places of a journey in order: where it starts, passes and ends.

A journey by way of a place is one part after the other: each starts where and when the one before
ends, or after the stay there that the traveller wishes. A part is ridden or, where it is short
enough, walked.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from mobilite.journeys.domain.access import Access
from mobilite.journeys.domain.journey import POINT, Journey, WalkLeg
from mobilite.journeys.flows.journey_query import JourneySearch, Wishes, walking_of
from mobilite.journeys.flows.places import Place, access_from, access_to
from mobilite.journeys.flows.planning_state import PlanningState
from mobilite.journeys.flows.via.join_legs import FIRST_VIA, joined
from mobilite.journeys.flows.via.walked_parts import (
    WalkedPart,
    WalkedParts,
    seconds_of,
    walk_between,
)

_Search = tuple[JourneySearch, int, int, int]
"""The search of one ride: the part, the stop of its place, POSIX seconds."""


class Stages:
    """The places of a query, with the ways on foot around each."""

    def __init__(self, planning: PlanningState, places: Sequence[Place], wishes: Wishes) -> None:
        """`places`: at least two."""
        walking = walking_of(planning.timetables, wishes)
        self._stay = wishes.stay
        self.places, self._parts = places, len(places) - 1
        self._walking, self._max_walk = walking, wishes.max_walk
        self._ways = walking.ways
        self._from = [access_from(walking, place, self._max_walk) for place in places[:-1]]
        self._to = [access_to(walking, place, self._max_walk) for place in places[1:]]
        self._walked = WalkedParts(planning.timetables.network, walking, places, self._max_walk)
        self._rides_after: dict[_Search, Journey | None] = {}
        self._rides_before: dict[_Search, Journey | None] = {}

    def place_without_stop(self) -> int | None:
        """The index of the first place that is neither near a stop nor near enough to the places
        before and after it; None if there is none."""
        near = [self._from[0], *self._to]
        alone = (at for at in range(len(near)) if not len(near[at].stops))
        return next((at for at in alone if not self._is_walked_through(at)), None)

    def _is_walked_through(self, at: int) -> bool:
        """Whether a place is near enough to those before and after it."""
        around = self.places[max(0, at - 1) : at + 2]
        pairs = pairwise(around)
        return all(walk_between(self._walking, *pair, self._max_walk) for pair in pairs)

    def leaving(self, search: JourneySearch, first: int, window: int) -> list[Journey]:
        """The journeys that leave in `window` seconds from `first` (POSIX seconds) on."""
        return [
            complete
            for part, origin, walks in self._starts()
            for found in search.leaving(
                origin, self._to[part], first + seconds_of(walks, self._stay), window
            )
            for complete in self._started(search, part, found, walks)
        ]

    def arriving(self, search: JourneySearch, last: int, window: int) -> list[Journey]:
        """The journeys that arrive in the `window` seconds before `last` (POSIX seconds)."""
        return [
            complete
            for part, destination, walks in self._ends()
            for found in search.arriving(
                self._from[part], destination, last - seconds_of(walks, self._stay), window
            )
            for complete in self._ended(search, part, found, walks)
        ]

    def earliest(self, search: JourneySearch, at: int) -> list[Journey]:
        """The journey that arrives first of those that leave at `at` (POSIX seconds) or after."""
        found = [
            complete
            for part, origin, walks in self._starts()
            if (
                first := search.earliest(origin, self._to[part], at + seconds_of(walks, self._stay))
            )
            for complete in self._started(search, part, first, walks)
        ]
        return sorted(found, key=lambda each: (each.arrival, each.rides, each.walk))[:1]

    def latest(self, search: JourneySearch, by: int) -> list[Journey]:
        """The journey that leaves last of those that arrive at `by` (POSIX seconds) or before."""
        found = [
            complete
            for part, destination, walks in self._ends()
            if (
                last := search.latest(
                    self._from[part], destination, by - seconds_of(walks, self._stay)
                )
            )
            for complete in self._ended(search, part, last, walks)
        ]
        return sorted(found, key=lambda each: (-each.departure, each.rides, each.walk))[:1]

    def on_foot(self, at: int, *, arrive_by: bool) -> Journey | None:
        """The journey on foot all the way, which leaves at `at` (POSIX seconds), or arrives then;
        None if one of its parts is too long."""
        walks = self._walked.to_destination() if arrive_by else self._walked.from_origin()
        if len(walks) < self._parts:
            return None
        start = at - seconds_of(walks, self._stay) + self._stay if arrive_by else at
        return self._walked.journey(walks, start, self._stay)

    def _starts(self) -> Iterator[tuple[int, Access, list[WalkedPart]]]:
        """The parts that can be the first that is ridden: its index, where it starts, and the
        parts before it."""
        walks = self._walked.from_origin() if self._parts > 1 else []
        for part in range(min(len(walks) + 1, self._parts)):
            stop = walks[part - 1].stop if part else POINT
            yield part, self._leave(part, stop), walks[:part]

    def _ends(self) -> Iterator[tuple[int, Access, list[WalkedPart]]]:
        """The parts that can be the last that is ridden, with where it ends, and those after."""
        walks = self._walked.to_destination() if self._parts > 1 else []
        for after in range(min(len(walks) + 1, self._parts)):
            part = self._parts - 1 - after
            stop = walks[-after].stop if after else POINT
            yield part, self._reach(part, stop), walks[len(walks) - after :]

    def _leave(self, part: int, stop: int) -> Access:
        """Where a part starts: at a stop of its place, or at the place."""
        return self._from[part] if stop == POINT else self._ways.from_stop(stop, self._max_walk)

    def _reach(self, part: int, stop: int) -> Access:
        """Where a part ends, likewise."""
        return self._to[part] if stop == POINT else self._ways.to_stop(stop, self._max_walk)

    def _started(
        self, search: JourneySearch, part: int, found: Journey, walks: Sequence[WalkedPart]
    ) -> list[Journey]:
        """The journeys with a ridden part that begins them, after parts on foot."""
        journey = self._after_walks(walks, self._with_end(part, found))
        return self._with_parts_after(search, journey, part + 1, self._stop_reached(part, found))

    def _ended(
        self, search: JourneySearch, part: int, found: Journey, walks: Sequence[WalkedPart]
    ) -> list[Journey]:
        """The journeys with a ridden part that ends them, before parts on foot."""
        journey = self._before_walks(self._with_end(part, found), walks)
        stop = self._stop_left(part, found)
        return self._with_parts_before(search, journey, part - 1, stop, [])

    def _with_parts_after(
        self, search: JourneySearch, journey: Journey, part: int, stop: int
    ) -> list[Journey]:
        """A journey with the soonest way on, ridden or on foot, of each part from `part` on.
        `stop`: where the part starts, as people arrive there, not anywhere in the station."""
        if part == self._parts:
            return [journey]
        ready, found = journey.arrival + self._stay, list[Journey]()
        ride = self._soonest(search, part, stop, ready)
        if ride is not None:
            reached = self._stop_reached(part, ride)
            complete = joined(journey, self._with_end(part, ride), part - 1)
            found += self._with_parts_after(search, complete, part + 1, reached)
        walk = self._walked.onwards(part, stop)
        if walk is not None:
            complete = self._before_walks(journey, [walk])
            found += self._with_parts_after(search, complete, part + 1, walk.stop)
        return found

    def _with_parts_before(
        self,
        search: JourneySearch,
        journey: Journey,
        part: int,
        stop: int,
        walks: list[WalkedPart],
    ) -> list[Journey]:
        """A journey with the latest way to it, ridden or on foot, of each part up to `part`.
        `stop`: where the part ends; `walks`: the parts between it and the journey."""
        if part < 0:
            return [self._after_walks(walks, journey)]
        by = journey.departure - self._stay - seconds_of(walks, self._stay)
        found = list[Journey]()
        ride = self._last(search, part, stop, by)
        if ride is not None:
            before = self._before_walks(self._with_end(part, ride), walks)
            complete = joined(before, journey, part + len(walks))
            left = self._stop_left(part, ride)
            found += self._with_parts_before(search, complete, part - 1, left, [])
        walk = self._walked.back(part, stop)
        if walk is not None:
            parts = [walk, *walks]
            found += self._with_parts_before(search, journey, part - 1, walk.stop, parts)
        return found

    def _soonest(self, search: JourneySearch, part: int, stop: int, ready: int) -> Journey | None:
        """The soonest ride of a part, which many journeys go on with: it is searched once."""
        key = search, part, stop, ready
        if key not in self._rides_after:
            ride = search.earliest(self._leave(part, stop), self._to[part], ready)
            self._rides_after[key] = ride
        return self._rides_after[key]

    def _last(self, search: JourneySearch, part: int, stop: int, by: int) -> Journey | None:
        """The last ride of a part, likewise."""
        key = search, part, stop, by
        if key not in self._rides_before:
            ride = search.latest(self._from[part], self._reach(part, stop), by)
            self._rides_before[key] = ride
        return self._rides_before[key]

    def _after_walks(self, walks: Sequence[WalkedPart], journey: Journey) -> Journey:
        """A journey after parts on foot, which people leave for as late as they can."""
        if not walks:
            return journey
        start = journey.departure - seconds_of(walks, self._stay)
        before = self._walked.journey(walks, start, self._stay)
        return joined(before, journey, walks[-1].part)

    def _before_walks(self, journey: Journey, walks: Sequence[WalkedPart]) -> Journey:
        """A journey with parts on foot at once after it."""
        if not walks:
            return journey
        after = self._walked.journey(walks, journey.arrival + self._stay, self._stay)
        return joined(journey, after, walks[0].part - 1)

    def _stop_reached(self, part: int, journey: Journey) -> int:
        """The stop of the next place where the journey of a part ends; POINT for none."""
        last, place = journey.legs[-1], self.places[part + 1]
        if not isinstance(last, WalkLeg) and (not place.stops or last.to_stop in place.stops):
            return last.to_stop
        stop = last.from_stop if isinstance(last, WalkLeg) else last.to_stop
        return nearest_stop(place, self._ways.from_stop(stop, self._max_walk))

    def _with_end(self, part: int, journey: Journey) -> Journey:
        """The journey of a part with a way to its end that takes no time, as feeds declare some:
        the place would seem not to be passed."""
        last, place = journey.legs[-1], self.places[part + 1]
        is_there = isinstance(last, WalkLeg) or not place.stops or last.to_stop in place.stops
        if is_there or part + 1 == self._parts:
            return journey
        time, via = last.arrival, FIRST_VIA - part
        return Journey((*journey.legs, WalkLeg(last.to_stop, via, time, time, 0)))

    def _stop_left(self, part: int, journey: Journey) -> int:
        """The stop of its place where the journey of a part starts; POINT for none."""
        first, place = journey.legs[0], self.places[part]
        if not isinstance(first, WalkLeg) and (not place.stops or first.from_stop in place.stops):
            return first.from_stop
        stop = first.to_stop if isinstance(first, WalkLeg) else first.from_stop
        return nearest_stop(place, self._ways.to_stop(stop, self._max_walk))


def nearest_stop(place: Place, near: Access) -> int:
    """The stop of a place that is the nearest of those near another; POINT for a point."""
    stops = [stop for stop in near.stops.tolist() if stop in place.stops]
    return min(stops, key=near.way, default=POINT)
