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
    """A hub, a station, a stop, a commune, a street or an address."""

    id: str
    name: str
    type: str = "stop"
    """hub, station, stop, commune, street or address."""
    commune: Commune | None = None
    """The nearest; of a commune: itself; of an address: its own."""
    modes: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    board: str | None = None
    """The id of the stop or hub whose departures are shown; None: it has none."""
    lat: float | None = None
    lon: float | None = None

    @property
    def is_address(self) -> bool:
        """Whether it is a street or a house number: its name has its postcode and commune."""
        return self.type in ("street", "address")


@dataclass(frozen=True, slots=True)
class PlaceList:
    """Places, best first."""

    places: tuple[FoundPlace, ...] = ()


def is_private(place_id: str) -> bool:
    """Whether a place can be somebody's position or home, so that a page with it must not be
    stored: a point, or a house number."""
    return is_point(place_id) or place_id.startswith("address:")


def is_name(text: str) -> bool:
    """Whether places can be searched by a text: the API refuses one without letters or digits, and
    a point has no name and would be stored with the answer."""
    return any(map(str.isalnum, text)) and not is_point(text)
