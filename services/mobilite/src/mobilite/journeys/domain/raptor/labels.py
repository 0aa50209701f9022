"""What a search knows so far, by stop and number of rides. Written by the kernels only.

`reached` is when a ride ends at a stop; `ready` is when the next one can be boarded there, after a
change. Ways on foot start from `reached`, never from `ready`: two of them never follow each other.
Both hold the best with at most that many rides. The parents are those of exactly that many.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mobilite.timetable.domain.timetable import I32, Bool

NEVER: Final = 2**31 - 1
"""The clock time of what is not reached."""


class Labels(NamedTuple):
    """Arrays by stop; `most` is the most rides. Times are clock times (`view.py`)."""

    times: I32
    """[stops, 2 * most]: `reached` with 1, 2… rides, then `ready` after 0, 1… rides: all of a
    stop side by side, as they are read together."""
    ride: I32
    """[stops, most, 4]: the ride that reaches the stop, in the columns SLOT to LEAVE."""
    way: I32
    """[stops, most, 2]: the way on foot that makes the stop ready after 0, 1… rides: the stop it
    comes from, and its row in the ways of the view."""
    best: I32
    """[most + 1]: the best time at the destination with at most that many rides."""
    best_stop: I32
    """[most + 1]: the last stop of the journey with exactly that many rides that this departure
    found; -1 for none."""
    egress: I32
    """[stops]: seconds from the stop to the destination; -1 if it is none."""
    bounds: I32
    """[stops, 4]: the least seconds and rides from the stop to the destination (`bounds.py`)."""
    lane_from: I32
    """[lanes]: the first position at which the next round boards a lane; `NEVER` if it does not."""
    lane_until: I32
    """[lanes]: the last such position; -1 if it does not."""
    lanes: I32
    """[lanes]: the lanes of the next round, in the order of their discovery."""
    stops: I32
    """[stops]: the stops that this round reached better."""
    targets: I32
    """[stops]: the stops at which the next round can board earlier."""
    is_listed: Bool
    """[stops, 2]: whether a stop is in `stops`, and in `targets`."""


def new_labels(lanes: int, most: int, egress: I32, bounds: I32, latest: int) -> Labels:
    """Labels of a search that has found nothing. `latest`: clock time at which it gives up."""
    stops = len(egress)
    return Labels(
        times=np.full((stops, 2 * most), NEVER, np.int32),
        ride=np.empty((stops, most, 4), np.int32),
        way=np.empty((stops, most, 2), np.int32),
        best=np.full(most + 1, latest, np.int32),
        best_stop=np.full(most + 1, -1, np.int32),
        egress=egress,
        bounds=bounds,
        lane_from=np.full(lanes, NEVER, np.int32),
        lane_until=np.full(lanes, -1, np.int32),
        lanes=np.empty(lanes, np.int32),
        stops=np.empty(stops, np.int32),
        targets=np.empty(stops, np.int32),
        is_listed=np.zeros((stops, 2), np.bool_),
    )


Found = NDArray[np.int32]
"""[journeys, most, FIELDS]: the rides of each journey, in the order of the search."""
SLOT, LANE, ENTER, LEAVE, WAY = range(5)
"""The columns: slot, lane, positions of boarding and alighting in the order of the search, and the
row of the way on foot before the ride (-1 before the first)."""
FIELDS: Final = 5
