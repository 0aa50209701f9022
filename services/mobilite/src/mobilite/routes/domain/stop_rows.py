"""One list of stops for the patterns of a route, such that each pattern goes down the list."""

from collections.abc import Sequence
from typing import NamedTuple


class StopRows(NamedTuple):
    """The rows of a route's plan or timetable."""

    stops: tuple[int, ...]
    """The stop of each row; a stop can have several."""
    patterns: tuple[tuple[int, ...], ...]
    """For each pattern, the rows of its stops, ascending."""


def merge_patterns(patterns: Sequence[Sequence[int]]) -> StopRows:
    """The rows of these patterns (stops in order of the journey), the most important one first.

    A stop that only a later pattern has comes after the one before it there.
    """
    rows: list[int] = []
    stop_of: list[int] = []
    numbers: list[list[int]] = []
    for pattern in patterns:
        row, own = 0, list[int]()
        for stop in pattern:
            found = next((at for at in range(row, len(rows)) if stop_of[rows[at]] == stop), None)
            if found is None:
                stop_of.append(stop)
                rows.insert(row, len(stop_of) - 1)
                found = row
            own.append(rows[found])
            row = found + 1
        numbers.append(own)
    row_of = {number: row for row, number in enumerate(rows)}
    return StopRows(
        tuple(stop_of[number] for number in rows),
        tuple(tuple(row_of[number] for number in own) for own in numbers),
    )
