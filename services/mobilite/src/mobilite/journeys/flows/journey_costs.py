"""What a journey emits and costs one person."""

from collections.abc import Sequence
from typing import Final

from mobilite.emissions.domain.emissions import (
    UNKNOWN,
    Emissions,
    JourneyEmissions,
    emissions_of_journey,
)
from mobilite.emissions.domain.factors import FactorTable
from mobilite.fares.domain.fare import Fare, FareRide
from mobilite.fares.flows.price_journey import JourneyFares
from mobilite.journeys.domain.journey import CycleLeg, DriveLeg, OnDemandLeg, WalkLeg
from mobilite.journeys.flows.planning_state import PlanningState
from mobilite.journeys.flows.ride_details import RideDetails

DetailedLeg = RideDetails | WalkLeg | CycleLeg | DriveLeg | OnDemandLeg
Legs = Sequence[DetailedLeg]
"""The legs of a journey, in order."""


_ON_DEMAND: Final = 715
"""The extended route type, whatever that of the route: how many people share a van is not known, so
that only operators have factors of it."""


class JourneyCosts:
    """Emissions by the factors of the platform, fares by the feeds. Caches the fares of each."""

    def __init__(self, factors: FactorTable) -> None:
        self._factors, self._fares = factors, JourneyFares()

    def emissions(self, legs: Legs) -> JourneyEmissions:
        """What the legs emit; unknown where it is unknown for one of them."""
        return emissions_of_journey([self._emissions(leg) for leg in legs])

    def fare(self, planning: PlanningState, legs: Legs) -> Fare | None:
        """What the rides cost together; None if unknown, as with a ride on demand, a rented
        bicycle, or a car park that is not known to be free, or without a ride."""
        if any(isinstance(leg, OnDemandLeg) or _is_rented(leg) or _is_paid(leg) for leg in legs):
            return None
        rides = [_fare_ride(leg) for leg in legs if isinstance(leg, RideDetails)]
        known = [ride for ride in rides if ride is not None]
        if len(known) < len(rides):
            return None
        timetables = {feed.feed_id: feed for feed in planning.timetables.network.feeds}
        return self._fares.price(known, timetables)

    def _emissions(self, leg: DetailedLeg) -> Emissions:
        if isinstance(leg, CycleLeg):
            return self._factors.emissions_of_way(_factor(leg), leg.metres)
        if isinstance(leg, DriveLeg):
            return self._factors.emissions_of_way("car", leg.metres)
        if isinstance(leg, OnDemandLeg):
            trips, route = leg.ride.trips.timetable, leg.ride.trip.route
            return self._factors.emissions_of_ride(
                _ON_DEMAND, trips.feed_id, trips.route_ids[route], leg.metres
            )
        if isinstance(leg, WalkLeg):
            return self._factors.emissions_of_way("walk", leg.metres)
        timetable, route = leg.schedule.timetable, leg.trip.route
        if route < 0:
            return UNKNOWN
        return self._factors.emissions_of_ride(
            int(timetable.route_type[route]), timetable.feed_id, leg.trip.route_id, leg.metres
        )


def _factor(leg: CycleLeg) -> str:
    """The id of the factor. No scooter is known to be without a motor."""
    if leg.mode == "shared_scooter":
        return "scooter_electric"
    electric = leg.rental is not None and leg.rental.taken.electric
    return "bicycle_electric" if electric else "bicycle"


def _is_rented(leg: DetailedLeg) -> bool:
    return isinstance(leg, CycleLeg) and leg.rental is not None


def _is_paid(leg: DetailedLeg) -> bool:
    return isinstance(leg, DriveLeg) and leg.car_park.free is not True


def _fare_ride(ride: RideDetails) -> FareRide | None:
    """None for a ride of an unknown route, which no fare rule can name."""
    timetable = ride.schedule.timetable
    if ride.trip.route < 0:
        return None
    return FareRide(
        timetable.feed_id,
        ride.trip.route_id,
        tuple(timetable.stop_ids[call.stop] for call in ride.calls),
        ride.calls[0].departure,
        ride.calls[-1].arrival,
    )
