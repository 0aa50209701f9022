"""Places that people search: hubs, stops, communes, addresses; and what each is known by."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from mobilite.addresses.domain.address import NO_NUMBER, Address
from mobilite.addresses.domain.communes import Commune, NearestCommune
from mobilite.geo.domain.ground import near_metres
from mobilite.places.domain.feed_stops import ListedStop
from mobilite.places.domain.hubs import Hub, Hubs
from mobilite.text_search.domain.search_words import search_words

PlaceType = Literal["hub", "station", "stop", "commune", "address", "street"]
_MAX_STATIONS: Final = 3
"""Main stations of a commune."""
_TRAIN_METRES: Final = 5_000.0
"""The railway stations of a commune are within that distance of its middle."""
_STOP_METRES: Final = 2_000.0
"""Without a railway station: the hubs and stops within that distance."""


@dataclass(frozen=True, slots=True)
class StopPlace:
    """A hub, or a listed stop that is in none."""

    place: Hub | ListedStop
    commune: Commune | None
    """The commune with the nearest middle; None if none is near or known."""

    @property
    def place_type(self) -> PlaceType:
        if isinstance(self.place, Hub):
            return "hub"
        return "station" if self.place.station or self.place.railway else "stop"

    @property
    def stops(self) -> tuple[ListedStop, ...]:
        """Its stops, the principal one first."""
        return self.place.stops if isinstance(self.place, Hub) else (self.place,)

    @property
    def names(self) -> Iterator[tuple[str, ...]]:
        """The search words of each name it has. A railway station "Tours" is « gare Tours » too."""
        yield search_words(self.place.name)
        for stop in self.stops:
            yield stop.words
            if stop.railway:
                yield ("gare", *stop.words)
                yield ("gare", "sncf", *stop.words)

    @property
    def order(self) -> tuple[int, int]:
        """Its order among places that fit a search equally well: places of trains, then
        communes (1), other hubs and stations, stops; within each, the most served first."""
        rank = 0 if self.place.railway else 3 if self.place_type == "stop" else 2
        return rank, -self.place.departures


@dataclass(frozen=True, slots=True)
class CommunePlace:
    """A commune, and where a journey to it ends."""

    place: Commune
    stations: tuple[StopPlace, ...]
    """Its main stations, the most served first; without trains, its most served stops. Empty: no
    stop is near its middle."""

    @property
    def place_type(self) -> PlaceType:
        return "commune"

    @property
    def commune(self) -> Commune:
        return self.place

    @property
    def stops(self) -> tuple[ListedStop, ...]:
        """The stops of its main stations."""
        return tuple(stop for station in self.stations for stop in station.stops)

    @property
    def names(self) -> Iterator[tuple[str, ...]]:
        """The search words of its name, and each postcode."""
        yield search_words(self.place.name)
        yield from ((postcode,) for postcode in self.place.postcodes)

    @property
    def order(self) -> tuple[int, int]:
        """As `StopPlace.order`."""
        return 1, -sum(station.place.departures for station in self.stations)


@dataclass(frozen=True, slots=True)
class AddressPlace:
    """A house number of a street, or a street."""

    place: Address

    @property
    def place_type(self) -> PlaceType:
        return "street" if self.place.number == NO_NUMBER else "address"

    @property
    def commune(self) -> Commune | None:
        """Its commune with its own postcode; None if its source does not state it."""
        street = self.place.street
        if not street.code:
            return None
        postcodes = (street.postcode,) if street.postcode else ()
        return Commune(street.code, street.commune, postcodes, street.lat, street.lon)

    @property
    def stops(self) -> tuple[ListedStop, ...]:
        """None: a journey starts at its point."""
        return ()


Place = StopPlace | CommunePlace
"""What is derived from the schedules, and in the index of `PlaceSearch`."""


def list_places(
    stops: Collection[ListedStop], hubs: Hubs, communes: Sequence[Commune] = ()
) -> tuple[list[StopPlace], list[CommunePlace]]:
    """The hubs and the stops that are in none, with their communes; and the communes with their
    main stations."""
    served: list[Hub | ListedStop] = [*hubs.hubs]
    served += [stop for stop in stops if hubs.find_of_stop(stop.id) is None]
    nearest = NearestCommune(communes)
    found = [StopPlace(each, nearest.find(each.lat, each.lon)) for each in served]
    of_commune: dict[str, list[StopPlace]] = {}
    for each in found:
        if each.commune is not None:
            of_commune.setdefault(each.commune.code, []).append(each)
    return found, [
        CommunePlace(commune, _main_stations(commune, of_commune.get(commune.code, ())))
        for commune in communes
    ]


def _main_stations(commune: Commune, places: Iterable[StopPlace]) -> tuple[StopPlace, ...]:
    def within(metres: float, place: Hub | ListedStop) -> bool:
        return near_metres(commune.lat, commune.lon, place.lat, place.lon) <= metres

    near = [each for each in places if each.place.departures and within(_TRAIN_METRES, each.place)]
    trains = [each for each in near if each.place.railway]
    chosen = trains or [each for each in near if within(_STOP_METRES, each.place)]

    def most_served(each: StopPlace) -> tuple[int, str]:
        return -each.place.departures, each.place.id

    return tuple(sorted(chosen, key=most_served)[:_MAX_STATIONS])
