"""Wakes the relay after a commit, once for many.

A NOTIFY inside each transaction would make all commits wait for one another: PostgreSQL takes one
lock for the whole queue from the commit record on. A bell that is lost with its process costs
nothing: the relay looks by itself every few seconds.
"""

import asyncio
import contextlib
from typing import Final

from socle.errors import Retry
from socle.outbox import wake_relay
from socle.postgres import Pool, reachable

_CALM: Final = 0.05  # seconds


class OutboxBell:
    """`ring` after a commit; `run` is a task of the service."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Something was committed."""
        self._rung.set()

    async def run(self) -> None:
        """Tell the relay, until cancelled."""
        while True:
            await self._rung.wait()
            self._rung.clear()
            with contextlib.suppress(Retry), reachable():
                await wake_relay(self._pool)
            await asyncio.sleep(_CALM)
