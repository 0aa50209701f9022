"""The limit of open streams of each account, shared by all replicas.

Opening a stream is rare compared with a request and may query PostgreSQL; closing one is reported
in the background. Each replica reports its open streams every few seconds: those of a dead replica
expire.
"""

import asyncio
from collections import Counter
from typing import Final

from gateway.quotas.ports import SharedStreams
from gateway.routes.domain.request_context import RequestContext
from socle.clock import Clock
from socle.errors import Retry

_EVERY: Final = 5.0
_AWAITED_SECONDS: Final = 0.5


class StreamLimits:
    """Counts the streams of this replica and reports them to the others."""

    def __init__(self, shared: SharedStreams, *, clock: Clock) -> None:
        self._shared, self._clock = shared, clock
        self._open: Counter[str] = Counter()
        self._changed: set[str] = set()

    async def open(self, account: str, *, most: int) -> bool:
        """Count one more, unless the account has `most` already. Never raises: while the shared
        count is unreachable, this replica applies the limit alone."""
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
        """Count one less."""
        self._open[account] -= 1
        self._changed.add(account)

    def count(self, context: RequestContext, *, seconds: float) -> None:
        """Implements `Meter`: the exchange ended."""
        if context.holds_stream:
            context.holds_stream = False
            self.close(context.account)

    async def run(self) -> None:
        """Report changes within a second, and everything every few seconds."""
        reported_at = self._clock.monotonic()
        while True:
            await self._clock.sleep(1.0)
            every = self._clock.monotonic() - reported_at >= _EVERY
            if not every and not self._changed:
                continue
            reported_at = self._clock.monotonic() if every else reported_at
            await self.report(set(self._open) if every else set(self._changed))

    async def report(self, accounts: set[str]) -> None:
        """Report the open streams of those accounts. Never raises."""
        here = {account: self._open[account] for account in accounts}
        self._changed -= accounts
        try:
            await self._shared.report(here)
        except Retry:
            self._changed |= accounts
            return
        for account, count in here.items():
            if count == 0 and self._open[account] == 0:
                del self._open[account]
