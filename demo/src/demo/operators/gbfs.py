"""A fleet as GBFS files, version 3.0 and 2.3: the standard changed names and types in between.

https://github.com/MobilityData/gbfs/blob/v3.0/gbfs.md and v2.3/gbfs.md
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from demo.network.model import Operator
from demo.operators.bikes import Fleet, Form, FreeVehicle, Station

_STATUS = ("station_status", "vehicle_status", "free_bike_status")
"""The files that change all the time: their `ttl` is 0."""
_TTL = 300
"""The `ttl` of the other files, in seconds."""
_NAMES: Mapping[Form, tuple[str, str, str]] = {
    "bicycle": ("velo", "electric_assist", "Vélo à assistance électrique"),
    "cargo_bicycle": ("cargo", "electric_assist", "Vélo cargo"),
    "scooter": ("trottinette", "electric", "Trottinette"),
}
"""Id, propulsion and name of each vehicle type."""
_FORM_FACTORS: Mapping[Form, str] = {"scooter": "scooter_standing"}
"""The published form_factor, if it is another."""
_FULL_RANGE = 40_000
"""Metres with a full battery."""
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class System:
    """A fleet, and how it is published."""

    id: str
    name: str
    version: str
    """GBFS version: "3.0" or "2.3"."""
    fleet: Fleet
    forms: tuple[Form, ...]
    """The vehicle types; stations have the first one."""
    licence: str
    """SPDX id."""


class Gbfs:
    """The GBFS files of one system."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._is_version_3 = system.version.startswith("3")
        free = "vehicle_status" if self._is_version_3 else "free_bike_status"
        self._files: dict[str, Callable[[int], Json]] = {
            "system_information": self._information,
            "vehicle_types": self._types,
            "system_pricing_plans": self._prices,
            "station_information": self._stations,
            "station_status": self._stocks,
            free: self._vehicles,
        }

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the files except gbfs.json, without suffix."""
        return tuple(self._files)

    def file(self, name: str, now: int, address: str) -> Json:
        """The JSON of one file.

        `name`: without suffix. `now`: POSIX seconds. `address`: the folder of the system's files.
        Raises KeyError if there is no such file.
        """
        data = self._discovery(address) if name == "gbfs" else self._files[name](now)
        return {
            "last_updated": self._time(now),
            "ttl": 0 if name in _STATUS else _TTL,
            "version": self._system.version,
            "data": data,
        }

    def _time(self, instant: int) -> str | int:
        return datetime.fromtimestamp(instant, UTC).isoformat() if self._is_version_3 else instant

    def _text(self, text: str) -> Any:
        return [{"text": text, "language": "fr"}] if self._is_version_3 else text

    def _discovery(self, address: str) -> Json:
        feeds = [{"name": name, "url": f"{address}/{name}.json"} for name in self._files]
        return {"feeds": feeds} if self._is_version_3 else {"fr": {"feeds": feeds}}

    def _information(self, _: int) -> Json:
        known = {
            "system_id": self._system.id,
            "name": self._text(self._system.name),
            "timezone": "Europe/Paris",
            "license_id": self._system.licence,
        }
        if self._is_version_3:
            return known | {
                "languages": ["fr"],
                "opening_hours": "24/7",
                "feed_contact_email": f"donnees@{self._system.id}.example",
            }
        return known | {"language": "fr"}

    def _types(self, _: int) -> Json:
        forms = []
        for form in self._system.forms:
            id_, propulsion, name = _NAMES[form]
            forms.append(
                {
                    "vehicle_type_id": id_,
                    "form_factor": _FORM_FACTORS.get(form, form),
                    "propulsion_type": propulsion,
                    "max_range_meters": _FULL_RANGE,
                    "name": self._text(name),
                    "default_pricing_plan_id": "base",
                }
            )
        return {"vehicle_types": forms}

    def _prices(self, _: int) -> Json:
        plan = {
            "plan_id": "base",
            "name": self._text("À la minute"),
            "currency": "EUR",
            "price": 1.0,
            "is_taxable": False,
            "description": self._text("1 € au départ, puis 0,15 € la minute."),
            "per_min_pricing": [{"start": 0, "rate": 0.15, "interval": 1}],
        }
        return {"plans": [plan]}

    def _stations(self, _: int) -> Json:
        return {
            "stations": [
                {
                    "station_id": station.id,
                    "name": self._text(station.name),
                    "lat": station.lat,
                    "lon": station.lon,
                    "capacity": station.capacity,
                }
                for station in self._system.fleet.stations
            ]
        }

    def _stocks(self, now: int) -> Json:
        return {"stations": [self._stock(station, now) for station in self._system.fleet.stations]}

    def _stock(self, station: Station, now: int) -> Json:
        stock = self._system.fleet.stock(station, now)
        what = "vehicles" if self._is_version_3 else "bikes"
        form = _NAMES[self._system.forms[0]][0]
        return {
            "station_id": station.id,
            f"num_{what}_available": stock.usable,
            f"num_{what}_disabled": stock.disabled,
            "num_docks_available": stock.docks,
            "vehicle_types_available": [{"vehicle_type_id": form, "count": stock.usable}],
            "is_installed": True,
            "is_renting": True,
            "is_returning": True,
            "last_reported": self._time(stock.measured_at),
        }

    def _vehicles(self, now: int) -> Json:
        what = "vehicles" if self._is_version_3 else "bikes"
        return {what: [self._vehicle(vehicle) for vehicle in self._system.fleet.vehicles(now)]}

    def _vehicle(self, vehicle: FreeVehicle) -> Json:
        return {
            "vehicle_id" if self._is_version_3 else "bike_id": vehicle.id,
            "lat": vehicle.lat,
            "lon": vehicle.lon,
            "is_reserved": vehicle.reserved,
            "is_disabled": False,
            "vehicle_type_id": _NAMES[vehicle.form][0],
            "current_range_meters": vehicle.range_metres,
            "current_fuel_percent": round(vehicle.range_metres / _FULL_RANGE, 2),
            "last_reported": self._time(vehicle.measured_at),
        }


WITH_GBFS = ("tao", "agglobus")
"""The operators whose towns publish shared vehicles."""


def gbfs_of(operator: Operator, *, seed: int) -> Gbfs | None:
    """The shared vehicles of an operator's town; None if it publishes none."""
    if operator.id == "tao":
        fleet = Fleet(operator, stations=40, free=12, forms=("cargo_bicycle",), seed=seed)
        forms: tuple[Form, ...] = ("bicycle", "cargo_bicycle")
        system = System("velo-tao", "Vélo’TAO (démonstration)", "3.0", fleet, forms, "etalab-2.0")
        return Gbfs(system)
    if operator.id == "agglobus":
        forms = ("bicycle", "scooter")
        fleet = Fleet(operator, stations=8, free=60, forms=forms, seed=seed)
        name = "Vélos de Bourges (démonstration)"
        return Gbfs(System("velos-bourges", name, "2.3", fleet, forms, "ODbL-1.0"))
    return None
