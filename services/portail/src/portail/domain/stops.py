"""Stops and lines as the public API tells them. What it adds one day is ignored until used here."""

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
        """What is written on its vehicles; what it is called at full length where nothing is."""
        return self.short_name or self.long_name or self.id.partition(":")[2]


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop or station people know, or one of its platforms. `wheelchair`: yes, no, unknown."""

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
    """A stop found; `distance` in metres, None where it was sought by name."""

    distance: float | None = None


@dataclass(frozen=True, slots=True)
class StopDetail(Stop):
    """A stop with its platforms and the lines that serve them."""

    platforms: tuple[Stop, ...] = ()
    routes: tuple[Route, ...] = ()


@dataclass(frozen=True, slots=True)
class StopPage:
    """A page of stops; `next` is the cursor of the next one."""

    stops: tuple[FoundStop, ...] = ()
    next: str | None = None
