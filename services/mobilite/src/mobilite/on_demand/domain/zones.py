"""Zones of demand-responsive trips: polygons with holes, and what lies in them.

https://gtfs.org/documentation/schedule/reference/#locationsgeojson
https://www.rfc-editor.org/rfc/rfc7946#section-3.1.6
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mobilite.timetable.domain.timetable import F64, Bool

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
    inside = np.zeros(len(lat), np.bool_)
    if len(lat) < len(ring):
        (wests, souths), (easts, norths) = ring[:-1].T, ring[1:].T
        for row, (y, x) in enumerate(zip(lat.tolist(), lon.tolist(), strict=True)):
            edges = np.flatnonzero((souths > y) != (norths > y))
            west, south, east, north = (each[edges] for each in (wests, souths, easts, norths))
            crossings = west + (y - south) / (north - south) * (east - west)
            inside[row] = np.count_nonzero(x < crossings) % 2
        return inside
    for (west, south), (east, north) in itertools.pairwise(ring):
        across = (south > lat) != (north > lat)
        if across.any():
            at = west + (lat - south) / (north - south) * (east - west)
            inside ^= across & (lon < at)
    return inside
