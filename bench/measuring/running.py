"""Start and stop programs (a command, the complete demo); their load and their CPU time."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.measuring.house_key import use_house_key
from embedded.ports import free_port
from regionlab.launch.services import SERVICES

CONNECTIONS: Final = 32
"""Default number of connections of the load generator."""
UNVERIFIED_CALLERS: Final = {"REGIONLAB_GATEWAY_KEYS": ""}
"""The setting with which services accept requests without the gateway's token."""
_PREFIXES = ("REGIONLAB_", *(f"{service.name.upper()}_" for service in SERVICES))
"""Of the environment variables that are settings of the platform."""


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo that is ready."""

    launcher: int
    """Process id of `regionlab demo`."""
    address: str
    """Base URL of its gateway."""
    seconds: float
    """From the start of the command to the line with its address."""

    def process(self, *words: str) -> int:
        """Id of the process started as `python -m <words>`. Raises StopIteration if none is."""
        return next(pid for pid in descendants(self.launcher) if _module(pid) == words)


@contextmanager
def demo(data: Path, *options: str, settings: Mapping[str, str] | None = None) -> Iterator[Demo]:
    """Run `regionlab demo` on a free port; it is stopped at the end of the context.

    `data`: its data folder. `options`: of its command line. `settings`: more environment variables.
    Raises RuntimeError if it ends before it is ready.
    """
    port = str(free_port())
    command = [sys.executable, "-m", "regionlab", "demo", "--port", port, "--data", str(data)]
    command += options
    started = time.perf_counter()
    env = {**os.environ, **(settings or {})}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if f"http://localhost:{port}" in line:
                    seconds = time.perf_counter() - started
                    use_house_key(data)
                    yield Demo(process.pid, f"http://127.0.0.1:{port}", seconds)
                    return
            raise RuntimeError("the demo stopped before it was ready")
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


@contextmanager
def running(command: list[str], settings: Mapping[str, str] | None = None) -> Iterator[int]:
    """Run a command; it is terminated at the end of the context. Yields its process id.

    `settings`: its only settings of the platform; those of this process are not passed on.
    """
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(_PREFIXES)
    }
    process = subprocess.Popen(
        command, env={**environment, **(settings or {})}, stdout=subprocess.DEVNULL
    )
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(30)


def wait_for(url: str, seconds: int = 30) -> None:
    """Wait until the URL answers 200. Raises RuntimeError after about `seconds`."""
    for _ in range(10 * seconds):
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise RuntimeError(f"{url} does not answer")


def load_of(
    address: str,
    targets: Sequence[str],
    *,
    seconds: float,
    connections: int = CONNECTIONS,
    rate: float = 0,
    headers: Sequence[str] = (),
) -> dict[str, Any]:
    """Run `bench.measuring.load` in a process of its own.

    `targets`: paths, or requests as JSON. `rate`: requests per second; 0: as fast as possible.
    `headers`: complete lines. Returns the fields of `Load` by name. Raises
    subprocess.CalledProcessError if the program fails.
    """
    words = (address, str(connections), str(seconds), str(rate))
    command = (sys.executable, "-m", "bench.measuring.load", *words)
    stdin = "\n".join((*targets, *headers))
    done = subprocess.run(command, input=stdin, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def cpu_seconds_of(process: int) -> float:
    """CPU seconds, user and system, of a process and its direct children (proc(5))."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            before, _, after = stat.read_text().rpartition(")")
        except OSError:
            continue
        fields = after.split()
        if int(before.split()[0]) == process or int(fields[1]) == process:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def cpu_time_of_tree(process: int) -> float:
    """CPU seconds, user and system, of a process and its descendants (proc(5)).

    Descendants that have ended and were waited for are included.
    """
    ticks = 0
    for each in {process, *descendants(process)}:
        with suppress(OSError):
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(int(field) for field in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def postmaster() -> int:
    """The process id of PostgreSQL, which this program has started."""
    return next(
        each
        for each in descendants(os.getpid())
        if Path(f"/proc/{each}/comm").read_text().strip() == "postgres"
    )


def descendants(process: int) -> list[int]:
    """Ids of all descendants of a process; incomplete if one of them ends during the call."""
    children: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{process}/task").iterdir():
            # A thread can end meanwhile; continue with the others.
            with suppress(OSError):
                children += map(int, (task / "children").read_text().split())
    return children + [found for child in children for found in descendants(child)]


def command_line_of(process: int) -> list[str]:
    """The command line of a process, by argument. Raises OSError if it has ended."""
    line = Path(f"/proc/{process}/cmdline").read_bytes().decode(errors="replace")
    return line.rstrip("\0").split("\0")


def variables(process: int) -> dict[str, str]:
    """The platform's environment variables a process was started with. Raises OSError."""
    lines = Path(f"/proc/{process}/environ").read_bytes().decode().split("\0")
    variables_found = (line.partition("=") for line in lines if line.startswith(_PREFIXES))
    return {name: value for name, _, value in variables_found}


def variable(process: int, name: str) -> str:
    """One environment variable of a process. Raises KeyError if it has none of that name."""
    return variables(process)[name]


def _module(process: int) -> tuple[str, ...]:
    try:
        words = command_line_of(process)
    except OSError:  # it ended meanwhile
        return ()
    return tuple(words[words.index("-m") + 1 :]) if "-m" in words else ()
