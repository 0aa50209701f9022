"""What a route day has besides its sums: its span, its headways, its stops."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mobilite.supply.domain.headways import Headways, measure_headways
from mobilite.supply.domain.offered_trips import OfferedTrips
from mobilite.supply.domain.route_days import NETWORK, RouteDay

MeasuredAlong = Literal["shapes", "straight_lines", "both"]
_NONE = Headways(0, None, None, None)


@dataclass(frozen=True, slots=True)
class DaySpan:
    """The span of a route day. Times are seconds of the service day."""

    first_departure: int | None
    """Of the first trip, from its first stop; None without trips, as all times."""
    last_departure: int | None
    """Of the last trip, from its first stop."""
    last_arrival: int | None
    """Of any trip, at its last stop."""
    headways: Headways
    """Of a network: none."""
    stops: int
    """Stops and stations served."""
    routes: int
    """Routes with a trip."""
    measured_along: MeasuredAlong | None
    """What the kilometres are measured along; None without trips."""


def describe_day(day: RouteDay, trips: OfferedTrips, straight: NDArray[np.bool_]) -> DaySpan:
    """The span of a route day. `straight`: for each path, whether it was measured on straight lines
    between stops."""
    rows = day.trips
    if not len(rows):
        return DaySpan(None, None, None, _NONE, 0, 0, None)
    starts, paths = trips.start[rows], np.unique(trips.path[rows])
    return DaySpan(
        int(starts.min()),
        int(starts.max()),
        int(trips.end[rows].max()),
        _NONE if day.route == NETWORK else measure_headways(starts, trips.direction[rows]),
        len(np.unique(np.concatenate([trips.paths[path].served for path in paths.tolist()]))),
        len(np.unique(trips.route[rows])),
        _measured_along(straight[paths].tolist()),
    )


def _measured_along(straight: Sequence[bool]) -> MeasuredAlong:
    if all(straight):
        return "straight_lines"
    return "both" if any(straight) else "shapes"
