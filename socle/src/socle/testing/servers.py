"""Server programs of `embedded`, which a test starts, stops and kills; ports for other programs."""

import importlib
import importlib.util
import json
import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

import pytest

ServerKind = Literal["postgres", "broker", "kafka"]

ADDRESS_OF: Final[dict[ServerKind, str]] = {
    "postgres": "REGIONLAB_TEST_POSTGRES",
    "broker": "REGIONLAB_TEST_KAFKA",
    "kafka": "REGIONLAB_TEST_KAFKA",
}
"""The variable that names a server which runs already."""

_START_SECONDS: Final = 120.0
_STOP_SECONDS: Final = 20.0
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - where Linux keeps files in memory
_ROOM: Final = 2 << 30
_NAME: Final = "regionlab-test-"


class Server:
    """A server program of `embedded`, with its data in a folder."""

    def __init__(self, kind: ServerKind, data: Path) -> None:
        self._kind = kind
        self._data = data
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0
        self.address = ""

    def start(self) -> None:
        """Start it, at the same port as before if it ran, and wait until it answers."""
        command = (sys.executable, "-m", "embedded", self._kind)
        self._process = subprocess.Popen(
            [*command, "--data", str(self._data), "--port", str(self._port)],
            stdout=subprocess.PIPE,
        )
        told = json.loads(self._first_line(self._process))
        self.address = told["url"] if self._kind == "postgres" else told["address"]
        where = self.address if "//" in self.address else f"//{self.address}"
        self._port = urlsplit(where).port or 0

    def stop(self) -> None:
        """Ask it to stop and wait."""
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
        readable, _, _ = select.select([process.stdout], [], [], _START_SECONDS)
        line = process.stdout.readline() if readable else b""
        if not line:
            process.kill()
            process.wait()
            raise RuntimeError(f"embedded {self._kind} did not start (exit {process.returncode})")
        return line


def need_server(kind: ServerKind) -> None:
    """Skip the test where that server cannot be started here."""
    _need_embedded(f", or {ADDRESS_OF[kind]}")
    if kind == "kafka" and shutil.which("java") is None:
        pytest.skip("needs java (17 or later)")


@contextmanager
def data_folder(usual: Path) -> Iterator[Path]:
    """A folder for a server whose data nobody reads after it: in memory where there is room, since
    a test's database is hundreds of small files, else `usual`."""
    try:
        roomy = shutil.disk_usage(_MEMORY).free > _ROOM and os.access(_MEMORY, os.W_OK)
    except OSError:
        roomy = False
    if not roomy:
        yield usual
        return
    for left in _MEMORY.glob(f"{_NAME}*"):
        if not Path("/proc", left.name.removeprefix(_NAME).partition("-")[0]).exists():
            shutil.rmtree(left, ignore_errors=True)  # of a run that was killed
    folder = _MEMORY / f"{_NAME}{os.getpid()}-{usual.name}"
    folder.mkdir(mode=0o700, exist_ok=True)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """A port for a program that a test starts; no other is given it while this one runs."""
    _need_embedded()
    port: int = importlib.import_module("embedded.ports").free_port()
    return port


def _need_embedded(instead: str = "") -> None:
    if importlib.util.find_spec("embedded") is None:
        pytest.skip(f"needs embedded (the house's own package){instead}")
