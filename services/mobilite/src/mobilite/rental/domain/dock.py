"""A rental station, as far as a journey with one of its vehicles needs it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from mobilite.gtfs.domain.enumerations import FormFactor
from mobilite.gtfs.domain.ids import FeedId, GlobalId, global_id

SharedMode = Literal["shared_bicycle", "shared_scooter"]
"""What people ride who rent a vehicle."""
FORMS: Final[Mapping[SharedMode, tuple[FormFactor, ...]]] = {
    "shared_bicycle": ("bicycle", "cargo_bicycle"),
    "shared_scooter": ("scooter", "scooter_standing", "scooter_seated"),
}
"""The GBFS form factors of each."""


@dataclass(frozen=True, slots=True)
class Dock:
    """A rental station with what it offers now of one mode."""

    mode: SharedMode
    feed_id: FeedId
    station_id: str
    system: str
    """The public name of the system."""
    licence: str | None
    """Of its data; so is the attribution."""
    attribution: str | None
    name: str
    lat: float
    lon: float
    vehicles: int | None
    """That can be rented now; None: not known, likewise the places."""
    places: int | None
    """Where one can be given back now."""
    is_renting: bool
    """Whether the station lends vehicles, if it has any; True if it is not known."""
    is_returning: bool
    """Whether it takes them back, if it has a free place; likewise."""
    electric: bool
    """Whether the system has some with a motor."""
    link: str | None
    """Opens the operator's site."""

    @property
    def id(self) -> GlobalId:
        """The public id."""
        return global_id(self.feed_id, self.station_id)

    @property
    def point(self) -> tuple[float, float]:
        """Latitude and longitude."""
        return self.lat, self.lon
