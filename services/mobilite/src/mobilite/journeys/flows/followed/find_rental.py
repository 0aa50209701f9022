"""A rented vehicle of a journey's reference, by its stations as they are now."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NoReturn

from mobilite.gtfs.domain.ids import GlobalId
from mobilite.journeys.domain.journey import CycleLeg, Rental, Spot, spot_of
from mobilite.journeys.flows.bicycle_ways import LONGEST_DIRECT, rented_leg, way_metres
from mobilite.journeys.flows.followed.journey_reference import RentalReference
from mobilite.rental.flows.live_docks import find_dock
from mobilite.rental.flows.live_rentals import RentalState
from socle.errors import Refusal

Lack = Literal["no_vehicle", "not_renting", "no_dock", "not_returning"]
"""What a station lacks: a vehicle at the start, a free place at the end."""


@dataclass(frozen=True, slots=True, eq=False)
class FoundRental:
    """A vehicle between two stations."""

    rental: Rental

    def leg(self, departure: int) -> CycleLeg:
        """The ride that starts at an instant, as a leg."""
        return rented_leg(self.rental, departure, self.metres)

    @property
    def metres(self) -> int:
        """Of the way."""
        return way_metres(self.rental.taken.point, self.rental.given_back.point)

    @property
    def start(self) -> Spot:
        """The station where the vehicle is taken."""
        return spot_of(self.rental.taken)

    @property
    def end(self) -> Spot:
        """The one where it is given back."""
        return spot_of(self.rental.given_back)

    @property
    def lack_of_vehicles(self) -> Lack | None:
        """Why no vehicle can be taken now; None if one can, or it is not known."""
        taken = self.rental.taken
        if taken.vehicles != 0:
            return None
        return "no_vehicle" if taken.is_renting else "not_renting"

    @property
    def lack_of_docks(self) -> Lack | None:
        """Why the vehicle cannot be given back now; None if it can, or it is not known."""
        given_back = self.rental.given_back
        if given_back.places != 0:
            return None
        return "no_dock" if given_back.is_returning else "not_returning"


def find_rental(
    rentals: RentalState,
    step: RentalReference,
    *,
    now: datetime,
    former: FoundRental | None = None,
) -> FoundRental:
    """The rented vehicle of a reference. `former`: the one found before, whose stations count if
    they are no longer known. Raises Refusal: "not_found" for a station that is not known, "invalid"
    for stations that no way joins."""
    before = (None, None) if former is None else former.rental
    stations = step.from_station, step.to_station
    ends = [
        find_dock(rentals, GlobalId(station), step.mode, now=now) or dock or _unknown(station)
        for station, dock in zip(stations, before, strict=True)
    ]
    found = FoundRental(Rental(*ends))
    if ends[0].feed_id != ends[1].feed_id or found.metres > LONGEST_DIRECT:
        raise Refusal(
            "invalid",
            "Un véhicule loué ne peut pas aller d'une de ces stations à l'autre : cherchez le "
            "trajet à nouveau avec /mobilite/v1/journeys.",
            parameter="journey_id",
        )
    return found


def _unknown(station: str) -> NoReturn:
    raise Refusal(
        "not_found",
        f"La station « {station[:100]} » n'existe pas, ou n'a plus ces véhicules : cherchez "
        "un autre trajet.",
        station=station[:200],
    )
