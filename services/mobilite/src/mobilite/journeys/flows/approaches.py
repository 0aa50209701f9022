"""Ways from a place to stops, or from stops to a place, that are more than a walk."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from mobilite.journeys.domain.access import Access, AccessTimes
from mobilite.journeys.domain.journey import Journey, Leg, WalkLeg


class Way(NamedTuple):
    """One way to or from a stop."""

    stop: int
    """→ stops of the network."""
    legs: tuple[Leg, ...]
    """Their times are seconds from the start of the way."""
    first: int
    """When the way can start, POSIX seconds; so is `last`."""
    last: int

    @property
    def seconds(self) -> int:
        """How long it takes."""
        return self.legs[-1].arrival

    @property
    def metres(self) -> int:
        """On foot."""
        return sum(leg.metres for leg in self.legs if isinstance(leg, WalkLeg))


@dataclass(frozen=True, slots=True, eq=False)
class Approach:
    """The ways of one means of transport around a place, one to each stop."""

    ways: Mapping[int, Way]
    """By stop."""
    access: Access

    @staticmethod
    def of(ways: Iterable[Way], *, backwards: bool) -> "Approach":
        """The shortest of several ways to one stop counts. `backwards`: they lead from the stops
        to a destination."""
        shortest: dict[int, Way] = {}
        for way in ways:
            known = shortest.get(way.stop)
            if known is None or (way.seconds, way.metres) < (known.seconds, known.metres):
                shortest[way.stop] = way
        rows = [
            (way.stop, way.seconds, way.metres, *_times(way, backwards=backwards))
            for way in shortest.values()
        ]
        columns = np.array(rows, np.int64).reshape(-1, 5).T
        stops, seconds, metres = (column.astype(np.int32) for column in columns[:3])
        times = AccessTimes(columns[3].copy(), columns[4].copy())
        return Approach(shortest, Access(stops, seconds, metres, times))

    def with_first_legs(self, journey: Journey) -> Journey:
        """A journey that was found with these ways at its origin: the legs in place of the first.

        Its ride waits for people who arrive before it."""
        first = journey.legs[0]
        assert isinstance(first, WalkLeg)
        way = self.ways[first.to_stop]
        start = min(first.departure, way.last)
        return Journey((*legs_at(way.legs, start), *journey.legs[1:]))

    def with_last_legs(self, journey: Journey) -> Journey:
        """A journey that was found with these ways at its destination, likewise."""
        last = journey.legs[-1]
        assert isinstance(last, WalkLeg)
        way = self.ways[last.from_stop]
        start = max(last.departure, way.first)
        return Journey((*journey.legs[:-1], *legs_at(way.legs, start)))


def legs_at(legs: tuple[Leg, ...], start: int) -> tuple[Leg, ...]:
    """The legs of a way that starts at an instant."""
    return tuple(
        replace(leg, departure=leg.departure + start, arrival=leg.arrival + start) for leg in legs
    )


def _times(way: Way, *, backwards: bool) -> tuple[int, int]:
    if not backwards:
        return way.first, way.last
    return way.first + way.seconds, way.last + way.seconds
