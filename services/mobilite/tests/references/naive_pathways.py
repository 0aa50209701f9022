"""The shortest ways along rows of pathways.txt, by trying every way without a repeated place."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]


def naive_seconds(
    rows: Sequence[Row], start: str, end: str, accepts: Callable[[int], bool]
) -> int | None:
    """The seconds of the shortest way; None if there is none. `accepts`: by the index of a row."""
    best: int | None = None

    def go(place: str, seconds: int, passed: frozenset[str]) -> None:
        nonlocal best
        if place == end:
            best = seconds if best is None else min(best, seconds)
            return
        for index, row in enumerate(rows):
            if not accepts(index):
                continue
            ends = [(row["from"], row["to"])]
            if row["both"] and row["mode"] != 7:
                ends.append((row["to"], row["from"]))
            for one, other in ends:
                if one == place and other not in passed:
                    go(other, seconds + row["seconds"], passed | {other})

    go(start, 0, frozenset({start}))
    return best
