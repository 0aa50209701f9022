"""The valley with bicycles for rent, from its station to its hospital."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from valley import HOSPITAL, Valley

from mobilite.events import Availability, RentalStationV1, RentalSystemV1
from mobilite.events.rental import StationInformation, StationStatus
from mobilite.gtfs.domain.ids import FeedId
from mobilite.rental.flows.live_rentals import RentalFeed, RentalState

HILL = "47.6200,1.2200"
"""Three kilometres from the station of the valley."""
RENTED: Final = {
    "from": "train:val",
    "to": HOSPITAL,
    "at": "2026-03-02T08:00:00+01:00",
    "modes": "rail,shared_bicycle",
}
"""A train from the station of the valley, then a rented bicycle to the hospital."""
STATIONS: Final[Mapping[str, tuple[str, float, float, Mapping[str, Any]]]] = {
    "gare": ("Gare", 47.9002, 1.9002, {"vehicles_available": 3, "is_renting": True}),
    "hopital": ("Hôpital", 47.9302, 1.9302, {"docks_available": 2, "is_returning": True}),
}
PARK: Final = ("Parc", 47.9262, 1.9302, {"docks_available": 5, "is_returning": True})
"""Another station, 450 metres from the hospital."""


def rentals(now: datetime, *, park: bool = False, **changed: Any) -> RentalState:
    """A system of two stations, of which one has other values. `park`: with a third one."""
    age, types = changed.pop("age", 60), changed.pop("types", ())
    places = {station_id: (*each, changed) for station_id, each in STATIONS.items()}
    if park:
        places["parc"] = (*PARK, {})
    stations = {}
    for station_id, (name, lat, lon, status, others) in places.items():
        given = {**status, **{each: others[each] for each in status if each in others}}
        stations[station_id] = RentalStationV1(
            feed_id="velo",
            station_id=station_id,
            information=StationInformation(name=name, lat=lat, lon=lon),
            status=StationStatus(**given, is_installed=True),
        )
    system = RentalSystemV1(
        feed_id="velo",
        feed_name="Vélo Ville",
        licence="ODbL-1.0",
        address="https://velo.example/gbfs.json",
        attempted_at=now,
        stations=Availability(count=2, as_of=now - timedelta(seconds=age), ttl=60),
        vehicle_types=types,
    )
    return RentalState({FeedId("velo"): RentalFeed(system, stations)})


def rental_valley(now: datetime, **changed: Any) -> Valley:
    """The valley at an instant, with the stations as of `rentals`."""
    found = Valley(now=now)
    found.rentals = rentals(now, **changed)
    return found
