"""The probability to catch a connection, from the errors of forecasts.

A connection is caught if the first vehicle arrives, and the way to the next one is done, before
that one leaves. Both differ from their forecasts. Their errors are taken as independent of each
other; the next vehicle is not expected to wait.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from mobilite.connections.domain.forecast_errors import (
    ARRIVAL,
    BIN,
    BINS,
    DEPARTURE,
    Basis,
    Counts,
    ErrorSample,
    ForecastErrors,
    Line,
    category_of,
)

_PEAKS: Final = ((7 * 60 + 30, 9 * 60 + 30), (16 * 60 + 30, 19 * 60 + 30))
"""Minutes of the local day, from Monday to Friday (docs/decisions/0051)."""
_WIDTH: Final[tuple[Basis, ...]] = ("route", "feed", "region")


@dataclass(frozen=True, slots=True)
class TightRules:
    """What counts as a tight connection."""

    probability: float = 0.9
    """A connection is tight if it is caught less often."""
    seconds: int = 120
    """Where the probability is unknown: it is tight if less time is left."""


TIGHT: Final = TightRules()
"""The rules where no setting changes them."""


class Forecast(NamedTuple):
    """When a vehicle is expected at a stop."""

    line: Line
    peak: bool
    """Whether at a peak hour (`is_peak`)."""
    ahead: int | None
    """Seconds from now until then; None if the time is scheduled, without a prediction."""


@dataclass(frozen=True, slots=True)
class Connection:
    """A change between two vehicles."""

    slack: int
    """Seconds left at the stop, after the way to it; negative if it is missed as things are."""
    probability: float | None
    """That it is caught; None if too little was observed."""
    observations: int
    """The calls that the probability is from: the fewer of both vehicles."""
    basis: Basis | None
    """What was observed: the wider of both vehicles."""
    tight: bool


def is_peak(instant: int, zone: ZoneInfo) -> bool:
    """Whether POSIX seconds are at a peak hour."""
    local = datetime.fromtimestamp(instant, zone)
    minute = local.hour * 60 + local.minute
    return local.weekday() < 5 and any(first <= minute < end for first, end in _PEAKS)


def assess_connection(
    errors: ForecastErrors,
    alighting: Forecast,
    boarding: Forecast,
    slack: int,
    rules: TightRules,
) -> Connection:
    """A connection with that many seconds left. `alighting`: the arrival of the first vehicle;
    `boarding`: the departure of the next one."""
    arrival = _sample(errors, alighting, ARRIVAL)
    departure = _sample(errors, boarding, DEPARTURE)
    if arrival is None or departure is None:
        return Connection(slack, None, 0, None, slack < rules.seconds)
    probability = catch_probability(arrival.counts, departure.counts, slack)
    return Connection(
        slack,
        probability,
        min(arrival.observations, departure.observations),
        max(arrival.basis, departure.basis, key=_WIDTH.index),
        probability < rules.probability,
    )


def catch_probability(arrival: Counts, departure: Counts, slack: int) -> float:
    """The probability that the error of an arrival is no more than that of a departure and
    `slack` seconds together. `arrival`, `departure`: counts by bin, not all zero.

    What is beyond the bins is never caught: arrivals later than the last, departures earlier than
    the first."""
    arrived = np.cumsum(arrival[:-1], dtype=np.float64) / arrival.sum(dtype=np.float64)
    # The last bin of arrivals that catches a departure of each bin but the first.
    latest = np.arange(1, BINS) + slack // BIN
    caught = np.where(latest >= 0, arrived[np.clip(latest, 0, BINS - 2)], 0.0)
    total = float(caught @ departure[1:]) / float(departure.sum(dtype=np.float64))
    return min(max(total, 0.0), 1.0)


def _sample(errors: ForecastErrors, forecast: Forecast, event: int) -> ErrorSample | None:
    category = category_of(forecast.ahead)
    return errors.sample(forecast.line, peak=forecast.peak, event=event, category=category)
