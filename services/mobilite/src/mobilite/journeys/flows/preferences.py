"""The lines and modes that a traveller prefers: journeys that ride in one of them, and lose little.

Every journey that rides in one is searched. It is offered if no other leaves no earlier, arrives no
later and takes more than ten minutes less. It is listed as if it left ten minutes earlier. With
places on the way, what is found anyway is so listed, and nothing else is searched.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from mobilite.gtfs.domain.ids import global_id
from mobilite.gtfs.domain.route_types import modes_of
from mobilite.journeys.domain.alternatives import best_of
from mobilite.journeys.domain.journey import Journey, Leg, OnDemandLeg, RideLeg
from mobilite.journeys.flows.journey_query import JourneySearch, Wishes
from mobilite.journeys.flows.planning_state import PlanningState
from mobilite.journeys.flows.via.stages import Stages
from mobilite.realtime.domain.run_calls import get_run_trip
from mobilite.timetable.domain.timetable import Timetable

LOSS: Final = 600
"""Seconds that a preferred line or mode is worth."""


class Span(NamedTuple):
    """The instants between which the journeys of a page leave, or arrive. POSIX seconds."""

    first: int
    last: int


class Preferences:
    """What one traveller prefers, on one planning state."""

    def __init__(self, planning: PlanningState, wishes: Wishes) -> None:
        self._planning, self._wishes = planning, wishes

    def is_met(self, journey: Journey) -> bool:
        """Whether a journey rides in a preferred line or mode."""
        return self._wishes.has_preferences and any(map(self._is_preferred, journey.legs))

    def rank(self, journey: Journey) -> tuple[int, int]:
        """What journeys are listed by."""
        return journey.departure - LOSS * self.is_met(journey), journey.arrival

    def _is_preferred(self, leg: Leg) -> bool:
        if isinstance(leg, OnDemandLeg):
            return self._is_route(leg.ride.trips.timetable, leg.ride.trip.route)
        if not isinstance(leg, RideLeg):
            return False
        timetable = self._planning.timetables.network.feeds[leg.feed]
        feed = self._planning.live.snapshot.feed(timetable.feed_id)
        return self._is_route(timetable, get_run_trip(feed, leg.run).route)

    def _is_route(self, timetable: Timetable, route: int) -> bool:
        if route < 0:
            return False
        modes = modes_of([int(timetable.route_type[route])])
        preferred = not self._wishes.preferred_modes.isdisjoint(modes)
        route_id = global_id(timetable.feed_id, timetable.route_ids[route])
        return preferred or route_id in self._wishes.preferred_routes


def with_preferred(
    search: JourneySearch,
    stages: Stages,
    found: Sequence[Journey],
    span: Span,
    *,
    arrive_by: bool,
    alone: bool,
) -> list[Journey]:
    """The journeys of a page, and those that ride as the traveller prefers. `alone`: whether the
    best one was searched, not all of a span."""
    planning, wishes = search.planning, search.wishes
    if not wishes.has_preferences or len(stages.places) > 2:
        return [*found]
    preferences = Preferences(planning, wishes)
    preferring = JourneySearch(planning, wishes, preferring=True)
    if alone:
        near = _alone(preferring, stages, found, span, arrive_by=arrive_by)
    else:
        within = stages.arriving if arrive_by else stages.leaving
        start = span.last if arrive_by else span.first
        near = [
            each
            for each in within(preferring, start, span.last - span.first)
            if not _loses_much(search, stages, each)
        ]
    met = [each for each in found if preferences.is_met(each)]
    more = best_of([*met, *filter(preferences.is_met, near)])
    return [*found, *(each for each in more if each not in met)]


def _alone(
    preferring: JourneySearch,
    stages: Stages,
    found: Sequence[Journey],
    span: Span,
    *,
    arrive_by: bool,
) -> list[Journey]:
    """The best one that is preferred, if it loses little to the best of all."""
    near = (
        stages.latest(preferring, span.last)
        if arrive_by
        else stages.earliest(preferring, span.first)
    )

    def loss(journey: Journey, best: Journey) -> int:
        if arrive_by:
            return best.departure - journey.departure
        return journey.arrival - best.arrival

    return [each for each in near if all(loss(each, best) <= LOSS for best in found)]


def _loses_much(search: JourneySearch, stages: Stages, journey: Journey) -> bool:
    """Whether another leaves no earlier, arrives no later, and takes far less time."""
    others = [
        *stages.latest(search, journey.arrival),
        *stages.earliest(search, journey.departure),
    ]
    return any(_duration(journey) - _duration(each) > LOSS for each in others)


def _duration(journey: Journey) -> int:
    return journey.arrival - journey.departure
