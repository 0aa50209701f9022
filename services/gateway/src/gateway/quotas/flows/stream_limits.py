"""How many endless answers each account has open, all replicas together.

Opening one is rare beside a request, and may ask PostgreSQL; closing one is told beside. Each
replica says every few seconds what it has open: what it said last is forgotten when it dies.
"""

import asyncio
from collections import Counter
from typing import Final

from gateway.quotas.ports import SharedStreams
from gateway.routes.domain.request_context import Visit
from socle.clock import Clock
from socle.errors import Retry

_EVERY: Final = 5.0
_AWAITED_SECONDS: Final = 0.5


class HeldStreams:
    """Counts the streams of this replica, and tells the others."""

    def __init__(self, shared: SharedStreams, *, clock: Clock) -> None:
        self._shared, self._clock = shared, clock
        self._open: Counter[str] = Counter()
        self._changed: set[str] = set()

    async def open(self, account: str, *, most: int) -> bool:
        """Count one more, unless the account has `most` already. Never raises: where the others
        cannot be asked, this replica holds the limit by itself."""
        if self._open[account] >= most:
            return False
        self._open[account] += 1
        try:
            async with asyncio.timeout(_AWAITED_SECONDS):
                granted = await self._shared.open(account, self._open[account], most=most)
        except (Retry, TimeoutError):
            self._changed.add(account)
            return True
        except asyncio.CancelledError:
            self.close(account)
            raise
        if not granted:
            self.close(account)
        return granted

    def close(self, account: str) -> None:
        """One less."""
        self._open[account] -= 1
        self._changed.add(account)

    def count(self, visit: Visit, *, seconds: float) -> None:
        """The exchange ended (a `Meter`)."""
        if visit.holds_stream:
            visit.holds_stream = False
            self.close(visit.account)

    async def run(self) -> None:
        """Tell the others: what closed within a second, everything now and then."""
        told = self._clock.monotonic()
        while True:
            await self._clock.sleep(1.0)
            every = self._clock.monotonic() - told >= _EVERY
            if not every and not self._changed:
                continue
            told = self._clock.monotonic() if every else told
            await self.tell(set(self._open) if every else set(self._changed))

    async def tell(self, accounts: set[str]) -> None:
        """Tell the others what those have open here. Never raises."""
        here = {account: self._open[account] for account in accounts}
        self._changed -= accounts
        try:
            await self._shared.tell(here)
        except Retry:
            self._changed |= accounts
            return
        for account, count in here.items():
            if count == 0 and self._open[account] == 0:
                del self._open[account]
