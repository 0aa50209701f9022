"""Zones of demand-responsive trips: polygons with holes, and what lies in them.

https://gtfs.org/documentation/schedule/reference/#locationsgeojson
https://www.rfc-editor.org/rfc/rfc7946#section-3.1.6
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from mobilite.timetable.domain.timetable import F64, Bool

_COMPARED: Final = 1 << 18
"""Points × edges that are compared at once."""

Ring = F64
"""[positions, 2]: longitudes and latitudes, WGS 84 degrees; the last position is the first."""


@dataclass(frozen=True, slots=True, eq=False)
class Zone:
    """An area where people are picked up or dropped off anywhere."""

    id: str
    name: str
    polygons: tuple[tuple[Ring, ...], ...]
    """Each is its outer ring, then the rings of its holes."""

    @staticmethod
    def of(row: Mapping[str, Any]) -> "Zone":
        """The zone of a row of `locations`."""
        geometry = row["geometry"]
        several = geometry["type"] == "MultiPolygon"
        polygons = geometry["coordinates"] if several else [geometry["coordinates"]]
        return Zone(
            row["location_id"],
            row.get("stop_name", ""),
            tuple(tuple(map(_ring, polygon)) for polygon in polygons),
        )

    @property
    def positions(self) -> int:
        """How many its rings have."""
        return sum(len(ring) for polygon in self.polygons for ring in polygon)

    def contains(self, lat: float, lon: float) -> bool:
        """Whether a point is in the zone."""
        return bool(self.contains_all(np.array([lat]), np.array([lon]))[0])

    def contains_all(self, lat: F64, lon: F64) -> Bool:
        """bool[n]: which points are in the zone. NaN is in none; a point on an edge, in or out."""
        found = np.zeros(len(lat), np.bool_)
        for outer, *holes in self.polygons:
            near = np.flatnonzero(_in_box(outer, lat, lon))
            if not len(near):
                continue
            inside = _in_ring(outer, lat[near], lon[near])
            for hole in holes:
                inside &= ~_in_ring(hole, lat[near], lon[near])
            found[near] |= inside
        return found


def _ring(positions: Sequence[Sequence[float]]) -> Ring:
    return np.array([position[:2] for position in positions], np.float64)


def _in_box(ring: Ring, lat: F64, lon: F64) -> Bool:
    west, south = ring.min(axis=0)
    east, north = ring.max(axis=0)
    inside: Bool = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    return inside


def _in_ring(ring: Ring, lat: F64, lon: F64) -> Bool:
    """Whether a ray to the east crosses the ring an odd number of times."""
    step = max(1, _COMPARED // len(ring))
    parts = [
        _are_around(ring, lat[at : at + step], lon[at : at + step])
        for at in range(0, len(lat), step)
    ]
    return np.concatenate([np.empty(0, np.bool_), *parts])


def _are_around(ring: Ring, lat: F64, lon: F64) -> Bool:
    west, south = ring[:-1].T
    east, north = ring[1:].T
    point, edge = np.nonzero((south > lat[:, None]) != (north > lat[:, None]))
    share = (lat[point] - south[edge]) / (north[edge] - south[edge])
    east_of_it = lon[point] < west[edge] + share * (east[edge] - west[edge])
    inside: Bool = np.bincount(point[east_of_it], minlength=len(lat)) % 2 == 1
    return inside
