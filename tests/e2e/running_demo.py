"""Whole demos, started as a person starts them: the launcher, a free port, a new folder."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from embedded.ports import free_port

START_LIMIT = 120.0  # seconds; a first start makes a database, fetches, imports
REPOSITORY = Path(__file__).parents[2]


@dataclass(slots=True)
class Demo:
    """A running demo: its launcher, its public address, its folder and a client to ask it."""

    process: asyncio.subprocess.Process
    address: str
    data: Path
    client: aiohttp.ClientSession

    async def get(self, path: str, *, status: int = 200, **query: str) -> Any:
        """The JSON answered at a public address."""
        async with self.client.get(self.address + path, params=query) as answer:
            assert answer.status == status, await answer.text()
            return await answer.json()

    async def stop(self, signum: int = signal.SIGTERM) -> int:
        """Tell the launcher to stop; return its exit code."""
        if self.process.returncode is None:
            self.process.send_signal(signum)
        return await asyncio.wait_for(self.process.wait(), 40)

    def left_behind(self) -> list[str]:
        """The command lines of living processes that work in this demo's folder."""
        return [line for line in command_lines() if str(self.data) in line]


StartDemo = Callable[..., Awaitable[Demo]]


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


async def launch(
    options: Sequence[str], data: Path, *, command: str = "demo", pilots: bool = False
) -> Demo:
    """`pilots`: with the demo's three pilots, whose past takes a few seconds of processor."""
    port = free_port()
    house = ["--port", str(port), "--data", str(data)]
    if command == "demo" and not pilots:
        house.append("--without-pilots")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "regionlab", command, *house, *options),
        cwd=REPOSITORY,
        stdout=asyncio.subprocess.PIPE,
    )
    client = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20))
    return Demo(process, f"http://127.0.0.1:{port}", data, client)


async def until_ready(demo: Demo) -> None:
    """Read the launcher's progress until it prints its address."""
    assert demo.process.stdout is not None
    port = demo.address.rpartition(":")[2]
    said: list[str] = []
    async with asyncio.timeout(START_LIMIT):
        async for line in demo.process.stdout:
            said.append(line.decode())
            if f"http://localhost:{port}" in said[-1]:
                # Tests ask more often than people do.
                key = (demo.data / "gateway" / "maison.key").read_text().strip()
                demo.client.headers["x-api-key"] = key
                return
    raise AssertionError("The demo stopped before it was ready:\n" + "".join(said))
