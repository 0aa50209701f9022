"""Delays ahead from the delay now, learned from the runs that were observed.

What a timetable and a vehicle's place alone give is the last delay: late by three minutes here,
late by three minutes there. A line makes up for some of it, and loses more at certain hours. So the
delay at a call is estimated as

    delay ahead = delay now + gain + slope × delay now

with a gain and a slope for each line, direction, part of the day and time ahead. Both are least
squares, drawn to those of the complete feed where a line has few observations, and to zero where
the feed has few: without observations the estimate is the last delay.

Each observation is first estimated, then learned (prequential evaluation), so that the errors of
both estimates are known, of the same calls. Only where the learned one is better is it published.
"""

from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mobilite.connections.domain.forecast_errors import Line

HORIZONS: Final = (0, 120, 300, 600, 900, 1200, 1800, 2700)
"""Seconds ahead, by the timetable, at which a category begins; the last one ends at an hour."""
FARTHEST: Final = 3600
"""Seconds ahead from which on nothing is estimated."""
LEAST_OBSERVATIONS: Final = 200
"""Observations of a category, of all lines of a feed, before it is published."""
CLEARLY: Final = 0.95
"""The share of the last delay's error below which the learned estimate is better, not by chance."""
ABSURD: Final = 3600
"""Seconds of delay from which on an observation is another run's, or a clock's, and left out."""
_FADING: Final = 0.999
"""What the weights of a line are multiplied by at each new observation: a thousand count."""
_ERROR_FADING: Final = 0.9995
"""The same for the errors of a feed: two thousand count."""
_GAIN_PRIOR: Final = 20.0
"""Observations that a gain of zero, or of the feed, counts for."""
_SLOPE_PRIOR: Final = 20.0 * 120.0**2
"""Seconds² that a slope of zero, or of the feed, counts for: twenty observations late by 2 min."""

Sums = NDArray[np.float64]
"""[categories, 5]: the weight, Σ now, Σ change, Σ now², Σ now × change."""


class Errors(NamedTuple):
    """The absolute errors of a category, faded."""

    observations: float
    last_delay: float
    """Mean, in seconds, of the estimate by the last delay."""
    learned: float
    """Mean, in seconds, of the learned estimate."""


@dataclass(slots=True)
class DelayModel:
    """What is learned of one feed. `observe` changes it."""

    sums: dict[tuple[Line, bool] | None, Sums] = field(default_factory=dict)
    """By line and whether at a peak hour; None: the complete feed."""
    errors: Sums = field(default_factory=lambda: np.zeros((len(HORIZONS), 3)))
    """[categories, 3]: the weight, Σ |error| of the last delay, of the learned estimate."""

    def estimate(self, line: Line, *, peak: bool, ahead: int, delay: int) -> int:
        """The delay (seconds) at a call `ahead` seconds from here, of a vehicle late by `delay`."""
        category = category_of(ahead)
        gain, slope = self._fitted(category, None, (0.0, 0.0))
        gain, slope = self._fitted(category, (line, peak), (gain, slope))
        # No line makes up for more than all of it, nor doubles it.
        return round(delay + gain + min(max(slope, -1.0), 1.0) * delay)

    def observe(self, line: Line, *, peak: bool, ahead: int, delay: int, then: int) -> None:
        """Learn that a vehicle late by `delay` was late by `then` at a call `ahead` seconds from
        there."""
        if max(abs(delay), abs(then)) >= ABSURD:
            return
        category = category_of(ahead)
        learned = self.estimate(line, peak=peak, ahead=ahead, delay=delay)
        self.errors[category] *= _ERROR_FADING
        self.errors[category] += 1, abs(then - delay), abs(then - learned)
        change = then - delay
        for level in ((line, peak), None):
            known = self.sums.setdefault(level, np.zeros((len(HORIZONS), 5)))
            known[category] *= _FADING if level else _ERROR_FADING
            known[category] += 1, delay, change, delay * delay, delay * change

    def error(self, category: int) -> Errors:
        """The errors of a category so far."""
        weight, last_delay, learned = self.errors[category].tolist()
        return Errors(weight, *(each / max(weight, 1e-9) for each in (last_delay, learned)))

    def is_better(self, ahead: int) -> bool:
        """Whether the learned estimate is better than the last delay, so far ahead."""
        if ahead > FARTHEST:
            return False
        error = self.error(category_of(ahead))
        return (
            error.observations >= LEAST_OBSERVATIONS and error.learned < CLEARLY * error.last_delay
        )

    def _fitted(
        self, category: int, level: "tuple[Line, bool] | None", prior: tuple[float, float]
    ) -> tuple[float, float]:
        """Gain and slope of a level: least squares of what its changes differ from the prior, whose
        weights draw the difference to zero."""
        known = self.sums.get(level)
        if known is None:
            return prior
        weight, now, change, now_2, now_change = known[category].tolist()
        gain, slope = prior
        rest, rest_now = (
            change - gain * weight - slope * now,
            now_change - gain * now - slope * now_2,
        )
        a, b, d = weight + _GAIN_PRIOR, now, now_2 + _SLOPE_PRIOR
        determinant = a * d - b * b
        return (
            gain + (d * rest - b * rest_now) / determinant,
            slope + (a * rest_now - b * rest) / determinant,
        )


def category_of(ahead: int) -> int:
    """The category of a time ahead, in seconds."""
    return max(int(np.searchsorted(HORIZONS, ahead, "right")) - 1, 0)
