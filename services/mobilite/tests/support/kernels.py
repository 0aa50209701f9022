"""Compiled kernels: one worker of a run compiles them, the others read its machine code."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path


def compile_once(warm_up: Callable[[], None]) -> None:
    """Compile, or read from the cache of kernels; never in two workers at once, since each would
    compile everything."""
    folder = Path(os.environ["NUMBA_CACHE_DIR"])
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{warm_up.__module__}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        warm_up()


def compile_searches() -> None:
    """Compile all that programs of the service compile when they start: several start together."""
    from mobilite.journeys.domain.warm_up import warm_up as warm_up_journeys
    from mobilite.streets.domain.warm_up import warm_up as warm_up_streets

    compile_once(warm_up_journeys)
    compile_once(warm_up_streets)
