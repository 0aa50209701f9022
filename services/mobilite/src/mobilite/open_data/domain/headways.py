"""Converts the runs of a frequency-based trip back to rows of frequencies.txt.

https://gtfs.org/documentation/schedule/reference/#frequenciestxt
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

LONE_HEADWAY = 3600
"""The headway in seconds of a trip with a single run."""


@dataclass(frozen=True, slots=True)
class Headway:
    """Runs at `start`, every `headway` seconds, before `end`: seconds of the service day."""

    start: int
    end: int
    headway: int
    exact_times: int


def headways(starts: Sequence[int], exact_times: Sequence[int]) -> Iterator[Headway]:
    """Rows that give exactly these runs (ascending starts, each with its exact_times), without
    overlap."""
    first, before = 0, LONE_HEADWAY
    while first < len(starts):
        last, headway = first, before
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
        first, before = last + 1, headway
