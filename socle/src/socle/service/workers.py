"""Several processes of one role on one port: a parent, which serves nothing, and its workers.

Each worker listens on a socket of its own; the kernel distributes new connections among them
(SO_REUSEPORT). https://man7.org/linux/man-pages/man7/socket.7.html
"""

import logging
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Final, NoReturn

from socle.service.server import bind

_STEADY_SECONDS: Final = 60.0
"""A worker that ends sooner is replaced later each time."""
_FIRST_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 5.0

log = logging.getLogger("socle.service")


@dataclass(frozen=True, slots=True)
class Worker:
    """One of the processes of a role."""

    number: int
    """From 0."""
    port: int
    folder: Path
    """Where the workers have the sockets of their metrics."""
    parent: int
    """The reading end of a pipe, which ends when the parent does."""
    pause: float
    """Seconds to wait before the start."""
    is_first: bool
    """Whether nobody else answers yet: it listens before it is ready, so that probes learn why."""

    @property
    def socket(self) -> Path:
        """Where it answers with its metrics, once the role runs."""
        return metrics_socket(self.folder, self.number)


def metrics_socket(folder: Path, number: int) -> Path:
    """The socket of the metrics of a worker."""
    return folder / f"{number}.sock"


Serve = Callable[[Worker], int]
"""Runs the role in this process until it is stopped; returns the exit code."""


def run_workers(count: int, host: str, port: int, serve: Serve) -> int:
    """Run `count` workers until a signal stops them. Returns the exit code of the role.

    SIGTERM and SIGINT are passed on. A worker that is killed, or ends by an error, is replaced. One
    that ends before it runs stops the others. When the parent is killed, its workers stop.

    Raises Retry when another program uses the port, Refusal("invalid") when it cannot be used.
    """
    # A socket that is not shared finds out whether the port is another program's.
    with bind(host, port, shared=False) as alone:
        port = alone.getsockname()[1]
    with bind(host, port, shared=True), TemporaryDirectory(prefix="workers-") as folder:
        return _Parent(port, Path(folder), serve).run(count)


class _Parent:
    def __init__(self, port: int, folder: Path, serve: Serve) -> None:
        self._port, self._folder, self._serve = port, folder, serve
        self._reading, self._writing = os.pipe()
        self._started: dict[int, tuple[int, float]] = {}
        """The number of each running worker and the time of its start, by process id."""
        self._pauses: dict[int, float] = {}
        """How long the next replacement of each worker waits, in seconds, by its number."""
        self._stopping = False
        self._code = os.EX_OK

    def run(self, count: int) -> int:
        with self._passing_signals_on():
            for number in range(count):
                self._start(number, is_first=number == 0)
            while self._started:
                process, status = os.wait()
                self._ended(process, os.waitstatus_to_exitcode(status))
        return self._code

    def _start(self, number: int, *, is_first: bool = False) -> None:
        pause = self._pauses.get(number, 0)
        worker = Worker(number, self._port, self._folder, self._reading, pause, is_first)
        worker.socket.unlink(missing_ok=True)
        # Signals wait, so that none is lost between the fork and the entry in the table.
        with _signals_blocked():
            process = os.fork()
            if process:
                self._started[process] = (number, time.monotonic())
                return
            os.close(self._writing)
            for each in (signal.SIGTERM, signal.SIGINT):
                signal.signal(each, signal.SIG_DFL)
        self._work(worker)

    def _work(self, worker: Worker) -> NoReturn:
        """In the worker: it must not return into what its parent was doing."""
        code = os.EX_SOFTWARE
        try:
            time.sleep(worker.pause)
            code = self._serve(worker)
        except Exception:
            log.critical("A worker failed", exc_info=True)
        finally:
            logging.shutdown()
            os._exit(code)

    def _ended(self, process: int, code: int) -> None:
        started = self._started.pop(process, None)
        if started is None:
            return
        number, since = started
        if self._stopping:
            self._code = self._code or max(code, 0)
        elif not metrics_socket(self._folder, number).exists():
            log.error("Worker %d ended before it was running (%d)", number, code)
            self._code = code if code > 0 else os.EX_SOFTWARE
            self._stop(signal.SIGTERM)
        else:
            log.error("Worker %d ended (%d); another one replaces it", number, code)
            pause = self._pauses.get(number, _FIRST_PAUSE / 2)
            is_steady = time.monotonic() - since > _STEADY_SECONDS
            self._pauses[number] = _FIRST_PAUSE if is_steady else min(2 * pause, _LONGEST_PAUSE)
            self._start(number)

    def _stop(self, by: int) -> None:
        self._stopping = True
        for process in tuple(self._started):
            with suppress(ProcessLookupError):
                os.kill(process, by)

    @contextmanager
    def _passing_signals_on(self) -> Iterator[None]:
        def stop(by: int, frame: FrameType | None) -> None:
            self._stop(by)

        before: Mapping[int, object] = {
            each: signal.signal(each, stop) for each in (signal.SIGTERM, signal.SIGINT)
        }
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)  # type: ignore[arg-type]


@contextmanager
def _signals_blocked() -> Iterator[None]:
    """Deliver SIGTERM and SIGINT afterwards."""
    blocked = {signal.SIGTERM, signal.SIGINT}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, blocked)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
