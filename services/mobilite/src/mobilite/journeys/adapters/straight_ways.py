"""Ways on foot where no streets are known: the straight distance × 1.3 at walking speed."""

from typing import Final

import numpy as np

from mobilite.geo.domain.distances import distances
from mobilite.journeys.domain.footpaths import DETOUR, WALKING_SPEED
from mobilite.journeys.domain.network import JourneyNetwork
from mobilite.journeys.ports import WalkingPath

STRAIGHT: Final = f"straight × {DETOUR}"


class StraightWays:
    """Straight ways to the stops of a network that trips serve. Immutable."""

    distance = STRAIGHT

    def __init__(self, network: JourneyNetwork) -> None:
        served = np.unique(network.pattern_stop).astype(np.int32)
        self._stops = served
        self._lats, self._lons = network.stop_lat[served], network.stop_lon[served]

    def stops_near(self, lat: float, lon: float, budget: int) -> list[tuple[int, int, int]]:
        """The stops within `budget` metres: number, seconds and metres of each."""
        metres = np.ceil(distances(lat, lon, self._lats, self._lons) * DETOUR)
        near = np.flatnonzero(metres <= budget)
        seconds = np.ceil(metres[near] / WALKING_SPEED)
        columns = (self._stops[near], seconds.astype(int), metres[near].astype(int))
        return list(zip(*(column.tolist() for column in columns), strict=True))

    def path(self, start: tuple[float, float], end: tuple[float, float]) -> WalkingPath:
        """The straight line."""
        (apart,) = distances(*start, np.array([end[0]]), np.array([end[1]])).tolist()
        metres = int(np.ceil(apart * DETOUR))
        seconds = int(np.ceil(metres / WALKING_SPEED))
        return WalkingPath(metres, seconds, ((start[1], start[0]), (end[1], end[0])))
