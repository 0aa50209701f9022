"""The newest places of the region."""

from typing import Protocol

from mobilite.addresses.ports import AddressSource
from mobilite.places.domain.region_places import Gazetteer, RegionPlaces


class PlacesSource(Protocol):
    """Gives the places of the schedules in service; they are replaced, never changed."""

    @property
    def gazetteer(self) -> Gazetteer: ...

    @property
    def current(self) -> RegionPlaces: ...

    @property
    def addresses(self) -> AddressSource: ...
