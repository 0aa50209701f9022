"""Headways of a route on a day: the time between departures from the first stop of its trips.

Departures are compared within a direction. Where the feed gives none, those that leave from the
same stop are compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mobilite.supply.domain.day_types import DAYTIME, PEAKS, Window


@dataclass(frozen=True, slots=True)
class Headways:
    """The headways of one route on one day. None: fewer than two departures in the window."""

    count: int
    """How many there are in the daytime."""
    mean: float | None
    """Seconds, in the daytime."""
    median: float | None
    """Seconds, in the daytime."""
    peak: float | None
    """Mean in seconds, in both peaks together."""


def measure_headways(starts: NDArray[np.int32], directions: NDArray[np.int64]) -> Headways:
    """The headways of the departures `starts` (seconds of the service day). `directions`: a number
    for each departure; those with the same one are compared."""
    order = np.lexsort((starts, directions))
    sorted_starts, sorted_directions = starts[order].astype(np.int64), directions[order]
    daytime = _within(sorted_starts, sorted_directions, [DAYTIME])
    peak = _within(sorted_starts, sorted_directions, PEAKS)
    return Headways(
        len(daytime),
        float(daytime.mean()) if len(daytime) else None,
        float(np.median(daytime)) if len(daytime) else None,
        float(peak.mean()) if len(peak) else None,
    )


def _within(
    starts: NDArray[np.int64], directions: NDArray[np.int64], windows: Sequence[Window]
) -> NDArray[np.int64]:
    """The headways between neighbours that leave in the same window."""
    same = directions[1:] == directions[:-1]
    gaps = [np.zeros(0, np.int64)]
    for first, last in windows:
        inside = (starts >= first) & (starts <= last)
        gaps.append(np.diff(starts)[same & inside[1:] & inside[:-1]])
    return np.concatenate(gaps)
