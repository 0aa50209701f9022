"""The result of a search: journeys of legs. Times are POSIX seconds, stops those of the network."""

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from mobilite.car_parks.domain.car_park import CarPark
from mobilite.gtfs.domain.ids import GlobalId
from mobilite.on_demand.domain.rides import OfferedRide
from mobilite.realtime.domain.run_matching import RunKey
from mobilite.rental.domain.dock import Dock, SharedMode

POINT: Final = -1
"""Stands for the origin or the destination of the search where that is no stop."""


@dataclass(frozen=True, slots=True)
class RideLeg:
    """A ride in one run, between two of its calls."""

    feed: int
    """The index of the feed in the network."""
    run: RunKey
    board: int
    """The position of the call at which people board."""
    alight: int
    from_stop: int
    to_stop: int
    departure: int
    """Predicted where the run has a prediction; so is the arrival."""
    arrival: int
    stays_seated: bool = False
    """Whether people stay aboard from the ride before: the vehicle goes on as this run."""
    stays_on: bool = False
    """Whether they stay aboard for the ride after."""


class Rental(NamedTuple):
    """The stations of a rented vehicle, as they are now."""

    taken: Dock
    given_back: Dock


@dataclass(frozen=True, slots=True)
class Spot:
    """A place on the way that is no stop: a rental station, or a car park."""

    id: GlobalId
    name: str
    point: tuple[float, float]
    """Latitude and longitude."""
    on_streets: bool = False
    """Whether ways on foot around it are those along the streets, where these are known."""


@dataclass(frozen=True, slots=True)
class WalkLeg:
    """A way on foot. A change at one stop is none."""

    from_stop: int
    """`POINT` if it starts at the origin."""
    to_stop: int
    """`POINT` if it ends at the destination."""
    departure: int
    arrival: int
    metres: int
    """0 for ways that a feed declares, and within stations."""
    start: Spot | None = None
    """Where it starts, if that is neither a stop nor the origin; `from_stop` is then `POINT`."""
    end: Spot | None = None
    """Where it ends, likewise."""


@dataclass(frozen=True, slots=True)
class CycleLeg:
    """A way by bicycle, the traveller's own, or by a bicycle or a scooter that is rented between
    two stations."""

    from_stop: int
    """As of `WalkLeg`; so is `to_stop`."""
    to_stop: int
    departure: int
    arrival: int
    metres: int
    """The straight distance × 1.3."""
    rental: Rental | None = None
    """None: the traveller's own bicycle."""

    @property
    def mode(self) -> Literal["bicycle", SharedMode]:
        """What is ridden."""
        return "bicycle" if self.rental is None else self.rental.taken.mode

    @property
    def start(self) -> Spot | None:
        """As of `WalkLeg`; so is `end`."""
        return None if self.rental is None else spot_of(self.rental.taken)

    @property
    def end(self) -> Spot | None:
        return None if self.rental is None else spot_of(self.rental.given_back)


def spot_of(dock: Dock) -> Spot:
    """The place of a rental station."""
    return Spot(dock.id, dock.name, dock.point)


@dataclass(frozen=True, slots=True)
class DriveLeg:
    """A way by the traveller's own car, from the origin to a car park where it stays."""

    departure: int
    arrival: int
    """When it is parked."""
    metres: int
    """The straight distance × 1.3."""
    car_park: CarPark
    from_stop: int = POINT
    """As of `WalkLeg`; so is `to_stop`."""
    to_stop: int = POINT

    @property
    def start(self) -> Spot | None:
        """As of `WalkLeg`; so is `end`."""
        return None

    @property
    def end(self) -> Spot:
        return Spot(self.car_park.id, self.car_park.name, self.car_park.point, on_streets=True)


@dataclass(frozen=True, slots=True)
class OnDemandLeg:
    """A ride that has to be booked, from the origin or to the destination."""

    feed: int
    """The index of the feed in the network."""
    ride: OfferedRide
    from_stop: int
    """`POINT` if people are picked up at the origin."""
    to_stop: int
    """`POINT` if they are dropped off at the destination."""
    departure: int
    arrival: int
    metres: int
    """The straight distance × 1.3."""


Leg = RideLeg | WalkLeg | CycleLeg | DriveLeg | OnDemandLeg


@dataclass(frozen=True, slots=True)
class Journey:
    """One way from the origin to the destination."""

    legs: tuple[Leg, ...]

    @property
    def departure(self) -> int:
        """POSIX seconds; so is the arrival."""
        return self.legs[0].departure

    @property
    def arrival(self) -> int:
        return self.legs[-1].arrival

    @property
    def rides(self) -> int:
        """The number of vehicles; one more than the changes."""
        return sum(
            isinstance(leg, OnDemandLeg) or (isinstance(leg, RideLeg) and not leg.stays_seated)
            for leg in self.legs
        )

    @property
    def walk(self) -> int:
        """Metres on foot."""
        return sum(leg.metres for leg in self.legs if isinstance(leg, WalkLeg))
