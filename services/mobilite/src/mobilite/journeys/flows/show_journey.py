"""A journey of a reference at an instant, with better plans where it has become impossible."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from mobilite.gtfs.domain.ids import global_id
from mobilite.journeys.flows.journey_reference import JourneyReference
from mobilite.journeys.flows.judge_journey import JourneyChange, Judgement, Progress, judge_journey
from mobilite.journeys.flows.plan_journeys import JourneyPage, plan_journeys
from mobilite.journeys.flows.planning_state import PlanningState
from mobilite.journeys.flows.rebuild_journey import RebuiltJourney, RebuiltRide, rebuild_journey
from socle.errors import Refusal

_MOST_ALTERNATIVES: Final = 3


@dataclass(frozen=True, slots=True, eq=False)
class JourneyNow:
    """A journey as it is now."""

    judgement: Judgement
    alternatives: JourneyPage | None
    """The best journeys from where the traveller is; None while the journey is possible, and at
    the destination."""


def show_journey(
    planning: PlanningState,
    reference: JourneyReference,
    *,
    now: datetime,
    before: Judgement | None = None,
) -> JourneyNow:
    """The journey of a reference. `before`: the last judgement of it, if it is being watched: a
    ride that the timetables no longer have is then a change, and else a Refusal as those of
    `rebuild_journey`."""
    instant, withdrawn = int(now.timestamp()), None
    try:
        rebuilt = rebuild_journey(planning, reference, now=now)
    except Refusal as refusal:
        if before is None or refusal.category not in ("not_found", "gone"):
            raise
        rebuilt, withdrawn = before.rebuilt, refusal.details.get("trip")
    progress = Progress() if before is None else before.progress
    judgement = judge_journey(rebuilt, now=instant, before=progress)
    if withdrawn is not None:
        judgement = _without_trip(judgement, str(withdrawn), instant)
    alternatives = None if judgement.possible else _better_plans(planning, judgement, now)
    return JourneyNow(judgement, alternatives)


def _without_trip(judgement: Judgement, trip_id: str, now: int) -> Judgement:
    """The judgement where the timetables no longer have a trip of the journey."""
    rebuilt = judgement.rebuilt
    changes = [
        JourneyChange("withdrawn", ride)
        for ride in rebuilt.rides
        if _trip_id(rebuilt, ride) == trip_id and ride.leg.arrival > now
    ]
    possible = judgement.possible and not changes
    return replace(judgement, changes=(*changes, *judgement.changes), possible=possible)


def _trip_id(rebuilt: RebuiltJourney, ride: RebuiltRide) -> str:
    feed = rebuilt.page.planning.timetables.network.feeds[ride.found.feed]
    return global_id(feed.feed_id, ride.found.trip.trip_id)


def _better_plans(
    planning: PlanningState, judgement: Judgement, now: datetime
) -> JourneyPage | None:
    """The journeys from where the traveller is that arrive first, with the wishes of the query."""
    where = judgement.whereabouts
    if where is None:
        return None
    request = replace(
        judgement.rebuilt.page.request,
        origin=where.place,
        at=where.instant,
        via=_vias_ahead(judgement),
    )
    try:
        page = plan_journeys(planning, request, now=now)
    except Refusal:
        return None  # the traveller is at the destination, or a place is no longer known
    first = sorted(page.journeys, key=lambda each: (each.arrival, each.rides))[:_MOST_ALTERNATIVES]
    return replace(page, journeys=tuple(each for each in page.journeys if each in first))


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
