"""How far forecasts differ from what happens: histograms by line, and by how long ahead they are.

The error of a forecast is the instant of the call less the instant forecast, in seconds: positive
if the vehicle is later. What is counted once per call and category:

    2, 5, 10 … 60 min ahead   the prediction of the operator that long before the call
    SCHEDULED                 the timetable, where there is no prediction

Each error is counted at four levels: the line at that part of the day, the line, its feed and the
region. Counts add up, so that those of two replicas can be merged. They fade: half of the weight
is gone after two weeks, so that a new timetable or season is learned, and lines that no longer run
are forgotten.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mobilite.gtfs.domain.ids import FeedId

Counts = NDArray[np.float32]
"""[events, categories, bins], or a row of bins."""
Basis = Literal["route", "feed", "region"]
"""What errors are of: the line, all lines of its feed, or those of all feeds."""

BIN: Final = 15
"""Seconds of a bin. Its middle is a multiple, so that a forecast without an error is exact."""
EARLIEST: Final = -300
"""Errors below are counted together in the first bin."""
LATEST: Final = 1200
"""Errors above are counted together in the last bin."""
BINS: Final = (LATEST - EARLIEST) // BIN + 3
ARRIVAL: Final = 0
DEPARTURE: Final = 1
"""The events of a call."""
HORIZONS: Final = (120, 300, 600, 900, 1200, 1800, 2700, 3600)
"""Seconds ahead of the categories of predictions; one between two is of the nearer."""
SCHEDULED: Final = len(HORIZONS)
"""The category of times without a prediction."""
ABSURD: Final = 6 * 3600
"""Seconds of an error from which on it is a mistake: another day's run, or a broken clock."""
LEAST_OBSERVATIONS: Final = 40
"""Calls needed to state a probability: it is then within 8 points of the truth in two cases of
three."""
FADING: Final = 0.5 ** (1 / 14)
"""What counts are multiplied by each day."""
_FORGOTTEN: Final = 0.5
"""The weight below which a level is dropped."""
_DAY: Final = 86_400


class Line(NamedTuple):
    """The runs of a route in one direction."""

    feed_id: FeedId
    route_id: str
    """The id in its feed."""
    direction: int
    """GTFS's direction_id; -1 if it has none."""


class Level(NamedTuple):
    """What errors are counted together."""

    line: Line | None
    feed_id: FeedId | None
    """None with a line, and for the region."""
    peak: bool | None
    """The part of the day; None for all."""


class CallError(NamedTuple):
    """The error of one forecast of a call."""

    event: int
    category: int
    seconds: int


class ObservedCall(NamedTuple):
    """A call that has happened, with the errors of what was forecast."""

    line: Line
    peak: bool
    errors: tuple[CallError, ...]


class ErrorSample(NamedTuple):
    """The errors to expect, from the narrowest level with enough of them."""

    counts: Counts
    """[bins]"""
    observations: int
    """Recent calls they are of: old ones weigh less."""
    basis: Basis


REGION: Final = Level(None, None, None)


def category_of(ahead: int | None) -> int:
    """The category of a prediction that many seconds ahead; None: of a scheduled time."""
    if ahead is None:
        return SCHEDULED
    return min(range(SCHEDULED), key=lambda category: abs(HORIZONS[category] - ahead))


def bin_of(seconds: int) -> int:
    """The bin of an error."""
    index = (seconds - EARLIEST + BIN // 2) // BIN + 1
    return min(max(index, 0), BINS - 1)


@lru_cache(8192)
def levels_of(line: Line, peak: bool) -> tuple[tuple[Level, Basis], ...]:
    """The levels of a line at a part of the day, the narrowest first."""
    return (
        (Level(line, None, peak), "route"),
        (Level(line, None, None), "route"),
        (Level(None, line.feed_id, None), "feed"),
        (REGION, "region"),
    )


@dataclass(frozen=True, slots=True, eq=False)
class ForecastErrors:
    """The errors counted so far. Immutable: each change makes new arrays of what it concerns."""

    counts: Mapping[Level, Counts] = field(default_factory=dict)
    """[events, categories, bins] of each level."""
    faded_at: int = 0
    """POSIX seconds: the instant that the weights are of; 0 before the first."""

    def with_calls(self, calls: Sequence[ObservedCall], now: int) -> "ForecastErrors":
        """With these calls, at `now` (POSIX seconds)."""
        faded = self.faded(now)
        if not calls:
            return faded
        counts = {**faded.counts}
        copied: set[Level] = set()
        for call in calls:
            cells = [(each.event, each.category, bin_of(each.seconds)) for each in call.errors]
            for level, _ in levels_of(call.line, call.peak):
                if level not in copied:
                    copied.add(level)
                    known = counts.get(level)
                    counts[level] = _empty() if known is None else known.copy()
                for cell in cells:
                    counts[level][cell] += 1
        return replace(faded, counts=counts)

    def faded(self, now: int) -> "ForecastErrors":
        """With the weights of `now`: unchanged until a day has passed."""
        days = (now - self.faded_at) // _DAY
        if not self.faded_at or not self.counts:
            return replace(self, faded_at=now)
        if days <= 0:
            return self
        factor = np.float32(FADING**days)
        faded = {level: each * factor for level, each in self.counts.items()}
        heavy = {level: each for level, each in faded.items() if each.sum() >= _FORGOTTEN}
        return ForecastErrors(heavy, self.faded_at + days * _DAY)

    def merged(self, other: "ForecastErrors") -> "ForecastErrors":
        """The counts of both, of different calls."""
        now = max(self.faded_at, other.faded_at)
        counts = {**self.faded(now).counts}
        for level, each in other.faded(now).counts.items():
            counts[level] = counts[level] + each if level in counts else each
        return ForecastErrors(counts, now)

    def sample(self, line: Line, *, peak: bool, event: int, category: int) -> ErrorSample | None:
        """The errors to expect of an event; None if too few are known, even of the region."""
        for level, basis in levels_of(line, peak):
            known = self.counts.get(level)
            if known is None:
                continue
            row: Counts = known[event, category]
            observations = int(row.sum() + 1e-3)
            if observations >= LEAST_OBSERVATIONS:
                return ErrorSample(row, observations, basis)
        return None


def merge(parts: Iterable[ForecastErrors]) -> ForecastErrors:
    """The counts of all parts, of different calls."""
    result = ForecastErrors()
    for part in parts:
        result = result.merged(part)
    return result


def _empty() -> Counts:
    return np.zeros((2, SCHEDULED + 1, BINS), np.float32)
