"""Wakes the outbox relay after commits, once for all commits of a short interval.

A NOTIFY inside each transaction would serialise all commits: PostgreSQL locks the queue of
notifications while it commits. If the process ends before it notifies, the relay still finds the
rows, as it polls every few seconds.
"""

import asyncio
import contextlib
from typing import Final

from socle.errors import Retry
from socle.outbox import wake_relay
from socle.postgres import Pool, reachable

_INTERVAL: Final = 0.05
"""Seconds between two notifications."""


class OutboxNotifier:
    """Wakes the relay. `notify` is called after each commit; `run` is a task of the service."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._notified = asyncio.Event()

    def notify(self) -> None:
        """Note that something was committed."""
        self._notified.set()

    async def run(self) -> None:
        """Wake the relay whenever notified, until cancelled."""
        while True:
            await self._notified.wait()
            self._notified.clear()
            with contextlib.suppress(Retry), reachable():
                await wake_relay(self._pool)
            await asyncio.sleep(_INTERVAL)
