"""Starts programs in order, starts again those that end, and stops them in reverse order; none
outlives it.

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
from regionlab.launch.restarts import RestartPolicy, Restarts, ending

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
    start_seconds: float = 300.0
    """How long it can take to become ready, at each start: searches of journeys are compiled at the
    first, for minutes on a busy machine."""
    stop_seconds: float = 15.0
    """From SIGTERM to SIGKILL."""


class ProgramFailed(Exception):
    """A program did not become ready, or ended and cannot be started again. The message is in
    French.

    `log`: the path of its log. `tail`: the last lines of it.
    """

    def __init__(self, message: str, log: Path, tail: str) -> None:
        super().__init__(message)
        self.log = log
        self.tail = tail


@dataclass(slots=True)
class _Child:
    """A program and its current process."""

    program: Program
    log: LogFile
    announced: asyncio.Future[dict[str, Any]]
    """The JSON of its first start, once that is ready."""
    process: asyncio.subprocess.Process = field(init=False)
    ready_line: asyncio.Future[bytes] = field(init=False)
    copying: asyncio.Task[None] = field(init=False)
    supervising: asyncio.Task[None] | None = None
    """Starts it again; None for a program that ends by itself."""


class Supervisor:
    """Runs programs until stopped.

    Use it from the main thread: the kernel ends the children with the thread that started them.
    """

    def __init__(
        self,
        logs: Path,
        *,
        started: Callable[[Program, float], None],
        restarting: Callable[[str], None],
        policy: RestartPolicy | None = None,
    ) -> None:
        """`logs`: the folder of the logs. `started`: called for each program once it is ready, with
        the seconds it took. `restarting`: called with a line in French for each program that ended
        and is going to be started again."""
        self._logs = logs
        self._on_ready, self._on_restart = started, restarting
        self._policy = policy or RestartPolicy()
        self._waves: list[list[_Child]] = []
        self._failure: asyncio.Future[ProgramFailed] = asyncio.get_running_loop().create_future()

    async def start(self, programs: Sequence[Program]) -> dict[str, dict[str, Any]]:
        """Start those programs together and wait until all are ready.

        Returns the JSON that each announced, by name; empty for a program with a `ready_url`.
        Raises `ProgramFailed` if one is not ready in time. A program that ends is started again, or
        reported by `failure`.
        """
        wave: list[_Child] = []
        self._waves.append(wave)
        for program in programs:
            child = await self._spawn(program)
            child.supervising = asyncio.create_task(self._supervise(child))
            wave.append(child)
        announced = await asyncio.gather(*(child.announced for child in wave))
        return {
            program.name: announcement
            for program, announcement in zip(programs, announced, strict=True)
        }

    async def run(self, program: Program) -> int:
        """Run a program that ends by itself; returns its exit code, or minus the number of the
        signal that ended it."""
        wave: list[_Child] = []
        self._waves.append(wave)
        child = await self._spawn(program)
        wave.append(child)
        status = await child.process.wait()
        await self._log_tail(child)
        return status

    async def failure(self) -> ProgramFailed:
        """Wait for the first program that ended and cannot be started again."""
        return await asyncio.shield(self._failure)

    async def stop(self) -> None:
        """Stop all programs, the last wave first: SIGTERM, then SIGKILL after the longest
        `stop_seconds` of the wave."""
        supervising = [c.supervising for wave in self._waves for c in wave if c.supervising]
        for task in supervising:
            task.cancel()
        # A start under way is undone before its program could be overlooked.
        await asyncio.gather(*supervising, return_exceptions=True)
        while self._waves:
            wave = self._waves[-1]
            for child in wave:
                _signal(child, signal.SIGTERM)
            endings = [asyncio.create_task(child.process.wait()) for child in wave]
            if endings:
                patience = max(child.program.stop_seconds for child in wave)
                await asyncio.wait(endings, timeout=patience)
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

    async def _spawn(self, program: Program) -> _Child:
        log = LogFile(self._logs / f"{program.name}.log")
        child = _Child(program, log, asyncio.get_running_loop().create_future())
        await self._launch(child)
        return child

    async def _launch(self, child: _Child) -> None:
        """Start a process of the program. Raises OSError."""
        process = await asyncio.create_subprocess_exec(
            *child.program.argv,
            env=dict(child.program.env),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=child_setup(),
        )
        assert process.stdout is not None
        child.process, child.ready_line = process, asyncio.get_running_loop().create_future()
        child.copying = asyncio.create_task(
            copy_output(process.stdout, child.log, child.ready_line)
        )

    async def _supervise(self, child: _Child) -> None:
        """Start the program again each time it ends, until that is of no use: then it failed."""
        restarts = Restarts(self._policy)
        while True:
            ready_seconds = None
            try:
                ready_seconds = await self._ended(child)
                why = f"{child.program.label} : arrêt imprévu ({ending(_code(child))})"
            except ProgramFailed as unready:
                if not child.announced.done():
                    child.announced.set_exception(unready)
                    return
                why = str(unready).removesuffix(".")
                _signal(child, signal.SIGKILL)
                await child.process.wait()
            await self._log_tail(child)
            pause = restarts.pause_after(_code(child), ready_seconds=ready_seconds)
            if pause is None:
                self._fail(child, why + restarts.misses())
                return
            seconds = f"{pause:g}".replace(".", ",")
            self._on_restart(f"{why}, nouveau départ dans {seconds} s ; journal : {child.log.path}")
            await asyncio.sleep(pause)
            try:
                await self._launch(child)
            except OSError as error:
                self._fail(child, f"{why}, nouveau départ impossible ({error.strerror})")
                return

    async def _ended(self, child: _Child) -> float | None:
        """Wait until the process has ended. For how many seconds it was ready; None: never.

        Raises `ProgramFailed` if it is not ready in time.
        """
        ended = asyncio.create_task(child.process.wait())
        becoming = asyncio.create_task(self._wait_ready(child))
        try:
            await asyncio.wait((ended, becoming), return_when=asyncio.FIRST_COMPLETED)
            if not becoming.done():
                return None
            announced, ready_at = becoming.result(), time.monotonic()
            if not child.announced.done():
                child.announced.set_result(announced)
            await ended
            return time.monotonic() - ready_at
        finally:
            ended.cancel()
            becoming.cancel()

    def _fail(self, child: _Child, message: str) -> None:
        if not self._failure.done():
            self._failure.set_result(_failed(child, f"{message}."))

    async def _wait_ready(self, child: _Child) -> dict[str, Any]:
        program, started_at = child.program, time.monotonic()
        announced: dict[str, Any] = {}
        try:
            async with asyncio.timeout(program.start_seconds):
                if program.ready_url is None:
                    # Cancelled with this task, it would let the line into the log.
                    announced = json.loads(await asyncio.shield(child.ready_line))
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


def _code(child: _Child) -> int:
    """The exit code of its process, which has ended, or minus the number of the signal."""
    code = child.process.returncode
    assert code is not None
    return code


def _signal(child: _Child, number: signal.Signals) -> None:
    """Send a signal to a child that still runs; SIGKILL to all processes of its group."""
    if child.process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        if number is signal.SIGKILL:
            os.killpg(child.process.pid, number)
        else:
            child.process.send_signal(number)
