"""The list beside the map: the vehicles by network and line, and why others are not seen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from portail.api import quantities, words
from portail.api.addresses import trip_address
from portail.api.texts import texts_of
from portail.domain.live_vehicles import Vehicle
from portail.domain.modes import RouteMode
from portail.domain.networks import Network, NetworkList
from portail.domain.rental import RentalPlace
from portail.domain.stops import Route
from socle.pages import Texts, typeset

MODES: Final[Mapping[str, tuple[RouteMode, ...]]] = {
    "train": ("train",),
    "tram": ("tram", "metro"),
    "bus": ("bus", "demande"),
    "car": ("car",),
}
"""The choices of the filter, with the modes that each has."""


@dataclass(frozen=True, slots=True)
class VehicleLine:
    """A vehicle of the list; its texts are in the language of the request."""

    id: str
    name: str
    """Where it goes."""
    address: str | None
    """Of the page of its run; None without one."""
    state: str
    tone: words.Tone
    """The colour of `state`."""
    facts: tuple[str, ...]
    stale: bool
    place: str
    """Longitude and latitude, with a comma."""


@dataclass(frozen=True, slots=True)
class LineGroup:
    """The vehicles of one line."""

    route: Route | None
    """None if their line is unknown."""
    vehicles: tuple[VehicleLine, ...]


@dataclass(frozen=True, slots=True)
class NetworkGroup:
    """The vehicles of one network, by line."""

    key: str
    """The id of its HTML element."""
    name: str
    count: str
    lines: tuple[LineGroup, ...]


@dataclass(frozen=True, slots=True)
class Unseen:
    """A network without vehicles, and why."""

    name: str
    reason: str


def groups_of(
    vehicles: Iterable[Vehicle], networks: NetworkList | None, now: datetime
) -> list[NetworkGroup]:
    """The vehicles by network, by name, then by line."""
    by_feed: dict[str, list[Vehicle]] = {}
    for each in vehicles:
        by_feed.setdefault(each.feed, []).append(each)
    groups = [
        NetworkGroup(
            "r-" + words.short_hash(feed),
            feed if networks is None else networks.named(feed),
            vehicle_count(len(found)),
            _lines(found, now),
        )
        for feed, found in by_feed.items()
    ]
    return sorted(groups, key=lambda each: each.name.casefold())


def vehicle_count(number: int) -> str:
    """« 12 véhicules »."""
    texts = texts_of("carte")
    return texts["vehicule_un"] if number == 1 else texts["vehicules"].format(n=number)


def unseen(network: Network, now: datetime) -> Unseen:
    """Why a network has no vehicle on the map."""
    texts = texts_of("carte")
    sources = [each for each in network.real_time if "vehicle_positions" in each.entity_types]
    if not sources:
        return Unseen(network.called, texts["sans_positions"])
    if any(each.is_live for each in sources):
        return Unseen(network.called, texts["sans_vehicule"])
    since = max((each.updated_at for each in sources if each.updated_at), default=None)
    if since is None:
        return Unseen(network.called, texts["interrompu"])
    return Unseen(network.called, texts["interrompu_depuis"].format(age=words.age(since, now)))


def rental_line(place: RentalPlace) -> str:
    """« 4 véhicules disponibles · 6 places libres »."""
    texts, station = texts_of("carte"), place.station
    if station is None:
        return texts["location_libre"]
    facts = [
        texts[f"{name}_un" if quantities.is_singular(number) else name].format(n=number)
        for name, number in (
            ("location_vehicules", station.vehicles_available),
            ("location_places", station.docks_available),
        )
        if number is not None
    ]
    return " · ".join(facts) or texts["location_inconnue"]


def _lines(vehicles: list[Vehicle], now: datetime) -> tuple[LineGroup, ...]:
    def line(vehicle: Vehicle) -> tuple[bool, int, str, str]:
        name = "" if vehicle.route is None else vehicle.route.name
        # A9 before A10.
        return vehicle.route is None, len(name), name, vehicle.route.id if vehicle.route else ""

    return tuple(
        LineGroup(found[0].route, tuple(_vehicle(each, now) for each in found))
        for _, group in groupby(sorted(vehicles, key=line), key=line)
        for found in [sorted(group, key=lambda each: (each.headsign or "", each.id))]
    )


def _vehicle(vehicle: Vehicle, now: datetime) -> VehicleLine:
    texts = texts_of("carte")
    state, tone = _state(vehicle, texts)
    return VehicleLine(
        vehicle.id,
        texts["vehicule_vers"].format(destination=typeset(vehicle.headsign))
        if vehicle.headsign
        else vehicle.label or texts["sans_destination"],
        _run_address(vehicle),
        state,
        tone,
        _facts(vehicle, now, texts),
        vehicle.stale,
        f"{vehicle.lon:.5f},{vehicle.lat:.5f}",
    )


def _state(vehicle: Vehicle, texts: Texts) -> tuple[str, words.Tone]:
    if vehicle.trip_id is None:
        return texts["sans_course"], "quiet"
    return words.state_of("predicted", vehicle.delay)


def _facts(vehicle: Vehicle, now: datetime, texts: Texts) -> tuple[str, ...]:
    age = words.age(vehicle.measured_at, now)
    facts = []
    if vehicle.stop is not None:
        sentence = "a_l_arret" if vehicle.status == "stopped_at" else "prochain_arret"
        facts.append(texts[sentence].format(arret=typeset(vehicle.stop.called)))
    facts.append(texts.get(f"affluence_{vehicle.occupancy}", ""))
    facts.append(texts["perime_depuis" if vehicle.stale else "vu_il_y_a"].format(age=age))
    return tuple(fact for fact in facts if fact)


def _run_address(vehicle: Vehicle) -> str | None:
    if vehicle.trip_id is None:
        return None
    route = None if vehicle.route is None else vehicle.route.id
    return trip_address(vehicle.trip_id, vehicle.start_date, vehicle.start_time, route)
