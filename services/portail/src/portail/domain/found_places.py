"""Places found by name, from the public API. Unknown members are ignored."""

from dataclasses import dataclass

from portail.domain.place import is_point


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune."""

    name: str
    postcodes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """A hub, a station, a stop or a commune."""

    id: str
    name: str
    type: str = "stop"
    """hub, station, stop or commune."""
    commune: Commune | None = None
    """The nearest; of a commune: itself."""
    modes: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    board: str | None = None
    """The id of the stop or hub whose departures are shown; None: it has none."""
    lat: float | None = None
    lon: float | None = None


@dataclass(frozen=True, slots=True)
class PlaceList:
    """Places, best first."""

    places: tuple[FoundPlace, ...] = ()


def is_name(text: str) -> bool:
    """Whether places can be searched by a text: the API refuses one without letters or digits, and
    a point has no name and would be stored with the answer."""
    return any(map(str.isalnum, text)) and not is_point(text)
