"""Stops and routes, from the public API. Unknown members are ignored."""

from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Route:
    """A line. `type` is GTFS's route_type; colours are six hexadecimal digits."""

    id: str
    short_name: str | None = None
    long_name: str | None = None
    type: int = 3
    color: str | None = None
    text_color: str | None = None

    @property
    def name(self) -> str:
        """The name on its vehicles, otherwise its long name."""
        return self.short_name or self.long_name or self.id.partition(":")[2]


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop, a station, or one of its platforms. `wheelchair`: yes, no, unknown."""

    id: str
    name: str
    platform_code: str | None = None
    kind: str = "stop"
    station: str | None = None
    wheelchair: str = "unknown"
    feed: str = ""
    timezone: str = "Europe/Paris"


@dataclass(frozen=True, slots=True)
class FoundStop(Stop):
    """A stop of a search result. `distance` is in metres, None for a search by name. `routes` are
    None if unknown. `towards`: the main destinations from it."""

    distance: float | None = None
    routes: tuple[Route, ...] | None = None
    towards: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StopPage:
    """A page of stops; `next` is the cursor of the next one."""

    stops: tuple[FoundStop, ...] = ()
    next: str | None = None

    @property
    def twins(self) -> frozenset[str]:
        """The ids of those that have the name of another of the same network: most often the two
        poles of one place, a direction each."""
        called = Counter((each.feed, each.name) for each in self.stops)
        return frozenset(each.id for each in self.stops if called[each.feed, each.name] > 1)
