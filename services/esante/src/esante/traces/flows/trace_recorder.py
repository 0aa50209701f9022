"""Records traces: in the journal of the process before the answer, then in the chain."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

import orjson

from esante.traces.domain.trace import Trace
from esante.traces.ports import DeadJournal, OwnJournal, TraceChain
from socle.clock import Clock
from socle.errors import Retry

_INTERVAL: Final = 0.25
"""Seconds between two batches."""
_BATCH: Final = 2000
"""Traces of one transaction."""
_ADOPTING: Final = 120
"""Intervals between two looks for the journals of dead processes."""

_PRUNING: Final = 3600.0
"""Seconds between two removals of old traces."""

log = logging.getLogger("esante.traces")


class TraceRecorder:
    """Records the traces of one process.

    `adopt`: returns the journals of dead processes. `report`: gets how many traces wait, how many
    were stored since the last call, and the age of the oldest one in seconds.
    """

    def __init__(
        self,
        journal: OwnJournal,
        chain: TraceChain,
        adopt: Callable[[], Sequence[DeadJournal]],
        clock: Clock,
        report: Callable[[int, int, float], None] = lambda _, __, ___: None,
    ) -> None:
        self._journal, self._chain, self._adopt = journal, chain, adopt
        self._clock, self._report = clock, report
        self._flushing = asyncio.Lock()

    def require_room(self) -> None:
        """Raises Retry if requests cannot be traced: none may be executed then."""
        self._journal.require_room()

    def record(self, trace: Trace) -> None:
        """Record a trace. Raises Retry if it cannot be written: the answer must not be sent."""
        self._journal.append(trace.canonical())

    async def run(self) -> None:
        """Store traces until cancelled."""
        rounds = 0
        while True:
            try:
                if rounds % _ADOPTING == 0:
                    await self.adopt()
                await self.flush()
            except Retry as retry:
                log.warning("Traces wait for the database: %s", retry.message)
            rounds += 1
            await self._clock.sleep(_INTERVAL)

    async def flush(self) -> None:
        """Store the traces of this process that wait now. Raises Retry."""
        async with self._flushing:
            remaining = len(self._journal.waiting)
            while remaining > 0:
                batch = list(self._journal.waiting[: min(_BATCH, remaining)])
                remaining -= len(batch)
                end = self._journal.position(len(batch))
                self._report(len(self._journal.waiting), 0, self._age(batch[0]))
                await self._chain.append(batch, journal=self._journal.id, end=end)
                self._journal.forget(len(batch))
                self._report(len(self._journal.waiting), len(batch), 0)

    def _age(self, record: bytes) -> float:
        at = datetime.fromisoformat(orjson.loads(record)["at"])
        return (self._clock.now() - at).total_seconds()

    async def adopt(self) -> None:
        """Store the traces that dead processes have left. Raises Retry."""
        journals = list(self._adopt())
        while journals:
            journal = journals.pop(0)
            try:
                records, end = journal.read(await self._chain.find_stored(journal.id))
                if records:
                    await self._chain.append(records, journal=journal.id, end=end)
                    log.info("Stored %d traces of a process that died", len(records))
            except BaseException:
                for each in (journal, *journals):
                    each.release()
                raise
            journal.remove()

    async def flush_at_stop(self) -> None:
        """Store what waits, if the database is there; else the next process does."""
        with suppress(Retry):
            await self.flush()


async def prune_traces(chain: TraceChain, clock: Clock, retention: timedelta) -> None:
    """Remove traces older than the retention, until cancelled."""
    while True:
        try:
            while removed := await chain.prune(clock.now() - retention):
                log.info("Removed %d traces older than %s", removed, retention)
        except Retry as retry:
            log.warning("Old traces are not removed: %s", retry.message)
        await clock.sleep(_PRUNING)
