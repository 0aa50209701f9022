"""Departures and running times: seconds since the service day began."""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise

from demo.network.geography import Point, distance


def seconds_of(clock: str) -> int:
    """The seconds of a time as `"25:10"`."""
    hours, minutes = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60


def bands(text: str) -> Iterator[tuple[int, int, int]]:
    """Each band of a text as `"06:00-09:00/30 09:00-19:00/60"` (headway in minutes): its start, its
    end (excluded) and its headway, in seconds."""
    for word in text.split():
        span, _, headway = word.partition("/")
        first, _, until = span.partition("-")
        yield seconds_of(first), seconds_of(until), int(headway) * 60


@cache
def departures(text: str) -> tuple[int, ...]:
    """The departures of a text of bands and times as `"06:00-09:00/30 12:15"`, in order."""
    result: list[int] = []
    for word in text.split():
        if "-" in word:
            for first, until, headway in bands(word):
                result += range(first, until, headway)
        else:
            result.append(seconds_of(word))
    return tuple(sorted(set(result)))


def running_times(
    points: Sequence[Point], seconds: int, *, dwell: int, step: int
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Arrivals and departures at the stops of a pattern, in seconds since the first departure.

    `points`: the stops. `seconds`: from the first to the last, divided in proportion to distances.
    `dwell`: seconds at each stop in between. `step`: arrivals are multiples of so many seconds, at
    least one of them after the departure before; `seconds` can be exceeded for that.
    """
    legs = [distance(one, other) for one, other in pairwise(points)]
    rolling = seconds - dwell * (len(legs) - 1)
    total, done = sum(legs), 0.0
    arrivals, leaves = [0], [0]
    for index, leg in enumerate(legs):
        done += leg
        at = round((rolling * done / total + dwell * index) / step) * step
        arrivals.append(max(at, leaves[-1] + step))
        leaves.append(arrivals[-1] + dwell)
    leaves[-1] = arrivals[-1]
    return tuple(arrivals), tuple(leaves)
