"""What to do instead of a journey that has become impossible, from where the traveller is.

Who is aboard can stay there as long as planned, or alight at the next call where people can. To
stay is preferred: to alight earlier is offered only if it arrives earlier.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from mobilite.journeys.domain.journey import CycleLeg, DriveLeg, Journey, RideLeg
from mobilite.journeys.flows.followed.find_ride import FoundRide
from mobilite.journeys.flows.followed.judge_journey import Judgement, Whereabouts
from mobilite.journeys.flows.followed.rebuild_journey import RebuiltRide
from mobilite.journeys.flows.journey_query import Wishes, with_known_routes
from mobilite.journeys.flows.plan_journeys import JourneyPage, plan_journeys
from mobilite.journeys.flows.planning_state import PlanningState
from mobilite.journeys.flows.preferences import Preferences
from mobilite.journeys.flows.via.join_legs import joined
from mobilite.rental.flows.live_rentals import RentalState
from socle.errors import Refusal

_MOST: Final = 3
"""Journeys offered."""


def better_plans(
    planning: PlanningState, rentals: RentalState, judgement: Judgement, *, now: datetime
) -> JourneyPage | None:
    """The journeys that arrive first, with the wishes of the query and by way of the places that
    are not passed yet; None at the destination. `rentals`: the rental stations as they are now."""
    where = judgement.whereabouts
    if where is None:
        return None
    search = _Search(planning, rentals, judgement, now)
    page = search.plan(where.place, where.instant)
    if page is None:
        return None
    journeys = [*page.journeys]
    staying = _staying(search, judgement, where)
    if staying:
        first = min(journey.arrival for journey in staying)
        journeys = [*(each for each in journeys if each.arrival < first), *staying]
    best = sorted(journeys, key=lambda each: (each.arrival, each.rides))[:_MOST]
    best.sort(key=Preferences(planning, page.request.wishes).rank)
    return replace(page, journeys=tuple(best), reason=None if best else page.reason)


class _Search:
    """Searches with what the traveller of a judgement wishes, and has with them."""

    def __init__(
        self, planning: PlanningState, rentals: RentalState, judgement: Judgement, now: datetime
    ) -> None:
        self._planning, self._rentals, self._now = planning, rentals, now
        self._request = replace(
            judgement.rebuilt.page.request,
            arrive_by=False,
            via=_vias_ahead(judgement),
            wishes=with_known_routes(planning.timetables, _wishes(judgement)),
        )

    def plan(self, place: str, at: int) -> JourneyPage | None:
        """The journeys from a place at an instant; None if it is the destination, or not known."""
        request = replace(self._request, origin=place, at=at)
        try:
            return plan_journeys(self._planning, request, now=self._now, rentals=self._rentals)
        except Refusal:
            return None


def _wishes(judgement: Judgement) -> Wishes:
    """The wishes of the query, as far as the traveller's own bicycle and car allow: who has left it
    at home or at a stop does without, and who has it aboard takes it along."""
    page = judgement.rebuilt.page
    wishes, legs = page.request.wishes, page.journeys[0].legs
    if judgement.status == "upcoming" or wishes.modes is None:
        return wishes
    where = judgement.whereabouts
    modes = wishes.modes
    if where is None or where.leg is None or not isinstance(legs[where.leg], DriveLeg):
        modes -= {"car"}
    wishes = replace(wishes, modes=modes)
    if "bicycle" not in modes:
        return wishes
    first, *others = (isinstance(leg, CycleLeg) and leg.rental is None for leg in legs)
    if any(others):
        return replace(wishes, bicycle_aboard=True)
    if wishes.bicycle_aboard or (first and not judgement.progress.boarded):
        return wishes
    return replace(wishes, modes=modes - {"bicycle"})


def _staying(search: _Search, judgement: Judgement, where: Whereabouts) -> list[Journey]:
    """The journeys from the call where people aboard planned to alight, with the ride to it from
    the next call; none if they cannot ride so far, or that is the next call."""
    ride = _ride_aboard(judgement, where)
    if ride is None or not isinstance(ride.found, FoundRide) or not isinstance(ride.leg, RideLeg):
        return []
    found = ride.found
    if where.call is None or where.call >= found.alight:
        return []
    network = judgement.rebuilt.page.planning.timetables.network
    page = search.plan(network.stop_id(found.to_stop), ride.leg.arrival)
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
        if not isinstance(found, FoundRide):
            continue  # such a journey has no place on the way
        passed = range(found.board, found.alight + 1)
        stops |= {found.stop(each) for each in passed if found.arrival(each) <= now}
    request, places = rebuilt.page.request, rebuilt.page.places[1:-1]
    for index, place in enumerate(places):
        if index not in on_foot and stops.isdisjoint(place.stops):
            return request.via[index:]
    return ()
