"""Deliver notifications until the process stops: a bounded number at once, fewer of one endpoint
or one account.

Each subscription is leased to one replica while it is delivered. Leases of a replica that no longer
runs end by themselves, and another one goes on.
"""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from esante.subscriptions.domain.back_off import GIVE_UP, back_off
from esante.subscriptions.flows.deliver import Delivery
from esante.subscriptions.flows.delivery_dependencies import Dependencies
from esante.subscriptions.ports import Due, Limits
from socle.errors import Retry

log = logging.getLogger(__name__)

LIMITS: Final = Limits(
    at_once=128,
    of_origin=32,
    of_origin_and_account=24,
    of_account=48,
    failing=32,
    failing_of_account=8,
)
"""Dead and hanging endpoints, those of one server and those of one account leave places to the
others."""
_POLL: Final = 1.0
_PACE: Final = 0.01
"""Seconds between two rounds, at least."""
_TIDY_SECONDS: Final = 600.0
_MEASURE_SECONDS: Final = 15.0


class DeliveryDispatcher:
    """Delivers what is due. `report`: receives the measures of the queue."""

    def __init__(
        self,
        dependencies: Dependencies,
        report: Callable[[Mapping[str, int]], None],
        *,
        poll: float = _POLL,
    ) -> None:
        self._dependencies, self._report, self._poll = dependencies, report, poll
        self.replica: Final = secrets.token_urlsafe(12)
        self._running: dict[asyncio.Task[None], Due] = {}
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Look for what is due at once."""
        self._wake.set()

    async def run(self) -> None:
        """Deliver until cancelled; other replicas can at once then."""
        upkeep = asyncio.create_task(self._run_upkeep(), name="subscription upkeep")
        try:
            while True:
                try:
                    await self._round()
                except Retry as retry:
                    log.warning("Subscriptions cannot be read: %s", retry.message)
                await asyncio.sleep(_PACE)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._poll):
                        await self._wake.wait()
                self._wake.clear()
        finally:
            tasks = [upkeep, *self._running]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            with contextlib.suppress(Retry):
                await self._dependencies.queue.release(self.replica)

    async def _round(self) -> None:
        if len(self._running) >= LIMITS.at_once:
            return
        queue, running = self._dependencies.queue, list(self._running.values())
        found = await queue.acquire(self.replica, running, LIMITS)
        for due in found:
            task = asyncio.create_task(self._deliver(due), name="subscription delivery")
            self._running[task] = due
            task.add_done_callback(self._end)

    def _end(self, task: "asyncio.Task[None]") -> None:
        del self._running[task]
        self._wake.set()

    async def _deliver(self, due: Due) -> None:
        dependencies = self._dependencies
        try:
            await Delivery(due, self.replica, dependencies).run()
        except Retry as retry:
            log.warning("A subscription is delivered again later: %s", retry.message)
        except Exception as error:  # noqa: BLE001 - one subscription does not end the others
            # Its text can contain secrets.
            log.error("subscription %s: %s", due.id, type(error).__name__)
            pause = back_off(due.failures + 1, dependencies.random())
            with contextlib.suppress(Retry):
                await dependencies.queue.record_failure(
                    due,
                    self.replica,
                    error="Erreur du serveur : l'envoi est tenté de nouveau.",
                    pause=pause,
                    now=dependencies.clock.now(),
                )

    async def _run_upkeep(self) -> None:
        """End subscriptions, measure the queue, and delete old events, each at its interval."""
        queue, clock = self._dependencies.queue, self._dependencies.clock
        tidied: float | None = None
        while True:
            with contextlib.suppress(Retry):
                await queue.wake_ended(clock.now())
                self._report(await queue.measure())
                if tidied is None or clock.monotonic() - tidied > _TIDY_SECONDS:
                    await queue.tidy(GIVE_UP + timedelta(days=1))
                    tidied = clock.monotonic()
            await asyncio.sleep(_MEASURE_SECONDS)
