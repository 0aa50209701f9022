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

_REPORT_SECONDS: Final = 5.0  # between two reports of all accounts
_TIMEOUT: Final = 0.5


class StreamLimits:
    """Counts the streams of this replica and reports them to the others."""

    def __init__(self, shared: SharedStreams, *, clock: Clock) -> None:
        self._shared, self._clock = shared, clock
        self._open: Counter[str] = Counter()
        self._changed: set[str] = set()

    async def open(self, account: str, *, max_streams: int) -> bool:
        """Count one more stream, unless the account has `max_streams` already.

        Never raises: while the shared count is unreachable, this replica applies the limit alone.
        """
        if self._open[account] >= max_streams:
            return False
        self._open[account] += 1
        here = self._open[account]
        try:
            async with asyncio.timeout(_TIMEOUT):
                granted = await self._shared.open(account, here, max_streams=max_streams)
        except (Retry, TimeoutError):
            self._changed.add(account)
            return True
        except asyncio.CancelledError:
            self.close(account)
            raise
        if not granted:
            self.close(account)
        elif self._open[account] != here:
            # A later count can have been recorded before this one.
            self._changed.add(account)
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
        """Report changes each second, and every account each five seconds. Runs until cancelled."""
        reported_at = self._clock.monotonic()
        while True:
            await self._clock.sleep(1.0)
            complete = self._clock.monotonic() - reported_at >= _REPORT_SECONDS
            if not complete and not self._changed:
                continue
            reported_at = self._clock.monotonic() if complete else reported_at
            await self.report(set(self._open) if complete else set(self._changed))

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
            if self._open[account] != count:
                # A stream that was opened meanwhile can have been recorded before the report.
                self._changed.add(account)
            elif count == 0:
                del self._open[account]
