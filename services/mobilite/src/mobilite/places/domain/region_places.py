"""The places of the region: hubs, stops and communes, derived from every schedule in service."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mobilite.addresses.domain.communes import Commune
from mobilite.gtfs.domain.ids import FeedId
from mobilite.places.domain.feed_stops import FeedStops
from mobilite.places.domain.hubs import DeclaredHub, Hubs, find_hubs
from mobilite.places.domain.place_search import PlaceSearch
from mobilite.places.domain.places import Place, list_places


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """What the operator of the platform declares about places."""

    communes: tuple[Commune, ...] = ()
    hubs: tuple[DeclaredHub, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class RegionPlaces:
    """The places of one set of feed versions."""

    hubs: Hubs = field(default_factory=Hubs)
    search: PlaceSearch = field(default_factory=PlaceSearch)
    by_id: Mapping[str, Place] = field(default_factory=dict)
    """Every place but hubs, which have several ids each."""

    def find(self, place_id: str) -> Place | None:
        """The hub or commune of that id, or the listed stop that is in no hub."""
        hub = self.hubs.find(place_id)
        return self.by_id.get(place_id if hub is None else hub.id)


def region_places(feeds: Mapping[FeedId, FeedStops], gazetteer: Gazetteer) -> RegionPlaces:
    """The places of these feeds."""
    stops = [stop for _, feed in sorted(feeds.items()) for stop in feed.stops]
    transfers = {pair for feed in feeds.values() for pair in feed.transfers}
    hubs = find_hubs(stops, transfers, gazetteer.hubs)
    served, communes = list_places(stops, hubs, gazetteer.communes)
    places: Iterable[Place] = (*served, *communes)
    return RegionPlaces(hubs, PlaceSearch(places), {each.place.id: each for each in places})
