"""Server programs of `embedded`, which a test starts, stops and kills; ports for other programs."""

import fcntl
import importlib
import importlib.util
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, Literal

import pytest

ServerName = Literal["postgres", "broker", "kafka"]

ADDRESS_OF: Final[dict[ServerName, str]] = {
    "postgres": "REGIONLAB_TEST_POSTGRES",
    "broker": "REGIONLAB_TEST_KAFKA",
    "kafka": "REGIONLAB_TEST_KAFKA",
}
"""The variable with the address of a server that already runs."""

_START_SECONDS: Final = 300.0  # an upper bound: the first start fetches archives
_STOP_SECONDS: Final = 180.0  # an upper bound: these programs have their own
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - where Linux keeps files in memory
_MIN_FREE_BYTES: Final = 2 << 30
_PREFIX: Final = "regionlab-test-"
_IN_USE: Final = "in-use"


class Server:
    """A server program of `embedded`, with its data in a folder."""

    def __init__(self, name: ServerName, data: Path) -> None:
        self._name = name
        self._data = data
        self._process: subprocess.Popen[bytes] | None = None
        self._port = free_port()
        self.address = ""
        """URL of PostgreSQL, `host:port` of a broker; empty before the first start."""

    def start(self) -> None:
        """Start it, always at the same port, and wait until it is ready."""
        command = (sys.executable, "-m", "embedded", self._name)
        self._process = subprocess.Popen(
            [*command, "--data", str(self._data), "--port", str(self._port)],
            stdout=subprocess.PIPE,
        )
        announced = json.loads(self._first_line(self._process))
        self.address = announced["url"] if self._name == "postgres" else announced["address"]

    def stop(self) -> None:
        """Send SIGTERM and wait."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a crash would."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        process.send_signal(how)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert process.stdout is not None
        process.stdout.close()

    def _first_line(self, process: "subprocess.Popen[bytes]") -> bytes:
        assert process.stdout is not None
        # Not select.select, which refuses descriptors above 1023: a worker may have more open.
        poller = select.poll()
        poller.register(process.stdout, select.POLLIN)
        line = process.stdout.readline() if poller.poll(_START_SECONDS * 1000) else b""
        if not line:
            process.kill()
            process.wait()
            raise RuntimeError(f"embedded {self._name} did not start (exit {process.returncode})")
        return line


def need_server(name: ServerName) -> None:
    """Skip the test if that server cannot be started here."""
    if not _has_embedded():
        pytest.skip(f"needs embedded (the house's own package), or {ADDRESS_OF[name]}")
    if name == "kafka":
        java, processes = (importlib.import_module(f"embedded.{n}") for n in ("java", "processes"))
        try:
            java.find_java("Kafka")
        except processes.StartError as missing:
            pytest.skip(f"needs java (17 or later): {missing}")


@contextmanager
def data_folder(fallback: Path) -> Iterator[Path]:
    """A folder for the data of one run: in memory if there is enough, since a test's database has
    hundreds of small files, otherwise `fallback`. Removes the folders of killed runs."""
    try:
        has_room = shutil.disk_usage(_MEMORY).free > _MIN_FREE_BYTES and os.access(_MEMORY, os.W_OK)
    except OSError:
        has_room = False
    if not has_room:
        yield fallback
        return
    for leftover in _MEMORY.glob(f"{_PREFIX}*"):
        with suppress(OSError), (leftover / _IN_USE).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(leftover, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_MEMORY))
    with (folder / _IN_USE).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """A free port for a program that a test starts. If `embedded` is installed, no other caller
    gets the same port while this process runs."""
    if _has_embedded():
        return int(importlib.import_module("embedded.ports").free_port())
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _has_embedded() -> bool:
    return importlib.util.find_spec("embedded") is not None
