"""Where a journey from or to a place starts or ends: the stops of a hub, a station or a city, or a
point."""

import re
from dataclasses import dataclass
from typing import Final

import numpy as np

from mobilite.addresses.flows.live_addresses import find_address
from mobilite.gtfs.domain.ids import GlobalId, global_id
from mobilite.places.domain.places import AddressPlace, Place
from mobilite.places.ports import PlacesSource
from mobilite.stops.flows.get_stop import get_stop
from mobilite.stops.ports import StopsState
from socle.errors import Refusal

_NUMBER: Final = r"(-?[0-9]{1,3}(?:\.[0-9]{1,20})?)"
"""Devices give a degree with all the decimals of a float: `47.90769999999999982`."""
_POINT: Final = re.compile(rf"\s*{_NUMBER}\s*,\s*{_NUMBER}\s*")


@dataclass(frozen=True, slots=True)
class ResolvedPlace:
    """A place as the start or end of a journey."""

    name: str
    """Empty for a point."""
    stops: tuple[GlobalId, ...]
    """Its stops, the principal one first; a station stands for its platforms, a city has those of
    its main stations. A journey can use any of them. Empty: a point, an address, or a place without
    stops."""
    point: tuple[float, float] | None
    """Latitude and longitude in degrees; None if they are unknown."""


def resolve_place(state: StopsState, source: PlacesSource, place_id: str) -> ResolvedPlace:
    """The place of that id: anything that `GET /places` gives, the id of any stop or platform, or
    `lat,lon`. A stop of a hub is that stop alone.

    Raises Refusal: "invalid" for a point outside the Earth, "not_found" for an unknown id,
    "unavailable" until the schedule of the stop's feed is loaded, or the addresses are packed.
    """
    if point := _POINT.fullmatch(place_id):
        return ResolvedPlace("", (), _on_earth(float(point[1]), float(point[2])))
    address = find_address(source.addresses, place_id)
    if address is not None:
        return ResolvedPlace(address.name, (), (address.lat, address.lon))
    place = source.current.find(place_id)
    if place is not None:
        stops = tuple(stop.id for stop in place.stops)
        return ResolvedPlace(place.place.name, stops, _known(place.place.lat, place.place.lon))
    found = get_stop(state, place_id)
    timetable, row = found.schedule.timetable, found.stop
    stop_id = global_id(timetable.feed_id, timetable.stop_ids[row])
    return ResolvedPlace(
        timetable.stop_names[row],
        (stop_id,),
        _known(float(timetable.stop_lat[row]), float(timetable.stop_lon[row])),
    )


def find_point(source: PlacesSource, place_id: str) -> tuple[float, float] | None:
    """The latitude and the longitude of a place that `GET /places` gives, or of `lat,lon`; None if
    they are unknown. Raises Refusal("invalid") for a point outside the Earth."""
    if point := _POINT.fullmatch(place_id):
        return _on_earth(float(point[1]), float(point[2]))
    place = source.current.find(place_id)
    return None if place is None else _known(place.place.lat, place.place.lon)


def is_point(place_id: str) -> bool:
    """Whether an id is `lat,lon`."""
    return _POINT.fullmatch(place_id) is not None


def get_place(source: PlacesSource, place_id: str) -> Place | AddressPlace:
    """The hub, commune, street or address of that id, or the listed stop that is in no hub. Raises
    Refusal: "not_found"; "unavailable" until addresses are packed."""
    address = find_address(source.addresses, place_id)
    if address is not None:
        return AddressPlace(address)
    place = source.current.find(place_id)
    if place is None:
        raise Refusal(
            "not_found",
            f"Le lieu « {place_id[:100]} » n'existe pas : cherchez-le par son nom à "
            "/mobilite/v1/places?q=…",
        )
    return place


def _known(lat: float, lon: float) -> tuple[float, float] | None:
    return None if np.isnan(lat) or np.isnan(lon) else (lat, lon)


def _on_earth(lat: float, lon: float) -> tuple[float, float]:
    if abs(lat) > 90 or abs(lon) > 180:
        raise Refusal(
            "invalid", "Un point est une latitude et une longitude en degrés : 47.908,1.905."
        )
    return lat, lon
