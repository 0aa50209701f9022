"""The way by car of a journey's reference, to a car park as it is now."""

from dataclasses import dataclass

from mobilite.journeys.domain.journey import DriveLeg, Spot
from mobilite.journeys.flows.followed.journey_reference import CarReference
from mobilite.journeys.flows.park_and_ride_ways import drive_metres, drive_seconds
from mobilite.journeys.flows.places import Place
from mobilite.journeys.flows.planning_state import PlanningState
from socle.errors import Refusal


@dataclass(frozen=True, slots=True, eq=False)
class FoundCar:
    """The traveller's own car, from the origin to a car park."""

    drive: DriveLeg
    """Its times are seconds from the start."""

    def leg(self, departure: int) -> DriveLeg:
        """The way that starts at an instant, as a leg."""
        metres, park = self.drive.metres, self.drive.car_park
        return DriveLeg(departure, departure + self.drive.arrival, metres, park)

    @property
    def start(self) -> Spot | None:
        """None: it starts at the origin."""
        return self.drive.start

    @property
    def end(self) -> Spot:
        """The car park."""
        return self.drive.end


def find_car(
    planning: PlanningState, step: CarReference, origin: Place, former: FoundCar | None = None
) -> FoundCar:
    """The way by car of a reference. `former`: the one found before, whose car park counts if it is
    no longer known. Raises Refusal: "not_found" for a car park that is not known, "invalid" for one
    that is too far away."""
    park = planning.car_parks.find(step.car_park)
    if park is None and former is not None:
        park = former.drive.car_park
    if park is None:
        raise Refusal(
            "not_found",
            f"Le parking relais « {step.car_park[:100]} » n'est plus connu : cherchez un autre "
            "trajet.",
            car_park=step.car_park[:200],
        )
    point = origin.point
    metres = None if point is None else drive_metres(point, park)
    if metres is None:
        raise Refusal(
            "invalid",
            "Ce parking relais est trop loin du départ : cherchez le trajet à nouveau avec "
            "/mobilite/v1/journeys.",
            parameter="journey_id",
        )
    return FoundCar(DriveLeg(0, drive_seconds(metres), metres, park))
