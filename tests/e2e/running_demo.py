"""Complete demos, started as a user does: the launcher, a free port, a new folder."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import aiohttp

from regionlab.launch.tokens import new_token
from socle.testing import free_port

START_LIMIT = 600.0  # seconds, an upper bound: a first start makes a database, fetches, imports
STOP_LIMIT = 120.0
REPOSITORY = Path(__file__).parents[2]
RUSH_HOUR = ("--at", "2026-03-03T08:20:00+01:00")
"""A Tuesday of term: Blois' feed has been silent for twenty minutes, the tram of Orléans is cut."""


@dataclass(slots=True)
class Launcher:
    """The launcher of a demo: its process, its public address and its folder."""

    process: subprocess.Popen[str]
    address: str
    data: Path

    def wait_until_ready(self) -> None:
        """Read the launcher's progress until it prints its address."""
        assert self.process.stdout is not None
        port = self.address.rpartition(":")[2]
        printed: list[str] = []
        too_late = threading.Timer(START_LIMIT, self.process.kill)
        too_late.start()
        try:
            for line in self.process.stdout:
                printed.append(line)
                if f"http://localhost:{port}" in line:
                    return
        finally:
            too_late.cancel()
        raise AssertionError("The demo stopped before it was ready:\n" + "".join(printed))

    def stop(self, signum: int = signal.SIGTERM) -> int:
        """Tell the launcher to stop; return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signum)
        try:
            return self.process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            assert self.process.stdout is not None
            self.process.stdout.close()

    def programs(self) -> dict[str, int]:
        """The pids of the launcher's programs, by module and role: `pilotes fold`."""
        pid, found = self.process.pid, {}
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            with contextlib.suppress(OSError, ValueError):  # it ended meanwhile
                words = Path(f"/proc/{child}/cmdline").read_text().split("\0")
                at = words.index("-m") + 1
                found[" ".join(words[at : at + 2])] = int(child)
        return found

    def left_behind(self) -> list[str]:
        """The command lines of living processes that work in this demo's folder."""
        return [line for line in command_lines() if str(self.data) in line]


PUSH_SERVICE = "http://127.0.0.1:9"
"""The only push service of these demos, where nothing listens: they send nothing outside."""


def launch(options: Sequence[str], data: Path, *, command: str = "demo") -> Launcher:
    """Start a demo, which is not ready yet."""
    port = free_port()
    house = ("--port", str(port), "--data", str(data))
    process = subprocess.Popen(
        (sys.executable, "-m", "regionlab", command, *house, *options),
        cwd=REPOSITORY,
        env={**os.environ, "MOBILITE_PUSH_SERVICES": PUSH_SERVICE},
        stdout=subprocess.PIPE,
        text=True,
    )
    return Launcher(process, f"http://127.0.0.1:{port}", data)


@contextmanager
def shared_demo(data: Path, *options: str) -> Iterator[Launcher]:
    """A demo shared by many tests, which ends cleanly."""
    launcher = launch(options, data)
    try:
        launcher.wait_until_ready()
        yield launcher
    finally:
        code = launcher.stop()
    assert (code, launcher.left_behind()) == (0, [])


@dataclass(slots=True)
class Demo:
    """A running demo and its HTTP client."""

    launcher: Launcher
    client: aiohttp.ClientSession

    @property
    def address(self) -> str:
        return self.launcher.address

    @property
    def data(self) -> Path:
        return self.launcher.data

    async def get(self, path: str, *, status: int = 200, **query: str) -> Any:
        """The JSON answered at a public address."""
        async with self.client.get(self.address + path, params=query) as answer:
            assert answer.status == status, await answer.text()
            return await answer.json()

    async def token(self, role: str, scope: str = "", patient: str | None = None) -> str:
        """A bearer token of one of the demo's people."""
        return await asyncio.to_thread(new_token, self.data, role, scope, patient)

    async def stop(self, signum: int = signal.SIGTERM) -> int:
        """Tell the launcher to stop; return its exit code."""
        return await asyncio.to_thread(self.launcher.stop, signum)

    def left_behind(self) -> list[str]:
        return self.launcher.left_behind()


@asynccontextmanager
async def client_of(launcher: Launcher) -> AsyncIterator[Demo]:
    """A client of a demo that runs, with the key that no plan limits: tests ask more often than
    people do."""
    key = (launcher.data / "gateway" / "maison.key").read_text().strip()
    timeout = aiohttp.ClientTimeout(total=60)
    async with aiohttp.ClientSession(timeout=timeout, headers={"x-api-key": key}) as client:
        yield Demo(launcher, client)


class StartDemo(Protocol):
    """Starts a demo without pilots, whose past takes a few seconds of processor. It ends with the
    test. `command`: another one that starts the platform."""

    def __call__(self, *options: str, data: str = ..., command: str = ...) -> Awaitable[Demo]: ...


def command_lines() -> list[str]:
    """The command line and working folder of every process of the machine."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            folder = (entry / "cwd").readlink()
            environment = (entry / "environ").read_bytes().decode(errors="replace")
            if int(entry.name) != os.getpid():
                found.append(f"{command} {folder} {environment}")
    return found
