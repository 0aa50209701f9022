"""Stops and routes, from the public API. Unknown members are ignored."""

from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Route:
    """A line."""

    id: str
    short_name: str | None = None
    long_name: str | None = None
    type: int | None = 3
    """The route_type of GTFS; None if it is unknown."""
    color: str | None = None
    """Six hexadecimal digits."""
    text_color: str | None = None
    """Six hexadecimal digits."""

    @property
    def name(self) -> str:
        """The short name, which is on the vehicles; else the long name, else the id."""
        return self.short_name or self.long_name or self.id.partition(":")[2]


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop, a station, or one of its platforms."""

    id: str
    name: str
    platform_code: str | None = None
    kind: str = "stop"
    """As in the API; hub: the stops of several networks at one place."""
    station: str | None = None
    """The id of its station."""
    wheelchair: str = "unknown"
    """yes, no or unknown."""
    feed: str = ""
    timezone: str = "Europe/Paris"


@dataclass(frozen=True, slots=True)
class FoundStop(Stop):
    """A stop of a search result."""

    distance: float | None = None
    """Metres; None for a search by name."""
    routes: tuple[Route, ...] | None = None
    """None if unknown."""
    modes: tuple[str, ...] = ()
    """The modes of its lines, as the API names them: rail, tram, bus."""
    towards: tuple[str, ...] = ()
    """The main destinations from it."""


@dataclass(frozen=True, slots=True)
class StopPage:
    """A page of stops."""

    stops: tuple[FoundStop, ...] = ()
    next: str | None = None
    """The cursor of the next page; None on the last one."""

    @property
    def twins(self) -> frozenset[str]:
        """The ids of the stops with the same name as another stop of their network.

        They are most often the two sides of a street, one for each direction.
        """
        called = Counter((each.feed, each.name) for each in self.stops)
        return frozenset(each.id for each in self.stops if called[each.feed, each.name] > 1)
