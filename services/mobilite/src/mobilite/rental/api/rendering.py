"""Rental stations and vehicles as JSON and GeoJSON. Times are in the zone of their system."""

from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from mobilite.events import RentalStationV1, RentalUris, RentalVehicleV1, VehicleType
from mobilite.gtfs.domain.ids import global_id
from mobilite.http.api.times import LocalTime, local_time
from mobilite.rental.api.models import (
    RentalFeatureJson,
    RentalItemJson,
    RentalSystemBriefJson,
    RentalUrisJson,
    RentalVehicleJson,
    StationPartJson,
    TypeCountJson,
    VehicleKindJson,
)
from mobilite.rental.api.rental_texts import system_message, type_words
from mobilite.rental.flows.list_rental import RentalHit, SystemReport

_UTC = ZoneInfo("UTC")


@cache
def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return None if name is None else ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return None


def system_time(report: SystemReport) -> LocalTime:
    """The formatter of a system's time zone; UTC if it has none."""
    zone = _zone(report.system.system.timezone)
    return local_time(zone if zone is not None else _UTC)


def optional_time(at: LocalTime, instant: datetime | None) -> str | None:
    """An instant formatted by `at`; None if there is none."""
    return None if instant is None else at(int(instant.timestamp()))


def brief_json(report: SystemReport) -> RentalSystemBriefJson:
    """The summary of a system in a list of its items."""
    system, oldest, at = report.system, report.oldest, system_time(report)
    return {
        "feed": report.feed_id,
        "name": system.system.name or system.feed_name,
        "state": report.state,
        "message": system_message(report),
        "updated_at": None if oldest is None else optional_time(at, oldest.as_of),
        "age": None if oldest is None else oldest.seconds,
        "licence": system.licence or system.system.licence,
        "attribution": system.attribution or system.system.attribution,
    }


class ItemRenderer:
    """Renders stations and vehicles. It caches types and zones, so use one per response."""

    def __init__(self) -> None:
        self._times: dict[str, LocalTime] = {}
        self._vehicle_types: dict[tuple[str, str | None], VehicleKindJson] = {}

    def item(self, hit: RentalHit) -> RentalItemJson:
        """One station or vehicle of a list."""
        row, report = hit.entry.row, hit.report
        if isinstance(row, RentalStationV1):
            local, name = row.station_id, row.information.name
            uris = row.information.rental_uris
        else:
            local, uris = row.vehicle_id, row.rental_uris
            name = _capital(self.vehicle_type(report, row.vehicle_type_id)["words"])
        at = self._at(report)
        lat, lon = hit.entry.place
        return {
            "id": global_id(report.feed_id, local),
            "kind": "station" if isinstance(row, RentalStationV1) else "vehicle",
            "feed": report.feed_id,
            "name": name,
            "lat": lat,
            "lon": lon,
            "distance": None if hit.distance is None else round(hit.distance, 1),
            "available": hit.entry.available if hit.fresh else None,
            "station": self._station(row, report) if isinstance(row, RentalStationV1) else None,
            "vehicle": self._vehicle(row, report) if isinstance(row, RentalVehicleV1) else None,
            "last_reported": None if row.last_reported is None else at(row.last_reported),
            "rental_uris": None if uris is None else _uris(uris),
        }

    def feature(self, hit: RentalHit) -> RentalFeatureJson:
        """One station or vehicle as a GeoJSON feature."""
        item = self.item(hit)
        return {
            "type": "Feature",
            "id": item["id"],
            "geometry": {"type": "Point", "coordinates": [item["lon"], item["lat"]]},
            "properties": item,
        }

    def vehicle_type(self, report: SystemReport, type_id: str | None) -> VehicleKindJson:
        """A vehicle type of a system; `type_id` is None if the vehicle gives none."""
        key = (report.feed_id, type_id)
        if key not in self._vehicle_types:
            types = report.feed.index.types
            known = types.get(type_id) if type_id is not None else None
            self._vehicle_types[key] = vehicle_type_json(type_id, known, described=bool(types))
        return self._vehicle_types[key]

    def _at(self, report: SystemReport) -> LocalTime:
        if report.feed_id not in self._times:
            self._times[report.feed_id] = system_time(report)
        return self._times[report.feed_id]

    def _station(self, row: RentalStationV1, report: SystemReport) -> StationPartJson:
        information, status = row.information, row.status
        counts: list[TypeCountJson] = []
        if status is not None:
            counts = [
                {**self.vehicle_type(report, each.vehicle_type_id), "count": each.count}
                for each in status.vehicle_types_available
            ]
        return {
            "short_name": information.short_name,
            "address": information.address,
            "post_code": information.post_code,
            "capacity": information.capacity,
            "virtual": information.is_virtual,
            "charging": information.is_charging,
            "vehicles_available": None if status is None else status.vehicles_available,
            "vehicles_disabled": None if status is None else status.vehicles_disabled,
            "vehicle_types": counts,
            "docks_available": None if status is None else status.docks_available,
            "installed": None if status is None else status.is_installed,
            "renting": None if status is None else status.is_renting,
            "returning": None if status is None else status.is_returning,
        }

    def _vehicle(self, row: RentalVehicleV1, report: SystemReport) -> RentalVehicleJson:
        known = report.feed.index.types.get(row.vehicle_type_id or "")
        plan = row.pricing_plan_id or (None if known is None else known.default_pricing_plan_id)
        until, at = row.available_until, self._at(report)
        fuel = row.fuel_percent

        def station(local: str | None) -> str | None:
            return None if local is None else global_id(report.feed_id, local)

        return {
            "type": self.vehicle_type(report, row.vehicle_type_id),
            "reserved": row.is_reserved,
            "disabled": row.is_disabled,
            "range_meters": row.range_meters,
            "fuel_percent": None if fuel is None else round(100 * fuel, 1),
            "station": station(row.station_id),
            "home_station": station(row.home_station_id),
            "pricing_plan": plan,
            "available_until": None if until is None else at(until),
        }


def vehicle_type_json(
    type_id: str | None, known: VehicleType | None, *, described: bool
) -> VehicleKindJson:
    """A vehicle type. `known`: its description, if the system has one of that id. `described`:
    whether the system describes any types; if not, it has bicycles without motor."""
    if known is None and not described:
        return {
            "id": type_id,
            "name": None,
            "form_factor": "bicycle",
            "propulsion": "human",
            "words": type_words("bicycle", None),
        }
    form = None if known is None else known.form_factor
    propulsion = None if known is None else known.propulsion_type
    return {
        "id": type_id,
        "name": None if known is None else known.name,
        "form_factor": form,
        "propulsion": propulsion,
        "words": type_words(form, propulsion),
    }


def without_changing_fields(systems: list[RentalSystemBriefJson]) -> list[Any]:
    """The summaries of systems without the fields that change every second, for the entity tag."""
    return [{**each, "age": None, "updated_at": None, "message": None} for each in systems]


def _uris(uris: RentalUris) -> RentalUrisJson:
    return {"android": uris.android, "ios": uris.ios, "web": uris.web}


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
