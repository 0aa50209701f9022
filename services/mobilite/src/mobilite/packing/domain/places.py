"""stops.txt: stops, stations, entrances, nodes and boarding areas, with their parents.

https://gtfs.org/documentation/schedule/reference/#stopstxt
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mobilite.packing.domain.network import Zones
from mobilite.packing.domain.report import Report
from mobilite.packing.domain.tables import Table, csr, first_of_each, rows_of
from mobilite.timetable.domain.timetable import BOARDING_AREA, F64, I8, I32, NODE, STATION
from socle.errors import Refusal

ZERO_TOLERANCE = 1e-3
"""Degrees: nearer than that to (0, 0) a stop has no position."""


@dataclass(frozen=True, slots=True)
class Places:
    """Stops by row; the fields are those of `Timetable` with the prefix `stop_` (`location_type`
    is its `stop_kind`)."""

    ids: list[str]
    names: list[str]
    codes: list[str]
    platform: list[str]
    lat: F64
    lon: F64
    parent: I32
    location_type: I8
    wheelchair: I8
    zone: I32
    spoken: list[str]
    access: I8

    def children(self) -> tuple[I32, I32]:
        """CSR of the children of each stop, in feed order: (first, children)."""
        order = np.argsort(self.parent, kind="stable").astype(np.int32)
        order = order[self.parent[order] >= 0]
        return csr(self.parent[order], len(self.ids)), order


def pack_places(table: Table, zones: Zones, report: Report, *, optional: bool = False) -> Places:
    """Read the stops. Raises Refusal if there is none, unless they are `optional`."""
    table = first_of_each(table, "stop_id", "stops.txt", report)
    if not (table.rows or optional):
        raise Refusal("invalid", "stops.txt ne contient aucun arrêt.", code="no_stops")
    ids = table.texts("stop_id")
    location_type = table.choices("location_type", (0, 1, 2, 3, 4), 0)
    parent = _parents(table, ids, location_type, report)
    lat, lon = _coordinates(table, ids, parent, report)
    wheelchair = table.choices("wheelchair_boarding", (0, 1, 2), 0)
    zone = _zones(table, zones, report)
    # Twice: a boarding area inherits from its platform, which inherits from its station.
    for _ in range(2):
        wheelchair = np.where((wheelchair == 0) & (parent >= 0), wheelchair[parent], wheelchair)
        zone = np.where((zone < 0) & (parent >= 0), zone[parent], zone)
    names = table.texts("stop_name")
    return Places(
        ids=ids,
        names=[name or _inherited(names, parent, row) for row, name in enumerate(names)],
        codes=table.texts("stop_code"),
        platform=table.texts("platform_code"),
        lat=lat,
        lon=lon,
        parent=parent,
        location_type=location_type,
        wheelchair=wheelchair,
        zone=zone,
        spoken=table.texts("tts_stop_name"),
        access=table.choices("stop_access", (0, 1), -1),
    )


def _inherited(names: list[str], parent: I32, row: int) -> str:
    """The name of the parent, or else of the parent's parent: GTFS lets nodes and boarding areas
    go without a name."""
    for _ in range(2):
        row = int(parent[row])
        if row < 0:
            return ""
        if names[row]:
            return names[row]
    return ""


def _parents(table: Table, ids: list[str], location_type: I8, report: Report) -> I32:
    """The row of the parent of each stop, if it has the location_type that GTFS requires; -1
    otherwise."""
    parent_ids = table.texts("parent_station")
    parent = rows_of(parent_ids, {text: row for row, text in enumerate(ids)})
    required = np.where(location_type == BOARDING_AREA, 0, STATION)
    valid = (parent >= 0) & (location_type[parent] == required) & (location_type != STATION)
    given = np.fromiter((bool(text) for text in parent_ids), np.bool_, len(parent_ids))
    report.add_rows("stops.txt", "dangling_parent", given & ~valid, ids)
    return np.where(valid, parent, -1).astype(np.int32)


def _coordinates(table: Table, ids: list[str], parent: I32, report: Report) -> tuple[F64, F64]:
    """Latitudes and longitudes in degrees; the parent's if a stop's own are unusable, NaN if
    those are unusable too."""
    lat, lon = table.numbers("stop_lat"), table.numbers("stop_lon")
    wrong = ~usable_place(lat, lon)
    optional = np.isin(table.choices("location_type", (0, 1, 2, 3, 4), 0), (NODE, BOARDING_AREA))
    report.add_rows("stops.txt", "wrong_coordinates", wrong & ~(optional & np.isnan(lat)), ids)
    lat, lon = np.where(wrong, np.nan, lat), np.where(wrong, np.nan, lon)
    for _ in range(2):  # as in `pack_places`
        borrow = np.isnan(lat) & (parent >= 0)
        lat, lon = np.where(borrow, lat[parent], lat), np.where(borrow, lon[parent], lon)
    return lat, lon


def usable_place(lat: F64, lon: F64) -> NDArray[np.bool_]:
    """bool[n]: whether the coordinates, in degrees, are on the globe and not the (0, 0) of an
    empty database column."""
    on_globe: NDArray[np.bool_] = (abs(lat) <= 90) & (abs(lon) <= 180)
    return on_globe & ((abs(lat) > ZERO_TOLERANCE) | (abs(lon) > ZERO_TOLERANCE))


def _zones(table: Table, zones: Zones, report: Report) -> I32:
    names = [name.strip() for name in table.texts("stop_timezone")]
    zone = np.array([zones.row(name) if name else -1 for name in names], dtype=np.int32)
    given = np.fromiter((bool(name) for name in names), np.bool_, len(names))
    report.add_rows("stops.txt", "unknown_stop_timezone", given & (zone < 0), names)
    return zone
