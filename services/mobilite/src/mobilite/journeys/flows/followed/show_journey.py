"""A journey of a reference at an instant, with better plans where it has become impossible."""

from dataclasses import dataclass, replace
from datetime import datetime

from mobilite.gtfs.domain.ids import global_id
from mobilite.journeys.flows.followed.better_plans import better_plans
from mobilite.journeys.flows.followed.journey_reference import JourneyReference
from mobilite.journeys.flows.followed.judge_journey import (
    JourneyChange,
    Judgement,
    Progress,
    judge_journey,
)
from mobilite.journeys.flows.followed.rebuild_journey import (
    RebuiltJourney,
    RebuiltRide,
    rebuild_journey,
)
from mobilite.journeys.flows.plan_journeys import JourneyPage
from mobilite.journeys.flows.planning_state import PlanningState
from socle.errors import Refusal


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
        if before is None or "trip" not in refusal.details:
            raise
        rebuilt, withdrawn = before.rebuilt, str(refusal.details["trip"])
    progress = Progress() if before is None else before.progress
    judgement = judge_journey(rebuilt, now=instant, before=progress)
    if withdrawn is not None:
        judgement = _without_trip(judgement, withdrawn, instant)
    alternatives = None if judgement.possible else better_plans(planning, judgement, now=now)
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
