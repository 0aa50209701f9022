"""A town's bicycles and scooters, in the forms of GBFS 2.1, 2.3 and 3.0."""

import copy
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from mobilite.feeds.domain.feed import Feed
from mobilite.gtfs.domain.ids import FeedId

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
Files = dict[str, Any]
"""The files of one system by name, as JSON."""


def town(version: str) -> Files:
    """The same town in the form of one version."""
    return _town_3() if version.startswith("3") else _town_2(version)


_SECONDS = int(NOW.timestamp())
_LISTED = [
    {"name": name, "url": f"{name}.json"}
    for name in (
        "system_information",
        "vehicle_types",
        "station_information",
        "station_status",
        "free_bike_status",
        "system_pricing_plans",
        "system_alerts",
    )
]
_DATA: Mapping[str, Any] = {
    "gbfs": {"en": {"feeds": []}, "fr": {"feeds": _LISTED}},
    "system_information": {
        "system_id": "velo_ville",
        "language": "fr",
        "name": "Vélo Ville",
        "operator": "Exemple",
        "timezone": "Europe/Paris",
        "license_url": "https://exemple.fr/licence",
        "rental_apps": {"android": {"store_uri": "https://exemple.fr/app"}},
    },
    "vehicle_types": {
        "vehicle_types": [
            {
                "vehicle_type_id": "vae",
                "form_factor": "bicycle",
                "propulsion_type": "electric_assist",
                "max_range_meters": 60000,
                "name": "Vélo électrique",
                "default_pricing_plan_id": "minute",
            },
            {
                "vehicle_type_id": "trott",
                "form_factor": "scooter_standing",
                "propulsion_type": "electric",
                "max_range_meters": 20000,
                "name": "Trottinette",
            },
        ]
    },
    "station_information": {
        "stations": [
            {
                "station_id": "gare",
                "name": "Gare",
                "lat": 47.9,
                "lon": 1.9,
                "address": "1 place de la Gare",
                "capacity": 20,
                "rental_uris": {"web": "https://exemple.fr/gare"},
            },
            {
                "station_id": "parc",
                "name": "Parc",
                "lat": 47.91,
                "lon": 1.9,
                "is_virtual_station": True,
                "vehicle_capacity": {"trott": 4, "vae": 6},
            },
        ]
    },
    "station_status": {
        "stations": [
            {
                "station_id": "gare",
                "num_bikes_available": 7,
                "num_bikes_disabled": 1,
                "vehicle_types_available": [{"vehicle_type_id": "vae", "count": 7}],
                "num_docks_available": 12,
                "is_installed": True,
                "is_renting": True,
                "is_returning": True,
                "last_reported": _SECONDS - 30,
            },
            {
                "station_id": "parc",
                "num_bikes_available": 0,
                "vehicle_types_available": [
                    {"vehicle_type_id": "vae", "count": 0},
                    {"vehicle_type_id": "trott", "count": 0},
                ],
                "is_installed": True,
                "is_renting": True,
                "is_returning": False,
                "last_reported": _SECONDS - 30,
            },
        ]
    },
    "free_bike_status": {
        "bikes": [
            {
                "bike_id": "a1",
                "lat": 47.905,
                "lon": 1.9,
                "is_reserved": False,
                "is_disabled": False,
                "vehicle_type_id": "trott",
                "current_range_meters": 12000,
                "pricing_plan_id": "minute",
                "last_reported": _SECONDS - 20,
            },
            {
                "bike_id": "a2",
                "lat": 47.906,
                "lon": 1.9,
                "is_reserved": True,
                "is_disabled": False,
                "vehicle_type_id": "trott",
            },
            {
                "bike_id": "a3",
                "station_id": "gare",
                "is_reserved": False,
                "is_disabled": True,
                "vehicle_type_id": "vae",
            },
        ]
    },
    "system_pricing_plans": {
        "plans": [
            {
                "plan_id": "minute",
                "name": "À la minute",
                "currency": "EUR",
                "price": 1.0,
                "is_taxable": False,
                "description": "1 € puis 0,20 €/min",
                "per_min_pricing": [{"start": 0, "rate": 0.2, "interval": 1}],
            }
        ]
    },
    "system_alerts": {
        "alerts": [
            {
                "alert_id": "1",
                "type": "station_closure",
                "times": [{"start": _SECONDS - 3600, "end": _SECONDS + 3600}],
                "station_ids": ["parc"],
                "url": "https://exemple.fr/1",
                "summary": "Parc fermé",
            }
        ]
    },
}
"""The town in the form of 2.3."""


def _town_2(version: str) -> Files:
    data = copy.deepcopy(dict(_DATA))
    if version == "2.1":
        data["vehicle_types"]["vehicle_types"][1]["form_factor"] = "scooter"
        data["system_pricing_plans"]["plans"][0]["price"] = "1.00"
    return {
        name: {"last_updated": _SECONDS, "ttl": 0, "version": version, "data": content}
        for name, content in data.items()
    }


_LOCALISED = ("name", "operator", "description", "summary", "url")


def _town_3() -> Files:
    """2.3 with every change of 3.0 made to it: the standard's list of breaking changes."""
    files = _town_2("2.3")
    files["vehicle_status"] = files.pop("free_bike_status")
    renamed = [{"name": name, "url": f"{name}.json"} for name in files if name != "gbfs"]
    files["gbfs"]["data"] = {"feeds": renamed}
    vehicles = files["vehicle_status"]["data"]
    vehicles["vehicles"] = [
        {"vehicle_id": bike.pop("bike_id"), **bike} for bike in vehicles.pop("bikes")
    ]
    for status in files["station_status"]["data"]["stations"]:
        for old in ("num_bikes_available", "num_bikes_disabled"):
            if old in status:
                status[old.replace("bikes", "vehicles")] = status.pop(old)
    parc = files["station_information"]["data"]["stations"][1]
    del parc["vehicle_capacity"]
    parc["vehicle_types_capacity"] = [
        {"vehicle_type_ids": ["trott"], "count": 4},
        {"vehicle_type_ids": ["vae"], "count": 6},
    ]
    for file in files.values():
        file["version"] = "3.0"
    return {name: _modern(file, name) for name, file in files.items()}


def _modern(value: Any, file: str, key: str = "") -> Any:
    """Texts become localised and timestamps RFC 3339, as 3.0 requires."""
    if isinstance(value, dict):
        return {name: _modern(each, file, name) for name, each in value.items()}
    if isinstance(value, list):
        return [_modern(each, file, key) for each in value]
    if key in ("last_updated", "last_reported", "start", "end") and value > 10**9:
        return datetime.fromtimestamp(value, UTC).isoformat().replace("+00:00", "Z")
    plain = file == "gbfs" or (key == "url" and file != "system_alerts")
    if key in _LOCALISED and isinstance(value, str) and not plain:
        return [{"text": "x " + value, "language": "en"}, {"text": value, "language": "fr-FR"}]
    return value


class Folder:
    """A system's files in a folder, served from a disk or over HTTP."""

    def __init__(self, folder: Path, files: Files) -> None:
        self.folder, self.files = folder, files
        folder.mkdir(exist_ok=True)
        self.write()

    def feed(self, feed_id: str = "ville") -> Feed:
        """The feed as feeds.toml would declare it."""
        return Feed(FeedId(feed_id), "Ville", "gtfs.zip", gbfs=str(self.folder / "gbfs.json"))

    def write(self, *names: str) -> None:
        """Write the files (all, or those named)."""
        for name in names or self.files:
            self.install(name, json.dumps(self.files[name]).encode())

    def install(self, name: str, body: bytes) -> None:
        """Write any bytes in place of a file."""
        part = self.folder / f"{name}.part"
        part.write_bytes(body)
        part.replace(self.folder / f"{name}.json")

    def later(self, seconds: int) -> None:
        """Move the instant of what changes all the time."""
        for name in ("station_status", "vehicle_status", "free_bike_status"):
            if name in self.files:
                moved = NOW + timedelta(seconds=seconds)
                modern = self.files[name]["version"].startswith("3")
                self.files[name]["last_updated"] = (
                    moved.isoformat() if modern else int(moved.timestamp())
                )
