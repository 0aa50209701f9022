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
