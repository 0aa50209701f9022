"""One timer for all exchanges that last longer than 0.1 s.

Nearly every exchange is over before any of its time limits; a timer of the event loop for each
would cost more than checking the quota.
"""

import asyncio
from collections.abc import Callable
from typing import Final

_INTERVAL: Final = 0.1  # seconds


class CoarseTimer:
    """Calls an added function once, 0.1 to 0.2 s later, unless it is removed before."""

    def __init__(self) -> None:
        self._new: dict[object, Callable[[], None]] = {}
        self._old: dict[object, Callable[[], None]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def add(self, key: object, call: Callable[[], None]) -> None:
        self._new[key] = call
        if self._timer is None:
            self._start()

    def remove(self, key: object) -> None:
        if self._new.pop(key, None) is None:
            self._old.pop(key, None)

    def _start(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(_INTERVAL, self._fire)

    def _fire(self) -> None:
        due, self._old, self._new = self._old, self._new, {}
        self._timer = None
        if self._old:
            self._start()
        for call in due.values():
            call()
