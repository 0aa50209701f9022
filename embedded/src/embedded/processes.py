"""Programs that never outlive the one that started them: parent-death signals and clean stops.

Linux signals a process when its parent dies (`PR_SET_PDEATHSIG`). The launcher, the embedded
servers and the programs below them all request it, so that even after a SIGKILL none keeps running.
The signal is sent when the parent's *thread* ends: start programs from a thread that does not. On
other systems only clean stops are guaranteed.
https://man7.org/linux/man-pages/man2/pr_set_pdeathsig.2const.html
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from types import FrameType
from typing import IO, Any

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class StartError(Exception):
    """The program cannot start; the message is French, with a remedy."""


def die_with_parent(signal_number: signal.Signals, parent: int | None = None) -> None:
    """Let the kernel send `signal_number` to this process when its parent dies. A change of user
    clears the request, so it comes first.

    `parent`: the expected pid of the parent; if it has already died, this process ends at once.

    Raises OSError.
    """
    if _LIBC is None:
        return
    if _LIBC.prctl(_PR_SET_PDEATHSIG, int(signal_number), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if parent is not None and os.getppid() != parent:
        os._exit(1)


def child_setup(
    signal_number: signal.Signals = signal.SIGKILL, first: Callable[[], None] | None = None
) -> Callable[[], None]:
    """The `preexec_fn` of a child that dies with the calling process.

    `first`: runs before, for a change of user.
    """
    parent = os.getpid()

    def setup() -> None:
        if first is not None:
            first()
        die_with_parent(signal_number, parent)

    return setup


class Foreground:
    """Runs one program in the foreground: SIGTERM and SIGINT stop it cleanly.

    `stop_with`: the program's own signal for a clean stop.
    `stop_seconds`: after which it is killed.
    """

    def __init__(self, *, stop_with: signal.Signals, stop_seconds: int) -> None:
        self._stop_with = stop_with
        self._stop_seconds = stop_seconds
        self._child: subprocess.Popen[bytes] | None = None
        self.stopping = False
        """Whether a stop was requested."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGALRM, self._kill)

    def start(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        first: Callable[[], None] | None = None,
        death_signal: signal.Signals = signal.SIGKILL,
        stdout: int | IO[bytes] | None = None,
        **popen: Any,
    ) -> subprocess.Popen[bytes]:
        """Start `argv` in its own session; `first` and `death_signal` as in `child_setup`."""
        self._child = subprocess.Popen(
            argv,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=stdout if stdout is not None else sys.stderr,
            start_new_session=True,
            preexec_fn=child_setup(death_signal, first),
            **popen,
        )
        if self.stopping:  # the signal came before the program was started
            self._child.send_signal(self._stop_with)
        return self._child

    def wait(self) -> int:
        """Wait for the end. Returns 0 after a requested stop, otherwise the program's exit status,
        or 1 if that is 0."""
        if self._child is None:
            return 0
        status = self._child.wait()
        return 0 if self.stopping else (status or 1)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True
        if self._child is not None:
            self._child.send_signal(self._stop_with)
            signal.alarm(self._stop_seconds)

    def _kill(self, _number: int, _frame: FrameType | None) -> None:
        if self._child is not None:
            self._child.kill()


def announce_ready(**where: str) -> None:
    """Print one JSON line for the parent: the server is ready, at this `address` or `url`."""
    print(json.dumps({"ready": True, **where}), flush=True)  # noqa: T201
