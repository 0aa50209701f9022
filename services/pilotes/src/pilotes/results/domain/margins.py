"""How far a guardrail is from its bound."""

from dataclasses import dataclass

from pilotes.record.domain.protocol import Indicator
from pilotes.results.domain.contrasts import Contrast


@dataclass(frozen=True, slots=True)
class Margin:
    """The distance to the bound, in the unit of the difference: below 0, the bound is passed."""

    estimate: float
    """Of the estimated difference."""
    worst: float
    """Of the worst end of the interval: from 0 up, the guardrail is held."""


def margin_of(indicator: Indicator, found: Contrast) -> Margin | None:
    """The margin of one arm; None without a bound or an interval."""
    if indicator.bound is None or found.low is None or found.high is None:
        return None
    estimate = found.low if found.estimate is None else found.estimate
    if indicator.direction == "up":
        return Margin(estimate - indicator.bound, found.low - indicator.bound)
    return Margin(indicator.bound - estimate, indicator.bound - found.high)
