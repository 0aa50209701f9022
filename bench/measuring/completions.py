"""The row of a benchmark of completions: how long searches of texts take."""

from collections.abc import Callable, Sequence
from functools import partial

from bench.measuring.report import Cell, percentile
from bench.measuring.timing import seconds_of


def completion_row(
    case: str, texts: Sequence[str], search: Callable[[str], Sequence[object]]
) -> dict[str, Cell]:
    """The times of a search of each text, and for how many of the first 100 something is found."""
    measured = [seconds_of(partial(search, text)) for text in texts]
    found = sum(bool(search(text)) for text in texts[:100])
    return {
        "query": case,
        "searches": len(measured),
        "p50 ms": percentile(measured, 0.5) * 1000,
        "p95 ms": percentile(measured, 0.95) * 1000,
        "p99 ms": percentile(measured, 0.99) * 1000,
        "with a result %": float(found),
    }
