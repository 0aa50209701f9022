"""Converts the runs of a frequency-based trip back to rows of frequencies.txt.

https://gtfs.org/documentation/schedule/reference/#frequenciestxt
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

LONE_HEADWAY = 3600
"""The headway in seconds of a first row with a single run; a later row with one run has that of the
row before."""


@dataclass(frozen=True, slots=True)
class Headway:
    """One row of frequencies.txt: a run at `start` and then every `headway` seconds, before
    `end`."""

    start: int
    """Seconds of the service day."""
    end: int
    """Seconds of the service day, exclusive."""
    headway: int
    """Seconds."""
    exact_times: int
    """0 or 1."""


def headways(starts: Sequence[int], exact_times: Sequence[int]) -> Iterator[Headway]:
    """Rows without overlap that give exactly the runs of a trip. `starts`: of its runs, ascending,
    in seconds of the service day; `exact_times`: of each run."""
    first, previous_headway = 0, LONE_HEADWAY
    while first < len(starts):
        last, headway = first, previous_headway
        if first + 1 < len(starts) and exact_times[first + 1] == exact_times[first]:
            headway = starts[first + 1] - starts[first]
        while (
            last + 1 < len(starts)
            and starts[last + 1] - starts[last] == headway
            and exact_times[last + 1] == exact_times[first]
        ):
            last += 1
        end = starts[last] + headway
        if last + 1 < len(starts):
            end = min(end, starts[last + 1])
        yield Headway(starts[first], end, headway, exact_times[first])
        first, previous_headway = last + 1, headway
