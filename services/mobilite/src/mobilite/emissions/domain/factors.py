"""The emission factors, and which of them applies to a ride."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from mobilite.emissions.domain.emissions import UNKNOWN, Emissions
from mobilite.gtfs.domain.ids import FeedId

METRES: Final = 1000
"""Metres in the kilometre of a factor."""


@dataclass(frozen=True, slots=True)
class Factor:
    """The emissions of one passenger over one kilometre."""

    id: str
    name: str
    """In French."""
    name_en: str
    per_km: Emissions
    route_types: tuple[int, ...]
    """The GTFS route types, basic or extended, that it applies to."""
    scope: Literal["use"]
    """`use`: operation and the supply of its energy, without making the vehicle."""
    source: str
    date: date


@dataclass(frozen=True, slots=True)
class NetworkFactor:
    """A factor that an operator gives to its rides, in place of that of their route type."""

    feed: FeedId
    factor: str
    """The id of a factor."""
    routes: frozenset[str] = frozenset()
    """Local ids of the routes that it is limited to; empty: all."""
    route_types: frozenset[int] = frozenset()
    """Route types that it is limited to, likewise."""

    def covers(self, route_type: int, feed: FeedId, route: str) -> bool:
        """Whether it applies to rides of that route."""
        return (
            feed == self.feed
            and (not self.routes or route in self.routes)
            and (not self.route_types or route_type in self.route_types)
        )


class FactorTable:
    """All factors. Immutable."""

    def __init__(self, factors: Iterable[Factor], networks: Iterable[NetworkFactor] = ()) -> None:
        self.factors: Mapping[str, Factor] = {factor.id: factor for factor in factors}
        """By id."""
        self.networks = tuple(networks)
        """Those of operators; one of routes precedes one of route types, and that one of all
        routes. Of equal ones the first counts."""
        self._by_type = {
            route_type: factor
            for factor in self.factors.values()
            for route_type in factor.route_types
        }

    def factor_of_ride(self, route_type: int, feed: FeedId, route: str) -> Factor | None:
        """The factor of a ride; None if there is none for its type. `route`: its local id."""
        found = [each for each in self.networks if each.covers(route_type, feed, route)]
        if found:
            closest = max(found, key=lambda each: (bool(each.routes), bool(each.route_types)))
            return self.factors[closest.factor]
        return self._by_type.get(route_type)

    def emissions_of_ride(
        self, route_type: int, feed: FeedId, route: str, metres: float | None
    ) -> Emissions:
        """The emissions of a ride. `route`: its local id; `metres`: its distance, if known."""
        return _over(self.factor_of_ride(route_type, feed, route), metres)

    def emissions_of_way(self, factor: str, metres: float | None) -> Emissions:
        """The emissions of travel without timetable: `walk`, `bicycle`, or another id of a factor;
        unknown for any other word."""
        return _over(self.factors.get(factor), metres)


def _over(factor: Factor | None, metres: float | None) -> Emissions:
    if factor is None or metres is None:
        return UNKNOWN
    return factor.per_km.times(metres / METRES)
