"""A journey of a reference at an instant, with better plans where it has become impossible."""

from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from mobilite.gtfs.domain.ids import global_id
from mobilite.journeys.flows.followed.better_plans import better_plans
from mobilite.journeys.flows.followed.find_car import FoundCar
from mobilite.journeys.flows.followed.find_on_demand import FoundOnDemand
from mobilite.journeys.flows.followed.find_rental import FoundRental
from mobilite.journeys.flows.followed.find_ride import FoundRide
from mobilite.journeys.flows.followed.journey_reference import JourneyReference
from mobilite.journeys.flows.followed.judge_journey import Judgement, Progress, judge_journey
from mobilite.journeys.flows.followed.rebuild_journey import (
    RebuiltJourney,
    RebuiltRide,
    rebuild_journey,
)
from mobilite.journeys.flows.followed.ride_changes import End, JourneyChange
from mobilite.journeys.flows.plan_journeys import JourneyPage
from mobilite.journeys.flows.planning_state import PlanningState
from mobilite.rental.flows.live_docks import find_dock
from mobilite.rental.flows.live_rentals import RentalState
from socle.errors import Refusal

_NAMED: Final = frozenset(("trip", "station", "car_park"))
"""Details of a Refusal: what is no longer there."""


@dataclass(frozen=True, slots=True, eq=False)
class JourneyNow:
    """A journey as it is now."""

    judgement: Judgement
    alternatives: JourneyPage | None
    """The best journeys from where the traveller is; None while the journey is certain, and at the
    destination."""


def show_journey(
    planning: PlanningState,
    rentals: RentalState,
    reference: JourneyReference,
    *,
    now: datetime,
    before: Judgement | None = None,
) -> JourneyNow:
    """The journey of a reference. `rentals`: the rental stations as they are now. `before`: the
    last judgement of it, if it is being watched: a ride that the timetables no longer have, or a
    station or car park that is no longer there, is then a change, and else a Refusal as those of
    `rebuild_journey`."""
    instant = int(now.timestamp())
    rebuilt, absent = _rebuild(planning, rentals, reference, before, now=now)
    progress = Progress() if before is None else before.progress
    judgement = judge_journey(rebuilt, now=instant, before=progress)
    if absent:
        judgement = _without(judgement, absent, instant)
    alternatives = (
        None if judgement.certain else better_plans(planning, rentals, judgement, now=now)
    )
    return JourneyNow(judgement, alternatives)


def _rebuild(
    planning: PlanningState,
    rentals: RentalState,
    reference: JourneyReference,
    before: Judgement | None,
    *,
    now: datetime,
) -> tuple[RebuiltJourney, Container[str]]:
    """The journey with the times of now, and the public ids of what is no longer there."""
    if before is None:
        return rebuild_journey(planning, rentals, reference, now=now), ()
    vehicles = [step for step in reference.steps if not isinstance(step, int | str)]
    known = [ride.found for ride in before.rebuilt.rides]
    former = dict(zip(vehicles, known, strict=True))
    try:
        rebuilt = rebuild_journey(planning, rentals, reference, now=now, former=former)
    except Refusal as refusal:
        absent = next(map(refusal.details.get, _NAMED & refusal.details.keys()), None)
        if absent is None:
            raise
        return replace(before.rebuilt, rentals=rentals, now=now), (str(absent),)
    return rebuilt, frozenset(_absent(planning, rentals, rebuilt, now))


def _absent(
    planning: PlanningState, rentals: RentalState, rebuilt: RebuiltJourney, now: datetime
) -> Iterator[str]:
    """The public ids of the rental stations and the car park of a journey that are not there."""
    for ride in rebuilt.rides:
        match ride.found:
            case FoundRental(rental):
                for dock in rental:
                    if find_dock(rentals, dock.id, dock.mode, now=now) is None:
                        yield dock.id
            case FoundCar() if planning.car_parks.find(ride.found.drive.car_park.id) is None:
                yield ride.found.drive.car_park.id


def _without(judgement: Judgement, absent: Container[str], now: int) -> Judgement:
    """The judgement where there no longer is a trip, rental stations or the car park of the
    journey."""
    rebuilt = judgement.rebuilt
    changes = [
        JourneyChange("withdrawn", ride, end)
        for ride in rebuilt.rides
        for name, end in _names(rebuilt, ride)
        # A vehicle that is taken does not need its first station.
        if name in absent and now < (ride.leg.departure if end == "from" else ride.leg.arrival)
    ]
    possible = judgement.possible and not changes
    return replace(judgement, changes=(*changes, *judgement.changes), possible=possible)


def _names(rebuilt: RebuiltJourney, ride: RebuiltRide) -> Iterator[tuple[str, End | None]]:
    """The public ids of the trip of a ride, or of the stations or the car park at its ends."""
    match ride.found:
        case FoundRide() as found:
            feed = rebuilt.page.planning.timetables.network.feeds[found.feed]
            yield global_id(feed.feed_id, found.trip.trip_id), None
        case FoundOnDemand(leg):
            trips = leg.ride.trips
            yield global_id(trips.timetable.feed_id, leg.ride.trip.trip_id), None
        case FoundRental(rental):
            yield rental.taken.id, "from"
            yield rental.given_back.id, "to"
        case FoundCar():
            yield ride.found.end.id, "to"
