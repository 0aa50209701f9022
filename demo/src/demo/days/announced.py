"""The times of a run that an operator publishes at an instant: observed ones, and predictions.

A prediction gets better as the vehicle comes nearer, so that boards change as they do in reality.
"""

from dataclasses import dataclass
from random import Random

from demo.days.drive import Times
from demo.days.truth import USUAL_NOTICE, TrueRun


@dataclass(frozen=True, slots=True)
class Predicted:
    """The published times of a run."""

    first: int
    """The first position of the run that has a time."""
    times: Times
    """Seconds of the run's day, from that position on, strictly increasing."""


def announced(run: TrueRun, now: float, rng: Random) -> Predicted:
    """The times published at `now`, in seconds of the run's day. `rng`: for the errors of the
    predictions.

    Stops already served stay published until their scheduled time: otherwise a consumer would show
    the scheduled time again.
    """
    planned, driven = run.planned, run.driven
    left = sum(1 for at in driven.departures if at <= now)
    ahead = next(
        (i for i, at in enumerate(planned.departures) if at >= now), len(planned.departures) - 1
    )
    first = min(max(left - 1, 0), ahead)
    observed = _observed(run, left, now)
    ahead_by = round(min(0.0, observed))  # how early it is, as a negative number; else 0
    arrivals, departures = list(driven.arrivals[first:left]), list(driven.departures[first:left])
    before, drift = departures[-1] if departures else -(10**9), 0.0  # without one: long ago
    for index in range(left, len(planned.arrivals)):
        # The weight of the true time; the rest is an extrapolation of the observed delay.
        known = 1.0 / (1.0 + 0.35 * (index - left + 1))
        drift += rng.gauss(0.0, 3.0)
        there = index == left and driven.arrivals[index] <= now  # the vehicle is at this stop
        times = [
            true
            if there and which == 0
            else round(plan + known * (true - plan) + (1 - known) * observed + drift)
            for which, (true, plan) in enumerate(
                (
                    (driven.arrivals[index], planned.arrivals[index]),
                    (driven.departures[index], planned.departures[index]),
                )
            )
        ]
        arrival = times[0] if there else max(times[0], int(now) + 1, before + 1)
        # A vehicle that waits for its time is never published as early.
        departure = max(times[1], arrival, int(now) + 1, planned.departures[index] + ahead_by)
        arrivals.append(arrival)
        departures.append(departure)
        before = departure
    return Predicted(first, Times(tuple(arrivals), tuple(departures)))


def _observed(run: TrueRun, left: int, now: float) -> float:
    """The delay in seconds that the operator knows: at the last served stop, or before the start.
    `left`: number of stops that the vehicle has left."""
    if left:
        return run.driven.departures[left - 1] - run.planned.departures[left - 1]
    waiting = max(0.0, now - run.planned.departures[0])
    if run.foresight > USUAL_NOTICE:
        expected = (run.driven.departures[0] - run.planned.departures[0]) // 60 * 60
        return max(waiting, expected)
    return waiting
