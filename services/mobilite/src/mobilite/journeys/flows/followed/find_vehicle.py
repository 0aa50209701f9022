"""The vehicles of a journey's reference, as they are now."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import assert_never

from mobilite.journeys.flows.followed.find_car import FoundCar, find_car
from mobilite.journeys.flows.followed.find_on_demand import FoundOnDemand, find_on_demand
from mobilite.journeys.flows.followed.find_rental import FoundRental, find_rental
from mobilite.journeys.flows.followed.find_ride import FoundRide, find_ride
from mobilite.journeys.flows.followed.journey_reference import (
    CarReference,
    OnDemandReference,
    RentalReference,
    RideReference,
    Vehicle,
)
from mobilite.journeys.flows.journey_query import Wishes
from mobilite.journeys.flows.places import Place
from mobilite.journeys.flows.planning_state import PlanningState
from mobilite.rental.flows.live_rentals import RentalState

FoundVehicle = FoundRide | FoundRental | FoundOnDemand | FoundCar


class VehicleFinder:
    """Finds the vehicles of one journey."""

    def __init__(
        self,
        planning: PlanningState,
        rentals: RentalState,
        places: Sequence[Place],
        wishes: Wishes,
        *,
        now: datetime,
        former: Mapping[Vehicle, FoundVehicle] = MappingProxyType({}),
    ) -> None:
        """`places`: those of the query. `former`: the vehicles found before, by their steps: a
        rental station or a car park of them that is no longer known counts as it was."""
        self._planning, self._rentals, self._now = planning, rentals, now
        self._places, self._wishes, self._former = places, wishes, former

    def find(self, step: Vehicle) -> FoundVehicle:
        """The vehicle of a step. Raises Refusal as `find_ride`, `find_rental`, `find_on_demand`
        and `find_car`."""
        planning, now, former = self._planning, self._now, self._former.get(step)
        match step:
            case RideReference():
                return find_ride(planning, step, now=now)
            case RentalReference():
                known = former if isinstance(former, FoundRental) else None
                return find_rental(self._rentals, step, now=now, former=known)
            case OnDemandReference():
                return find_on_demand(planning, step, self._places, self._wishes, now=now)
            case CarReference():
                parked = former if isinstance(former, FoundCar) else None
                return find_car(planning, step, self._places[0], parked)
            case _:
                assert_never(step)


def departure_of(found: FoundVehicle) -> int | None:
    """When a vehicle leaves, POSIX seconds; None if it waits for the traveller."""
    match found:
        case FoundRide():
            return found.departure(found.board)
        case FoundOnDemand():
            return found.leg.departure
        case FoundRental() | FoundCar():
            return None
        case _:
            assert_never(found)
