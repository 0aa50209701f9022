"""Journeys whose first or last leg is a demand-responsive ride, or that are nothing else.

A journey has one such ride, and no place on the way.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from mobilite.journeys.domain.access import Access
from mobilite.journeys.domain.alternatives import best_of
from mobilite.journeys.domain.journey import Journey, OnDemandLeg
from mobilite.journeys.flows.approaches import Approach, Way, legs_at
from mobilite.journeys.flows.journey_query import JourneySearch, Wishes, walking_of
from mobilite.journeys.flows.on_demand_ways import OnDemandWays
from mobilite.journeys.flows.places import Place, access_from, access_to
from mobilite.journeys.flows.planning_state import PlanningState

LONGEST: Final = 12 * 3600
"""Seconds: a longer journey is not searched."""
MOST_RIDES: Final = 30
"""Rides from the origin, and to the destination, with which journeys are searched: the first of a
span of time, or the last before an arrival."""
_DAY: Final = 24 * 3600


class OnDemandJourneys:
    """Searches these journeys between the places of a query."""

    def __init__(
        self, planning: PlanningState, places: Sequence[Place], wishes: Wishes, *, now: int
    ) -> None:
        """`places`: origin and destination. `now`: when rides can be booked, POSIX seconds."""
        self._closures = planning.closures
        self._origin, self._destination = places[0], places[-1]
        self._ways: OnDemandWays | None = None
        if wishes.on_demand and planning.timetables.on_demand.feeds:
            walking = walking_of(planning.timetables, wishes)
            self._from = access_from(walking, self._origin, wishes.max_walk)
            self._to = access_to(walking, self._destination, wishes.max_walk)
            self._ways = OnDemandWays(planning, walking.anywhere, wishes, now=now)

    @property
    def accepted(self) -> bool:
        """Whether there are such rides, and the traveller accepts them."""
        return self._ways is not None

    def leaving(self, search: JourneySearch, first: int, last: int) -> Sequence[Journey]:
        """The journeys that leave between two instants (POSIX seconds)."""
        if self._ways is None:
            return ()
        found = [
            *self._from_origin(self._ways, search, first, last, latest=False),
            *self._to_destination(self._ways, search, first, last + LONGEST, latest=False),
        ]
        ends = self._origin, self._destination
        direct = [*self._ways.between(*ends, first, last, latest=False)]
        found = [
            *_alone(direct, first, last, latest=False),
            *(each for each in found if not _is_detour(each, direct)),
        ]
        return self._open([each for each in found if first <= each.departure <= last])

    def arriving(self, search: JourneySearch, first: int, last: int) -> Sequence[Journey]:
        """The journeys that arrive between two instants (POSIX seconds)."""
        if self._ways is None:
            return ()
        found = [
            *self._from_origin(self._ways, search, first - LONGEST, last, latest=True),
            *self._to_destination(self._ways, search, first, last, latest=True),
        ]
        ends = self._origin, self._destination
        direct = [*self._ways.between(*ends, first - LONGEST, last, latest=True)]
        found = [
            *_alone(direct, first - LONGEST, last, latest=True),
            *(each for each in found if not _is_detour(each, direct)),
        ]
        return self._open([each for each in found if first <= each.arrival <= last])

    def earliest(self, search: JourneySearch, at: int) -> Sequence[Journey]:
        """The journeys that leave in the 24 hours from `at` on."""
        return self.leaving(search, at, at + _DAY)

    def latest(self, search: JourneySearch, by: int) -> Sequence[Journey]:
        """The journeys that arrive in the 24 hours before `by`."""
        return self.arriving(search, by - _DAY, by)

    def _from_origin(
        self, ways: OnDemandWays, search: JourneySearch, first: int, last: int, *, latest: bool
    ) -> Iterator[Journey]:
        approaches = ways.from_place(self._origin, first, last, latest=latest)
        for approach in _closest(approaches, latest=latest):
            access = approach.access
            begin, end = _span(access, first, last)
            found = [
                *search.leaving(access, self._to, begin, max(end - begin, 1)),
                # Dropped off before the last time of the service, people wait for a later ride.
                *search.leaving(access.at_last(last), self._to, begin, 0),
            ]
            yield from map(approach.with_first_legs, found)

    def _to_destination(
        self, ways: OnDemandWays, search: JourneySearch, first: int, last: int, *, latest: bool
    ) -> Iterator[Journey]:
        approaches = ways.to_place(self._destination, first, last, latest=latest)
        for approach in _closest(approaches, latest=latest):
            access = approach.access
            begin, end = _span(access, first, last)
            found = [
                *search.arriving(self._from, access, end, max(end - begin, 1)),
                # Off their ride before the first time of the service, people wait for it.
                *search.arriving(self._from, access.at_first(first), end, 0),
            ]
            yield from map(approach.with_last_legs, found)

    def _open(self, journeys: Sequence[Journey]) -> Sequence[Journey]:
        """The best of the journeys, without those that use a closed stop."""
        return best_of(each for each in journeys if not self._is_closed(each))

    def _is_closed(self, journey: Journey) -> bool:
        """Whether an alert closes a stop of a demand-responsive ride at that time."""
        return any(
            alert.affects(instant, instant + 1)
            for leg in journey.legs
            if isinstance(leg, OnDemandLeg)
            for stop, instant in ((leg.from_stop, leg.departure), (leg.to_stop, leg.arrival))
            for alert in self._closures.get(stop, ())
        )


def _closest(approaches: Iterable[Approach], *, latest: bool) -> list[Approach]:
    """Those that start first, or with `latest` those that end last; a few where there are many."""

    def instant(approach: Approach) -> int:
        times = approach.access.times
        assert times is not None
        return -int(times.last.max()) if latest else int(times.first.min())

    return sorted(approaches, key=instant)[:MOST_RIDES]


def _alone(ways: Iterable[Way], first: int, last: int, *, latest: bool) -> Iterator[Journey]:
    """A journey in each ride from the origin to the destination, which starts as late as possible,
    or as early."""
    for way in ways:
        start = min(way.last, last - way.seconds) if latest else max(way.first, first)
        if way.first <= start <= way.last:
            yield Journey(legs_at(way.legs, start))


def _is_detour(journey: Journey, direct: Iterable[Way]) -> bool:
    """Whether a ride from the origin to the destination can start later and arrive sooner."""
    starts = [(way, max(journey.departure, way.first)) for way in direct]
    return any(
        start <= way.last and start + way.seconds <= journey.arrival for way, start in starts
    )


def _span(access: Access, first: int, last: int) -> tuple[int, int]:
    """The part of a span of time in which the ways can be used."""
    assert access.times is not None
    return max(first, int(access.times.first.min())), min(last, int(access.times.last.max()))
