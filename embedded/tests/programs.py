"""Start the embedded servers as the programs they are, and watch what they leave behind."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PATIENCE: Final = 180.0  # seconds, an upper bound only


@dataclass(frozen=True, slots=True)
class Server:
    """A server that has announced that it is ready."""

    process: subprocess.Popen[str]
    ready: dict[str, object]
    data: Path

    @property
    def address(self) -> str:
        return str(self.ready.get("address") or self.ready["url"])

    def end(self, number: signal.Signals) -> int:
        """Send the signal and return the exit status."""
        self.process.send_signal(number)
        return self.process.wait(timeout=_PATIENCE)


@contextlib.contextmanager
def running(name: str, data: Path, *options: str, **env: str) -> Iterator[Server]:
    """`python -m embedded NAME` on `data`, stopped at the end if the test has not done it."""
    with (data.parent / f"{data.name}.log").open("a+") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "embedded", name, "--data", str(data), *options],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=os.environ | env,
        )
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            log.seek(0)
            assert line, f"{name} did not start: {log.read()}"
            yield Server(process, json.loads(line), data)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(timeout=_PATIENCE)
            process.stdout.close()


def refused(name: str, data: Path, *options: str, **env: str) -> tuple[int, str]:
    """Run a server that should refuse to start: its exit code and its output."""
    done = subprocess.run(
        [sys.executable, "-m", "embedded", name, "--data", str(data), *options],
        capture_output=True,
        text=True,
        env=os.environ | env,
        timeout=_PATIENCE,
        check=False,
    )
    return done.returncode, done.stderr


def processes_of(data: Path) -> list[str]:
    """The command lines of all living processes that name the folder."""
    found = []
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if folder.name.isdigit() and "State:\tZ" not in (folder / "status").read_text():
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
                if os.fsencode(data) in command:
                    found.append(os.fsdecode(command))
    return found


def eventually_gone(data: Path) -> bool:
    """Whether every process of the folder ends by itself."""
    limit = time.monotonic() + _PATIENCE
    while time.monotonic() < limit:
        if not processes_of(data):
            return True
        time.sleep(0.02)
    return False
