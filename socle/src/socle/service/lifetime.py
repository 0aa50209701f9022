"""The lifetime of one process: listen, wire, work, and stop in order whatever ended it.

    SIGTERM, SIGINT   not ready → drain_seconds → streams end → open requests end (bounded)
                      → tasks cancelled → resources closed in reverse → 0
    a task ends       the same without drain_seconds → 70
    the wiring fails  with an unexpected error → 70
    a dependency is absent at start, for start_seconds, or the port is taken → 75
    the wiring or the socket refuses its settings → 78

After a second signal it waits neither for drain_seconds nor for open requests. If the resources do
not close, 0 becomes 70.
"""

import asyncio
import logging
import os
import random
import signal
import socket
from collections.abc import Iterable
from contextlib import AsyncExitStack, suppress
from typing import Any, Final, Generic

from socle.clock import Clock
from socle.errors import Refusal, Retry
from socle.service.draining import Draining
from socle.service.guard import guarded
from socle.service.health_endpoints import HealthEndpoints, own_metrics
from socle.service.running import RunningRole, SettingsT, Task, Wire, WiringContext
from socle.service.server import Server, bind, listen
from socle.service.worker_metrics import WorkerMetrics
from socle.service.workers import Worker
from socle.settings import PlatformSettings

# They differ from every task name of a role.
_HTTP: Final = "HTTP server"
_METRICS: Final = "metrics of workers"
_FIRST_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 5.0
# A dependency that is not available yet: unresolved names, refused connections.
_UNREACHABLE: Final = (Retry, ConnectionError, TimeoutError, socket.gaierror)

log = logging.getLogger("socle.service")

Tasks = dict[str, "asyncio.Task[None]"]


class Lifetime(Generic[SettingsT]):
    """One role of one service, from its start to its exit code."""

    def __init__(
        self,
        wire: Wire[SettingsT],
        *,
        settings: SettingsT,
        platform: PlatformSettings,
        clock: Clock,
        worker: Worker | None = None,
    ) -> None:
        self._wire, self._settings, self._worker = wire, settings, worker
        self._platform, self._clock = platform, clock
        self._grace = platform.grace_seconds
        self._draining = Draining()
        self._stack = AsyncExitStack()
        self._stop_requested, self._force_stop = asyncio.Event(), asyncio.Event()

    async def run(self) -> int:
        """Run until stopped. Returns the exit code."""
        loop = asyncio.get_running_loop()
        for each in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(each, self._request_stop, each.name)
        try:
            listening = self._open_socket()
        except Retry as retry:
            log.error("Cannot listen: %s", retry.message)
            return os.EX_TEMPFAIL
        except Refusal as refusal:
            log.error("Cannot listen: %s", refusal.message)
            return os.EX_CONFIG
        metrics = WorkerMetrics(self._worker) if self._worker else None
        render = metrics.render if metrics else own_metrics
        health_endpoints = HealthEndpoints(self._draining, render)
        server = Server(health_endpoints, listening, grace_seconds=self._grace)
        tasks = Tasks()
        if self._worker is None or self._worker.is_first:
            tasks[_HTTP] = asyncio.create_task(server.serve(), name=_HTTP)
        code = await self._wire_and_work(health_endpoints, server, tasks, metrics)
        if _HTTP in tasks:
            await self._drain(server, tasks[_HTTP], wait=code == os.EX_OK)
        await _cancel(tasks.values(), within=self._grace)
        return await self._close(code)

    def _open_socket(self) -> socket.socket:
        """The socket of the role; a worker's stops it too when its parent has ended."""
        if self._worker is None:
            return listen(self._platform.host, self._settings.port)
        loop, parent = asyncio.get_running_loop(), self._worker.parent

        def parent_ended() -> None:
            loop.remove_reader(parent)
            self._request_stop("the end of its parent")

        loop.add_reader(parent, parent_ended)
        return bind(self._platform.host, self._worker.port, shared=True)

    def _request_stop(self, by: str) -> None:
        log.info("Stop requested by %s", by)
        (self._force_stop if self._stop_requested.is_set() else self._stop_requested).set()

    async def _wire_and_work(
        self,
        health_endpoints: HealthEndpoints,
        server: Server,
        tasks: Tasks,
        metrics: WorkerMetrics | None,
    ) -> int:
        wiring = asyncio.create_task(self._wired(), name="wiring")
        try:
            if not await self._unless_stopped(wiring):
                await _cancel([wiring], within=self._grace)
                return os.EX_OK
            running = wiring.result()
            app = await guarded(running, self._platform, self._stack)
        except _UNREACHABLE as error:
            log.error("What this service needs is not there: %s", _describe(error))
            return os.EX_TEMPFAIL
        except Refusal as refusal:
            log.error("Cannot start: %s", refusal.message, extra={"details": refusal.details})
            return os.EX_CONFIG
        except Exception:
            log.critical("Failed while starting", exc_info=True)
            return os.EX_SOFTWARE
        if running.http is not None:
            server.use_connection_class(running.http)
        for name, task in running.tasks.items():
            tasks[name] = asyncio.create_task(_run(task), name=name)
        health_endpoints.open(running, app)
        if metrics:
            tasks[_METRICS] = asyncio.create_task(metrics.serve(), name=_METRICS)
        if _HTTP not in tasks:
            tasks[_HTTP] = asyncio.create_task(server.serve(), name=_HTTP)
        log.info("Running", extra={"tasks": sorted(running.tasks)})
        return await self._work(tasks)

    async def _wired(self) -> RunningRole:
        """Wire, retrying while a dependency is absent. Each attempt has its own resources."""
        clock = self._clock
        pause, until = _FIRST_PAUSE, clock.monotonic() + self._platform.start_seconds
        while True:
            try:
                async with AsyncExitStack() as stack:
                    running = await self._wire(self._given(stack))
                    self._stack.push_async_exit(stack.pop_all())
                    return running
            except _UNREACHABLE as error:
                requested = error.after if isinstance(error, Retry) else None
                wait = requested if requested is not None else pause * random.uniform(0.5, 1.0)  # noqa: S311
                if clock.monotonic() + wait > until:
                    raise
                log.warning("Not available yet: %s; retried in %.1f s", _describe(error), wait)
                await clock.sleep(wait)
                pause = min(pause * 2, _LONGEST_PAUSE)

    async def _work(self, tasks: Tasks) -> int:
        """Wait for a stop request (0), or for a task that ends, which none should (70)."""
        if not await self._unless_stopped(*tasks.values()):
            return os.EX_OK
        for name, task in tasks.items():
            if task.done():
                error = None if task.cancelled() else task.exception()
                log.critical("Task %s ended, and none should", name, exc_info=error)
        return os.EX_SOFTWARE

    async def _unless_stopped(self, *tasks: "asyncio.Task[Any]") -> bool:
        """Wait for the first task to end; False if a stop was requested before."""
        stop_requested = asyncio.create_task(self._stop_requested.wait())
        try:
            await asyncio.wait((*tasks, stop_requested), return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop_requested.cancel()
        return not self._stop_requested.is_set()

    async def _drain(self, server: Server, serving: "asyncio.Task[None]", *, wait: bool) -> None:
        self._draining.begin()
        if wait:
            await _either(self._force_stop, within=self._platform.drain_seconds)
        self._draining.end_streams()
        server.stop()
        force_stop = asyncio.create_task(self._force_stop.wait())
        # uvicorn limits the wait itself, to whole seconds, checked ten times in each.
        bound = self._grace + 2
        await asyncio.wait(
            (serving, force_stop), timeout=bound, return_when=asyncio.FIRST_COMPLETED
        )
        force_stop.cancel()
        if not serving.done():
            server.abandon()
            await asyncio.wait((serving,), timeout=1)

    async def _close(self, code: int) -> int:
        try:
            async with asyncio.timeout(self._grace):
                await self._stack.aclose()
        except TimeoutError:
            log.error("Resources are not closed after %.0f s; ending without them", self._grace)
        except Exception:
            log.exception("Closing the resources failed")
        else:
            log.info("Stopped", extra={"exit_code": code})
            return code
        return code or os.EX_SOFTWARE

    def _given(self, stack: AsyncExitStack) -> WiringContext[SettingsT]:
        return WiringContext(self._settings, self._platform, self._clock, stack, self._draining)


async def _run(task: Task) -> None:
    await task()


async def _either(event: asyncio.Event, *, within: float) -> None:
    """Wait for the event, that many seconds at most."""
    with suppress(TimeoutError):
        async with asyncio.timeout(within):
            await event.wait()


async def _cancel(tasks: Iterable["asyncio.Task[Any]"], *, within: float) -> None:
    """Cancel the tasks that still run and wait for them; failures are logged."""
    open_tasks = [task for task in tasks if not task.done()]
    for task in open_tasks:
        task.cancel()
    if not open_tasks:
        return
    done, still_running = await asyncio.wait(open_tasks, timeout=within)
    for task in done:
        if not task.cancelled() and (error := task.exception()):
            log.error("Task %s failed while stopping", task.get_name(), exc_info=error)
    for task in still_running:
        log.error("Task %s does not stop", task.get_name())


def _describe(error: BaseException) -> str:
    return error.message if isinstance(error, Retry) else f"{type(error).__name__}: {error}"
