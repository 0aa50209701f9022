"""The result of a search: journeys of legs. Times are POSIX seconds, stops those of the network."""

from dataclasses import dataclass
from typing import Final

from mobilite.on_demand.domain.rides import OfferedRide
from mobilite.realtime.domain.run_matching import RunKey

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


Leg = RideLeg | WalkLeg | OnDemandLeg


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
        return sum(not isinstance(leg, WalkLeg) for leg in self.legs)

    @property
    def walk(self) -> int:
        """Metres on foot."""
        return sum(leg.metres for leg in self.legs if isinstance(leg, WalkLeg))
