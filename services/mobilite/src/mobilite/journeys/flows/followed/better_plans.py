"""What to do instead of a journey that has become impossible, from where the traveller is.

Who is aboard can stay there as long as planned, or alight at the next call where people can. To
stay is preferred: to alight earlier is offered only if it arrives earlier.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from mobilite.gtfs.domain.ids import global_id
from mobilite.journeys.domain.journey import Journey
from mobilite.journeys.flows.followed.judge_journey import Judgement, Whereabouts
from mobilite.journeys.flows.followed.rebuild_journey import RebuiltRide
from mobilite.journeys.flows.join_legs import joined
from mobilite.journeys.flows.journey_query import Wishes
from mobilite.journeys.flows.plan_journeys import JourneyPage, plan_journeys
from mobilite.journeys.flows.planning_state import PlanningState
from socle.errors import Refusal

_MOST: Final = 3
"""Journeys offered."""


def better_plans(
    planning: PlanningState, judgement: Judgement, *, now: datetime
) -> JourneyPage | None:
    """The journeys that arrive first, with the wishes of the query and by way of the places that
    are not passed yet; None at the destination."""
    where = judgement.whereabouts
    if where is None:
        return None
    page = _plan(planning, judgement, where.place, where.instant, now)
    if page is None:
        return None
    journeys = [*page.journeys]
    staying = _staying(planning, judgement, where, now)
    if staying:
        first = min(journey.arrival for journey in staying)
        journeys = [*(each for each in journeys if each.arrival < first), *staying]
    best = sorted(journeys, key=lambda each: (each.arrival, each.rides))[:_MOST]
    best.sort(key=lambda each: (each.departure, each.arrival))
    return replace(page, journeys=tuple(best), reason=None if best else page.reason)


def _plan(
    planning: PlanningState, judgement: Judgement, place: str, at: int, now: datetime
) -> JourneyPage | None:
    """The journeys from a place at an instant; None if it is the destination, or not known."""
    request = judgement.rebuilt.page.request
    request = replace(
        request,
        wishes=request.wishes if place == request.origin else _on_the_way(request.wishes),
        origin=place,
        at=at,
        arrive_by=False,
        via=_vias_ahead(judgement),
    )
    try:
        return plan_journeys(planning, request, now=now)
    except Refusal:
        return None


def _on_the_way(wishes: Wishes) -> Wishes:
    """The wishes of who has left the origin, and there the bicycle that is not aboard."""
    if wishes.modes is None or wishes.bicycle_aboard:
        return wishes
    return replace(wishes, modes=wishes.modes - {"bicycle"})


def _staying(
    planning: PlanningState, judgement: Judgement, where: Whereabouts, now: datetime
) -> list[Journey]:
    """The journeys from the call where people aboard planned to alight, with the ride to it from
    the next call; none if they cannot ride so far, or that is the next call."""
    ride = _ride_aboard(judgement, where)
    if ride is None or where.call is None or where.call >= ride.found.alight:
        return []
    found = ride.found
    feed = judgement.rebuilt.page.planning.timetables.network.feeds[found.feed]
    stop = global_id(feed.feed_id, feed.stop_ids[found.calls[found.alight].stop])
    page = _plan(planning, judgement, stop, ride.leg.arrival, now)
    rest = replace(
        ride.leg,
        board=where.call,
        from_stop=found.stop(where.call),
        departure=found.departure(where.call),
        stays_seated=False,
        stays_on=False,
    )
    return [] if page is None else [joined(Journey((rest,)), each, 0) for each in page.journeys]


def _ride_aboard(judgement: Judgement, where: Whereabouts) -> RebuiltRide | None:
    """The ride that the traveller is aboard, if it goes on as planned."""
    broken = {
        change.ride.index
        for change in judgement.changes
        if change.type in ("cancelled", "withdrawn", "skipped_stop", "closed_stop")
    }
    rides = [ride for ride in judgement.rebuilt.rides if ride.index == where.leg]
    return rides[0] if rides and rides[0].index not in broken else None


def _vias_ahead(judgement: Judgement) -> tuple[str, ...]:
    """The places on the way that are not passed yet."""
    rebuilt, boarded = judgement.rebuilt, judgement.progress.boarded
    on_foot = {via for via, rides in rebuilt.vias_on_foot if rides < boarded}
    now, stops = rebuilt.page.generated_at, set[int]()
    for ride in rebuilt.rides[:boarded]:
        found = ride.found
        passed = range(found.board, found.alight + 1)
        stops |= {found.stop(each) for each in passed if found.arrival(each) <= now}
    request, places = rebuilt.page.request, rebuilt.page.places[1:-1]
    for index, place in enumerate(places):
        if index not in on_foot and stops.isdisjoint(place.stops):
            return request.via[index:]
    return ()
