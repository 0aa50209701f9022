"""Where vehicles and rental stations are: search around and in a box, mistakes put right.

Real feeds hold places at 0, 0, out of range, or with latitude and longitude exchanged.
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
"""West, south, east, north in degrees; one with west > east holds the antimeridian."""

_FAR: Final = 1_000_000.0
_NEAR: Final = 100_000.0
"""Metres: a place further than _FAR from the middle of its system, which would be within _NEAR of
it if exchanged, was exchanged."""
_ENOUGH: Final = 3
"""Places a system needs for its middle to mean something."""


@dataclass(frozen=True, slots=True)
class JudgedPlaces:
    """`places[i]` is where the thing i is, None where that cannot be known; `exchanged` counts the
    places whose latitude and longitude were put back in order."""

    places: tuple[Place | None, ...]
    exchanged: int


def judge_places(given: Sequence[Place | None]) -> JudgedPlaces:
    """Judge the places of one system's stations or vehicles together."""
    usable = [place for place in given if place is not None and not _out_of_range(place)]
    middle: Place | None = None
    if len(usable) >= _ENOUGH:
        lats, lons = np.array(usable, np.float64).T
        middle = float(np.median(lats)), float(np.median(lons))
    judged = tuple(None if place is None else _judge(place, middle) for place in given)
    exchanged = sum(
        after is not None and after != before for before, after in zip(given, judged, strict=True)
    )
    return JudgedPlaces(judged, exchanged)


def _judge(place: Place, middle: Place | None) -> Place | None:
    lat, lon = place
    if middle is not None and abs(lon) <= 90 and abs(lat) <= 180:
        here, there = distances(*middle, np.array([lat, lon]), np.array([lon, lat])).tolist()
        if (here > _FAR or abs(lat) > 90) and there < _NEAR:
            return lon, lat
    return None if _out_of_range(place) else place


def _out_of_range(place: Place) -> bool:
    lat, lon = place
    # 0, 0 is the sea off Ghana, and what software writes for "unknown".
    return not (abs(lat) <= 90 and abs(lon) <= 180) or (lat == 0 and lon == 0)


class PlaceIndex:
    """The places of many things, built once and then only read. NaN where a place is unknown."""

    def __init__(self, places: Sequence[Place | None]) -> None:
        known = [(np.nan, np.nan) if place is None else place for place in places]
        self._lats, self._lons = np.array(known, np.float64).reshape(-1, 2).T.copy()

    def near(
        self, lat: float, lon: float, radius: float
    ) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """What lies within `radius` metres, in no order, with its metres from the point."""
        found = distances(lat, lon, self._lats, self._lons)
        rows = np.flatnonzero(found <= radius)
        return rows, found[rows]

    def within(self, box: Box) -> NDArray[np.intp]:
        """What lies in a box."""
        west, south, east, north = box
        fits = (self._lats >= south) & (self._lats <= north)
        if west <= east:
            fits &= (self._lons >= west) & (self._lons <= east)
        else:
            fits &= (self._lons >= west) | (self._lons <= east)
        return np.flatnonzero(fits)
