"""A rental station, as far as a journey by bicycle needs it."""

from dataclasses import dataclass

from mobilite.gtfs.domain.ids import FeedId, GlobalId, global_id


@dataclass(frozen=True, slots=True)
class Dock:
    """A rental station with what it offers now."""

    feed_id: FeedId
    station_id: str
    system: str
    """The public name of the system."""
    name: str
    lat: float
    lon: float
    bicycles: int
    """That can be rented now."""
    places: int
    """Where a bicycle can be given back now."""
    electric: bool
    """Whether the system has bicycles with a motor."""
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
