"""Ways from a place to stops, or from stops to a place, that are more than a walk."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from mobilite.journeys.domain.access import Access
from mobilite.journeys.domain.journey import Journey, Leg, WalkLeg

Legs = tuple[Leg, ...]
"""The legs of a way. Their times are seconds from its start."""


class Way(NamedTuple):
    """One way from a place to another."""

    legs: Legs
    first: int
    """When the way can start, POSIX seconds; so is `last`."""
    last: int

    @property
    def seconds(self) -> int:
        """How long it takes."""
        return self.legs[-1].arrival


@dataclass(frozen=True, slots=True, eq=False)
class Approach:
    """The ways of one means of transport around a place, one to each stop."""

    access: Access
    """With times."""
    legs: Callable[[int], Legs]
    """The legs of the way of a row of `access`."""

    def with_first_legs(self, journey: Journey) -> Journey:
        """A journey that was found with these ways at its origin: the legs in place of the first.

        Its ride waits for people who arrive before it."""
        first = journey.legs[0]
        assert isinstance(first, WalkLeg)
        assert self.access.times is not None
        row = self.access.row_of(first.to_stop)
        start = min(first.departure, int(self.access.times.last[row]))
        return Journey((*legs_at(self.legs(row), start), *journey.legs[1:]))

    def with_last_legs(self, journey: Journey) -> Journey:
        """A journey that was found with these ways at its destination, likewise."""
        last = journey.legs[-1]
        assert isinstance(last, WalkLeg)
        assert self.access.times is not None
        row = self.access.row_of(last.from_stop)
        first = int(self.access.times.first[row]) - int(self.access.seconds[row])
        return Journey((*journey.legs[:-1], *legs_at(self.legs(row), max(last.departure, first))))


def legs_at(legs: Legs, start: int) -> tuple[Leg, ...]:
    """The legs of a way that starts at an instant."""
    return tuple(
        replace(leg, departure=leg.departure + start, arrival=leg.arrival + start) for leg in legs
    )


def beyond_walks(ways: Mapping[int, Legs], walks: Access) -> dict[int, Legs]:
    """The ways to stops that people do not walk to."""
    near = {*walks.stops.tolist()}
    return {stop: legs for stop, legs in ways.items() if stop not in near}


def walked_metres(legs: Legs) -> int:
    """How far people walk on a way."""
    return sum(leg.metres for leg in legs if isinstance(leg, WalkLeg))


def listed(journey: Journey | None) -> tuple[Journey, ...]:
    """The journey of a search that finds one at most."""
    return () if journey is None else (journey,)
