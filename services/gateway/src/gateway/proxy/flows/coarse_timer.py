"""Exchanges that are still going on after a moment: one timer for all of them.

Nearly every exchange is over before any of its limits matters. A timer of its own for each limit
costs it more than the judging of its plan.
"""

import asyncio
from collections.abc import Callable
from typing import Final

_SECONDS: Final = 0.1


class CoarseTimer:
    """Whoever is added and does not leave is called once, one to two tenths of a second later."""

    def __init__(self) -> None:
        self._new: dict[object, Callable[[], None]] = {}
        self._old: dict[object, Callable[[], None]] = {}
        self._timer: asyncio.TimerHandle | None = None

    def add(self, who: object, call: Callable[[], None]) -> None:
        self._new[who] = call
        if self._timer is None:
            self._again()

    def leave(self, who: object) -> None:
        if self._new.pop(who, None) is None:
            self._old.pop(who, None)

    def _again(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(_SECONDS, self._pass)

    def _pass(self) -> None:
        late, self._old, self._new = self._old, self._new, {}
        self._timer = None
        if self._old:
            self._again()
        for call in late.values():
            call()
