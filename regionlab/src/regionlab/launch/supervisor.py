"""Starts programs in order, watches them, and stops them in reverse order; none outlives it.

Each child has a session of its own, so that a Ctrl-C at the terminal reaches only the supervisor.
The kernel ends it with the supervisor (PR_SET_PDEATHSIG), even after a SIGKILL of the supervisor.
"""

import asyncio
import contextlib
import json
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from embedded.processes import child_setup
from regionlab.launch.log_file import LogFile, copy_output
from regionlab.launch.readiness import failing_checks, wait_until_ready

_STOP_SECONDS = 15.0
"""From SIGTERM to SIGKILL."""
_LOG_TAIL_SECONDS = 2.0
"""How long the end of a log is awaited."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program to run."""

    name: str
    """Its log is `<name>.log`."""
    label: str
    """In French, for the terminal."""
    argv: Sequence[str]
    env: Mapping[str, str]
    ready_url: str | None = None
    """Answers 200 once it is ready. None: it prints the JSON line `{"ready": true, …}`."""
    start_seconds: float = 120.0
    """How long it can take to become ready."""


class ProgramFailed(Exception):
    """A program ended, or did not become ready. The message is in French.

    `log`: the path of its log. `tail`: the last lines of it.
    """

    def __init__(self, message: str, log: Path, tail: str) -> None:
        super().__init__(message)
        self.log = log
        self.tail = tail


@dataclass(slots=True)
class _Child:
    program: Program
    process: asyncio.subprocess.Process
    log: LogFile
    ready_line: asyncio.Future[bytes]
    copying: asyncio.Task[None] = field(init=False)
    watching: asyncio.Task[None] = field(init=False)
    """Reports its end as a failure; not set for a program that ends by itself."""


class Supervisor:
    """Runs programs until stopped.

    Use it from the main thread: the kernel ends the children with the thread that started them.
    """

    def __init__(self, logs: Path, *, started: Callable[[Program, float], None]) -> None:
        """`logs`: the folder of the logs. `started`: called for each program once it is ready, with
        the seconds it took."""
        self._logs = logs
        self._on_ready = started
        self._waves: list[list[_Child]] = []
        self._stopping = False
        self._failure: asyncio.Future[ProgramFailed] = asyncio.get_running_loop().create_future()

    async def start(self, programs: Sequence[Program]) -> dict[str, dict[str, Any]]:
        """Start those programs together and wait until all are ready.

        Returns the JSON that each announced, by name; empty for a program with a `ready_url`.
        Raises `ProgramFailed` if one is not ready in time. A program that ends is reported by
        `failure` instead.
        """
        wave: list[_Child] = []
        self._waves.append(wave)
        for program in programs:
            wave.append(await self._spawn(program))
        waits = [asyncio.create_task(self._wait_ready(child)) for child in wave]
        try:
            announced = await asyncio.gather(*waits)
        finally:
            for wait in waits:
                wait.cancel()
        return {
            program.name: announcement
            for program, announcement in zip(programs, announced, strict=True)
        }

    async def run(self, program: Program) -> int:
        """Run a program that ends by itself; returns its exit code, or minus the number of the
        signal that ended it."""
        wave: list[_Child] = []
        self._waves.append(wave)
        child = await self._spawn(program, ends_by_itself=True)
        wave.append(child)
        status = await child.process.wait()
        await self._log_tail(child)
        return status

    async def failure(self) -> ProgramFailed:
        """Wait for the first program that ends although it should run until stopped."""
        return await asyncio.shield(self._failure)

    async def stop(self) -> None:
        """Stop all programs, the last wave first: SIGTERM, then SIGKILL after `_STOP_SECONDS`."""
        self._stopping = True
        while self._waves:
            wave = self._waves[-1]
            for child in wave:
                _signal(child, signal.SIGTERM)
            endings = [asyncio.create_task(child.process.wait()) for child in wave]
            if endings:
                await asyncio.wait(endings, timeout=_STOP_SECONDS)
            for child in wave:
                _signal(child, signal.SIGKILL)
            await asyncio.gather(*endings)
            await asyncio.gather(*(self._log_tail(child) for child in wave))
            for child in wave:
                child.log.close()
            self._waves.pop()

    def kill(self) -> None:
        """Kill all programs immediately."""
        for wave in self._waves:
            for child in wave:
                _signal(child, signal.SIGKILL)

    async def _spawn(self, program: Program, *, ends_by_itself: bool = False) -> _Child:
        log = LogFile(self._logs / f"{program.name}.log")
        process = await asyncio.create_subprocess_exec(
            *program.argv,
            env=dict(program.env),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=child_setup(),
        )
        assert process.stdout is not None
        child = _Child(program, process, log, asyncio.get_running_loop().create_future())
        child.copying = asyncio.create_task(copy_output(process.stdout, log, child.ready_line))
        if not ends_by_itself:
            child.watching = asyncio.create_task(self._watch(child))
        return child

    async def _watch(self, child: _Child) -> None:
        status = await child.process.wait()
        if self._stopping or self._failure.done():
            return
        await self._log_tail(child)
        how = f"code {status}" if status >= 0 else f"signal {signal.Signals(-status).name}"
        if not self._failure.done():
            message = f"{child.program.label} : arrêt imprévu ({how})."
            self._failure.set_result(_failed(child, message))

    async def _wait_ready(self, child: _Child) -> dict[str, Any]:
        program, started_at = child.program, time.monotonic()
        announced: dict[str, Any] = {}
        try:
            async with asyncio.timeout(program.start_seconds):
                if program.ready_url is None:
                    announced = json.loads(await child.ready_line)
                else:
                    await wait_until_ready(program.ready_url)
        except TimeoutError:
            url = program.ready_url
            why = await failing_checks(url) if url else "rien n'est annoncé"
            message = f"{program.label} n'est pas prêt après {program.start_seconds:.0f} s ({why})."
            raise _failed(child, message) from None
        self._on_ready(program, time.monotonic() - started_at)
        return announced

    async def _log_tail(self, child: _Child) -> None:
        """Wait for the end of the log: the pipe is closed by the last process that has it open."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(child.copying, _LOG_TAIL_SECONDS)


def _failed(child: _Child, message: str) -> ProgramFailed:
    return ProgramFailed(message, child.log.path, child.log.last_lines())


def _signal(child: _Child, number: signal.Signals) -> None:
    """Send a signal to a child that still runs; SIGKILL to all processes of its group."""
    if child.process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        if number is signal.SIGKILL:
            os.killpg(child.process.pid, number)
        else:
            child.process.send_signal(number)
