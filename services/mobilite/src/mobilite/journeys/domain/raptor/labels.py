"""What a search knows so far, by stop and number of rides. Written by the kernels only.

`reached` is when a ride ends at a stop; `ready` is when the next one can be boarded there, after a
change. Ways on foot start from `reached`, never from `ready`: two of them never follow each other.
Both hold the best with at most that many rides. The parents are those of exactly that many.

A single departure is searched in the order of rides, so the best so far is the best with at most
that many: it has one *column* of times for all numbers of rides, a window one for each.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mobilite.journeys.domain.compiled import borrowing, inlined
from mobilite.journeys.domain.view import View
from mobilite.timetable.domain.timetable import I32, Bool

NEVER: Final = 2**31 - 1
"""The clock time of what is not reached."""
RUN, BEFORE = range(2)
"""The columns of `Labels.ridden`."""


class Labels(NamedTuple):
    """Arrays by stop; `most` is the most rides. Times are clock times (`view.py`)."""

    times: I32
    """[stops, 2 * columns]: `reached` with 1, 2… rides, then `ready` after 0, 1… rides: all of a
    stop side by side, as they are read together."""
    ride: I32
    """[most, stops, 4]: the ride that reaches the stop, in the columns SLOT to LEAVE."""
    way: I32
    """[most, stops, 2]: the way on foot that makes the stop ready after 0, 1… rides: the stop it
    comes from, and its row in the ways of the view."""
    ridden: I32
    """[entries of the lanes, columns, 2]: the earliest run that was ridden from there on with at
    most that many rides, in the columns RUN (its number in the lane in the order of the search) and
    BEFORE (when the run before it leaves there); `NEVER` for none. Who boards there later than
    BEFORE reaches no stop better: runs of a lane stay in order."""
    best: I32
    """[most + 1]: the best time at the destination with at most that many rides."""
    best_stop: I32
    """[most + 1]: the last stop of the journey with exactly that many rides that this departure
    found; -1 for none."""
    egress: I32
    """[stops]: seconds from the stop to the destination; -1 if it is none."""
    bounds: I32
    """[stops, 4]: the least seconds and rides from the stop to the destination (`bounds.py`), or
    `UNBOUNDED`."""
    boarding: I32
    """[entries of the lanes]: when the next round can board there; `NEVER` if it does not."""
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


class _Cached:
    """The arrays of a search that ended, which another one writes again. To get as much memory from
    the system, page by page, takes longer than many a search."""

    def __init__(self) -> None:
        self._arrays: dict[str, I32] = {}
        self._labels: Labels | None = None
        self._shape: tuple[int, ...] = ()

    def labels(self, *shape: int) -> Labels:
        """Labels of so many lanes, entries, rides, stops and columns."""
        if self._labels is None or self._shape != shape:
            self._shape, self._labels = shape, self._shaped(*shape)
        return self._labels

    def _shaped(self, lanes: int, entries: int, most: int, stops: int, columns: int) -> Labels:
        """Labels without what each search has of its own."""
        take, none = self._take, np.empty(0, np.int32)
        return Labels(
            times=take("times", stops, 2 * columns),
            ride=take("ride", most, stops, 4),
            way=take("way", most, stops, 2),
            ridden=take("ridden", entries, columns, 2),
            best=none,
            best_stop=none,
            egress=none,
            bounds=none,
            boarding=take("boarding", entries),
            lane_from=take("lane_from", lanes),
            lane_until=take("lane_until", lanes),
            lanes=take("lanes", lanes),
            stops=take("stops", stops),
            targets=take("targets", stops),
            # A search leaves none of them listed.
            is_listed=np.zeros((stops, 2), np.bool_),
        )

    def _take(self, name: str, *shape: int) -> I32:
        """The array of that name, with whatever it holds."""
        size = prod(shape)
        known = self._arrays.get(name)
        if known is None or len(known) < size:
            known = self._arrays[name] = np.empty(size, np.int32)
        return known[:size].reshape(shape)


_FREE: Final = list[_Cached]()
"""As many as there were searches at once, in whatever threads. Its methods are atomic."""


@contextmanager
def labels_of(
    view: View, most: int, egress: I32, bounds: I32, latest: int, *, columns: int
) -> Iterator[Labels]:
    """Labels for a search, which the search clears. They are its own until it ends; those of one
    that raises are not used again.

    `latest`: clock time at which the search gives up; `columns`: `most`, or 1 for one departure."""
    try:
        cached = _FREE.pop()
    except IndexError:
        cached = _Cached()
    labels = cached.labels(len(view.first), len(view.stop), most, len(egress), columns)
    best, best_stop = np.full(most + 1, latest, np.int32), np.full(most + 1, -1, np.int32)
    yield labels._replace(best=best, best_stop=best_stop, egress=egress, bounds=bounds)
    _FREE.append(cached)


@borrowing
def clear(labels: Labels) -> None:
    """Forget what the last search with these arrays found."""
    times, ridden, boarding = labels.times, labels.ridden, labels.boarding
    columns = ridden.shape[1]
    lane_from, lane_until = labels.lane_from, labels.lane_until
    for stop in range(len(times)):
        for column in range(2 * columns):
            times[stop, column] = NEVER
    for lane in range(len(lane_from)):
        lane_from[lane], lane_until[lane] = NEVER, -1
    for entry in range(len(boarding)):
        boarding[entry] = NEVER
        for column in range(columns):
            ridden[entry, column, RUN] = ridden[entry, column, BEFORE] = NEVER


@inlined
def column_of(rides: int, columns: int) -> int:
    """The column of `reached` with so many rides, one or more."""
    return min(rides, columns) - 1


Found = NDArray[np.int32]
"""[journeys, most, FIELDS]: the rides of each journey, in the order of the search."""
SLOT, LANE, ENTER, LEAVE, WAY = range(5)
"""The columns: slot, lane, positions of boarding and alighting in the order of the search, and the
row of the way on foot before the ride (-1 before the first)."""
FIELDS: Final = 5
