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

_FAR_METRES: Final = 1_000_000.0
_NEAR_METRES: Final = 100_000.0
"""A place further than _FAR_METRES from the centre of its system, but within _NEAR_METRES of it
once latitude and longitude are exchanged, was published with the two exchanged.
"""
_MIN_PLACES: Final = 3
"""Places needed for a meaningful centre; with fewer nothing is exchanged."""


@dataclass(frozen=True, slots=True)
class RepairedPlaces:
    """The places of one system after repair."""

    places: tuple[Place | None, ...]
    """In the order given; None if unknown or unusable."""
    exchanged: int
    """How many had latitude and longitude exchanged."""


def repair_places(given: Sequence[Place | None]) -> RepairedPlaces:
    """Repair the places of one system's stations or vehicles together."""
    usable = [place for place in given if place is not None and not _out_of_range(place)]
    middle: Place | None = None
    if len(usable) >= _MIN_PLACES:
        lats, lons = np.array(usable, np.float64).T
        middle = float(np.median(lats)), float(np.median(lons))
    repaired = tuple(None if place is None else _repair(place, middle) for place in given)
    exchanged = sum(
        after is not None and after != before for before, after in zip(given, repaired, strict=True)
    )
    return RepairedPlaces(repaired, exchanged)


def _repair(place: Place, middle: Place | None) -> Place | None:
    lat, lon = place
    if middle is not None and abs(lon) <= 90 and abs(lat) <= 180:
        here, there = distances(*middle, np.array([lat, lon]), np.array([lon, lat])).tolist()
        if (here > _FAR_METRES or abs(lat) > 90) and there < _NEAR_METRES:
            return lon, lat
    return None if _out_of_range(place) else place


def _out_of_range(place: Place) -> bool:
    lat, lon = place
    # 0, 0 lies in the sea off Ghana: software writes it for "unknown".
    return not (abs(lat) <= 90 and abs(lon) <= 180) or (lat == 0 and lon == 0)


class PlaceIndex:
    """Searches many places around a point or in a box. Results are indexes into `places`."""

    def __init__(self, places: Sequence[Place | None]) -> None:
        # NaN fits no comparison: an unknown place is never found.
        known = [(np.nan, np.nan) if place is None else place for place in places]
        self._lats, self._lons = np.array(known, np.float64).reshape(-1, 2).T.copy()

    def near(
        self, lat: float, lon: float, radius: float
    ) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """The indexes of the places within `radius` metres of a point, not sorted by distance,
        and their distances in metres."""
        found = distances(lat, lon, self._lats, self._lons)
        rows = np.flatnonzero(found <= radius)
        return rows, found[rows]

    def within(self, box: Box) -> NDArray[np.intp]:
        """The indexes of the places in a box, its edges included."""
        west, south, east, north = box
        fits = (self._lats >= south) & (self._lats <= north)
        if west <= east:
            fits &= (self._lons >= west) & (self._lons <= east)
        else:
            fits &= (self._lons >= west) | (self._lons <= east)
        return np.flatnonzero(fits)
