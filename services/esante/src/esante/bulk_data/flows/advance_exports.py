"""The background work of exports, step by step. A step is a transaction: after a crash, any process
goes on from the last one."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Final

from esante.bulk_data.domain.export_request import ExportRequest
from esante.bulk_data.ports import ExportCancelled, ExportWork, HeldExport
from esante.core.domain.permissions import Access
from esante.search.domain.query.criterion_parser import SearchContext
from socle.clock import Clock
from socle.errors import Refusal, Retry

_IDLE: Final = 1.0
"""Seconds until the next look for an export of any process."""
_UNREACHABLE: Final = 5.0
"""Seconds until the next attempt without the database."""
_BROKEN: Final = "L'export s'est arrêté sur une erreur du serveur : demandez-le à nouveau."

log = logging.getLogger("esante.bulk_data")


class ExportWorker:
    """Advances the exports in progress.

    `access_of`: the permissions of the caller of a request. `base`: the FHIR base as callers see
    it. `settling`: how long after a request a write that began before it can still start its
    transaction; the versions of an export are selected after that.
    """

    def __init__(
        self,
        work: ExportWork,
        access_of: Callable[[ExportRequest], Access],
        *,
        base: str,
        clock: Clock,
        settling: timedelta,
    ) -> None:
        self._work, self._access_of, self._base = work, access_of, base
        self._clock, self._settling = clock, settling

    async def run(self) -> None:
        """Advance exports until cancelled."""
        while True:
            try:
                if await self.advance():
                    continue
                if await self.purge():
                    continue
                await self._clock.sleep(_IDLE)
            except Retry as retry:
                log.warning("Exports wait for the database: %s", retry.message)
                await self._clock.sleep(_UNREACHABLE)

    async def advance(self) -> bool:
        """Execute one step of one export. Whether there was one in progress. Raises Retry."""
        async with self._work.acquire(now=self._clock.now()) as held:
            if held is None:
                return False
            try:
                await self._step(held)
            except ExportCancelled:
                pass
            except Refusal as refusal:
                await held.fail(refusal.message)
            except Retry:
                raise
            except Exception:
                # One export that fails must not end the service, which would start it again.
                log.exception("An export failed")
                await held.fail(_BROKEN)
            return True

    async def purge(self) -> bool:
        """Delete a cancelled or expired export. Whether there was one. Raises Retry."""
        return await self._work.purge(now=self._clock.now())

    async def _step(self, held: HeldExport) -> None:
        job = held.job
        if job.state != "accepted":
            await held.write(now=self._clock.now())
            return
        early = job.requested + self._settling - self._clock.now()
        if early > timedelta():
            await self._clock.sleep(early.total_seconds())
        await held.select(self._access_of(job.request), SearchContext(self._base, job.requested))
