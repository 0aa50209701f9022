"""What an operator announces of a run at an instant: what was observed, and a guess of the rest.

The guess gets better as the vehicle comes nearer: predictions move on screen as they do in life.
"""

from dataclasses import dataclass
from random import Random

from demo.days.drive import Times
from demo.days.truth import USUAL_NOTICE, TrueRun


@dataclass(frozen=True, slots=True)
class Predicted:
    """The published times of a run, from the position `first` on, strictly increasing."""

    first: int
    times: Times


def announced(run: TrueRun, now: float, rng: Random) -> Predicted:
    """The times published at `now`, in seconds of the run's day.

    Stops already served stay published while their scheduled time lies ahead: a consumer
    would go back to the schedule otherwise.
    """
    planned, driven = run.planned, run.driven
    left = sum(1 for at in driven.departures if at <= now)
    ahead = next(
        (i for i, at in enumerate(planned.departures) if at >= now), len(planned.departures) - 1
    )
    first = min(max(left - 1, 0), ahead)
    observed = _observed(run, left, now)
    ahead_by = round(min(0.0, observed))
    arrivals, departures = list(driven.arrivals[first:left]), list(driven.departures[first:left])
    before, drift = departures[-1] if departures else -(10**9), 0.0
    for index in range(left, len(planned.arrivals)):
        known = 1.0 / (1.0 + 0.35 * (index - left + 1))
        drift += rng.gauss(0.0, 3.0)
        there = index == left and driven.arrivals[index] <= now
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
    """The delay the operator knows of: at the last stop left, or of a vehicle still to start."""
    if left:
        return run.driven.departures[left - 1] - run.planned.departures[left - 1]
    waiting = max(0.0, now - run.planned.departures[0])
    if run.foresight > USUAL_NOTICE:
        expected = (run.driven.departures[0] - run.planned.departures[0]) // 60 * 60
        return max(waiting, expected)
    return waiting
