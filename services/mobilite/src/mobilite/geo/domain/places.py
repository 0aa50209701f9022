"""Coordinates of vehicles and rental stations: repair, search around a point and in a box.

Real feeds contain places at 0, 0, out of range, or with latitude and longitude exchanged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mobilite.geo.domain.distances import distances

Place = tuple[float, float]
"""Latitude and longitude in degrees, WGS 84."""
Box = tuple[float, float, float, float]
"""West, south, east, north in degrees; west > east crosses the antimeridian."""

_FAR: Final = 1_000_000.0
_NEAR: Final = 100_000.0
"""Metres: a place beyond _FAR from the centre of its system, but within _NEAR of it when exchanged,
has latitude and longitude exchanged.
"""
_ENOUGH: Final = 3
"""Places needed for a meaningful centre."""


@dataclass(frozen=True, slots=True)
class RepairedPlaces:
    """`places[i]` is the place of item i, None if unknown; `exchanged` counts those whose latitude
    and longitude were exchanged."""

    places: tuple[Place | None, ...]
    exchanged: int


def repair_places(given: Sequence[Place | None]) -> RepairedPlaces:
    """Repair the places of one system's stations or vehicles together."""
    usable = [place for place in given if place is not None and not _out_of_range(place)]
    middle: Place | None = None
    if len(usable) >= _ENOUGH:
        lats, lons = np.array(usable, np.float64).T
        middle = float(np.median(lats)), float(np.median(lons))
    judged = tuple(None if place is None else _repair(place, middle) for place in given)
    exchanged = sum(
        after is not None and after != before for before, after in zip(given, judged, strict=True)
    )
    return RepairedPlaces(judged, exchanged)


def _repair(place: Place, middle: Place | None) -> Place | None:
    lat, lon = place
    if middle is not None and abs(lon) <= 90 and abs(lat) <= 180:
        here, there = distances(*middle, np.array([lat, lon]), np.array([lon, lat])).tolist()
        if (here > _FAR or abs(lat) > 90) and there < _NEAR:
            return lon, lat
    return None if _out_of_range(place) else place


def _out_of_range(place: Place) -> bool:
    lat, lon = place
    # 0, 0 lies in the sea off Ghana: software writes it for "unknown".
    return not (abs(lat) <= 90 and abs(lon) <= 180) or (lat == 0 and lon == 0)


class PlaceIndex:
    """A spatial index of many places, built once. NaN where a place is unknown."""

    def __init__(self, places: Sequence[Place | None]) -> None:
        known = [(np.nan, np.nan) if place is None else place for place in places]
        self._lats, self._lons = np.array(known, np.float64).reshape(-1, 2).T.copy()

    def near(
        self, lat: float, lon: float, radius: float
    ) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """The rows within `radius` metres, unordered, and their distances."""
        found = distances(lat, lon, self._lats, self._lons)
        rows = np.flatnonzero(found <= radius)
        return rows, found[rows]

    def within(self, box: Box) -> NDArray[np.intp]:
        """The rows in a box."""
        west, south, east, north = box
        fits = (self._lats >= south) & (self._lats <= north)
        if west <= east:
            fits &= (self._lons >= west) & (self._lons <= east)
        else:
            fits &= (self._lons >= west) | (self._lons <= east)
        return np.flatnonzero(fits)
