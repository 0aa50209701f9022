"""The decorator of functions that Numba compiles.

A compiled function is pure: numbers, arrays and named tuples of arrays go in, arrays and numbers
come out. It releases the interpreter's lock. Its machine code is cached in the folder of the
variable NUMBA_CACHE_DIR, which Numba reads when it is imported; without it, next to the source.
Where no such folder can be written, every process compiles for itself (`warm_up.py`).
https://numba.readthedocs.io/en/stable/developer/caching.html
"""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from numba import njit

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")


def compiled(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """The function, compiled at its first call for the types of its arguments."""
    try:
        result: Callable[_Parameters, _Result] = njit(cache=True, nogil=True)(function)
    except RuntimeError:
        # Numba has found no folder to write to.
        result = njit(nogil=True)(function)
    return result


def borrowing(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """The function, compiled without counting references to arrays, which takes a quarter of the
    time of loops that read many. It makes no array, returns none, and compiled functions alone call
    it."""
    # numba/core/options.py; the published types leave it out.
    options: dict[str, Any] = {"nogil": True, "_nrt": False}
    try:
        result: Callable[_Parameters, _Result] = njit(cache=True, **options)(function)
    except RuntimeError:
        result = njit(**options)(function)
    return result


def inlined(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
    """The function, compiled into each compiled function that calls it. For loops inside loops:
    there, handing over a dozen arrays costs more than the work."""
    result: Callable[_Parameters, _Result] = njit(inline="always")(function)
    return result
