"""Returns freed memory to the system. glibc retains what large bodies occupied: its heaps shrink
only from their end, and the size from which it maps memory apart grows with each large body.

https://man7.org/linux/man-pages/man3/malloc_trim.3.html
"""

import ctypes
from collections.abc import Callable


def memory_release() -> Callable[[], None]:
    """A function that returns freed memory to the system; without glibc it does nothing."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is None:
        return _nothing

    def release() -> None:
        trim(ctypes.c_size_t(0))

    return release


def _nothing() -> None:
    """Other C libraries return memory themselves."""
