"""How long work takes in this process, and the memory that it has."""

import resource
from collections.abc import Callable
from pathlib import Path
from time import perf_counter


def seconds_of(work: Callable[[], object]) -> float:
    """Wall-clock seconds of one call."""
    start = perf_counter()
    work()
    return perf_counter() - start


def resident_megabytes() -> float:
    """The resident memory of this process (proc(5), statm)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20
