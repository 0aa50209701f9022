"""Ways on foot where no streets are known: the straight distance × 1.3 at walking speed."""

from typing import Final

import numpy as np

from mobilite.geo.domain.distances import distances
from mobilite.geo.domain.walking import DETOUR, WALKING_SPEED
from mobilite.journeys.domain.footpaths import WalkingPath, straight_walks, walk_seconds
from mobilite.journeys.domain.network import JourneyNetwork
from mobilite.journeys.domain.stations.inside import street_stops
from mobilite.journeys.ports import WalkingWays
from mobilite.timetable.domain.timetable import I32

STRAIGHT: Final = f"straight × {DETOUR}"


def straight_walking(network: JourneyNetwork) -> tuple[WalkingWays, WalkingWays]:
    """The straight ways on foot and by wheelchair, which are the same."""
    ways = StraightWays(network)
    return ways, ways


class StraightWays:
    """Straight ways to the stops of a network that trips serve. Immutable."""

    distance = STRAIGHT

    def __init__(self, network: JourneyNetwork) -> None:
        self._stops = served = street_stops(network)
        self._lats, self._lons = network.stop_lat[served], network.stop_lon[served]

    def stops_near(self, lat: float, lon: float, budget: int) -> list[tuple[int, int, int]]:
        """The stops within `budget` metres: number, seconds and metres of each."""
        metres = np.ceil(distances(lat, lon, self._lats, self._lons) * DETOUR)
        near = np.flatnonzero(metres <= budget)
        walked = metres[near].astype(int)
        columns = (self._stops[near], walk_seconds(walked, WALKING_SPEED), walked)
        return list(zip(*(column.tolist() for column in columns), strict=True))

    def walks(self, longest: int) -> tuple[I32, I32, I32]:
        """All pairs of stops no further apart than that, in metres."""
        source, target, metres = straight_walks(self._lats, self._lons, longest)
        return self._stops[source], self._stops[target], metres

    def path(self, start: tuple[float, float], end: tuple[float, float]) -> WalkingPath:
        """The straight line."""
        (apart,) = distances(*start, np.array([end[0]]), np.array([end[1]])).tolist()
        metres = int(np.ceil(apart * DETOUR))
        seconds = int(np.ceil(metres / WALKING_SPEED))
        return WalkingPath(metres, seconds, ((start[1], start[0]), (end[1], end[0])))
