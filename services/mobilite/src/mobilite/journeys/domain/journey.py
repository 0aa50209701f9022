"""The result of a search: journeys of legs. Times are POSIX seconds, stops those of the network."""

from dataclasses import dataclass
from typing import Final

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
    stays_seated: bool = False
    """Whether people stay aboard from the ride before: the vehicle goes on as this run."""
    stays_on: bool = False
    """Whether they stay aboard for the ride after."""


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
class Journey:
    """One way from the origin to the destination."""

    legs: tuple[RideLeg | WalkLeg, ...]

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
        return sum(isinstance(leg, RideLeg) and not leg.stays_seated for leg in self.legs)

    @property
    def walk(self) -> int:
        """Metres on foot."""
        return sum(leg.metres for leg in self.legs if isinstance(leg, WalkLeg))
