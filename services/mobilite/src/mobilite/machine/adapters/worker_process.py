"""What holds for every process that does heavy work: limits the kernel keeps, one job, one answer.

`machine/adapters/fork_server.py` starts them.
"""

import contextlib
import ctypes
import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from socle.errors import Refusal

_PASSED_ON = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "LD_LIBRARY_PATH", "TMPDIR", "TZ")
_PR_SET_PDEATHSIG = 1
_NICE = 10
_CPU_GRACE = 5


@dataclass(frozen=True, slots=True)
class ProcessLimits:
    """Bytes allocated, seconds of processor and of wall clock, bytes of a file written."""

    memory_bytes: int
    cpu_seconds: int
    seconds: float
    file_bytes: int


@dataclass(frozen=True, slots=True)
class Ended:
    """How a worker ended: its answer ({} where it gave none), and whether it met its limits."""

    answer: Mapping[str, Any]
    code: int = 0
    complaint: str = ""
    out_of_time: bool = False

    @property
    def out_of_memory(self) -> bool:
        """Whether it asked for more memory than it may have."""
        return bool(self.answer.get("out_of_memory")) or self.code == -signal.SIGKILL

    @property
    def too_long(self) -> bool:
        """Whether it used all the processor time, or wrote all the bytes, it may."""
        return self.code in (-signal.SIGXCPU, -signal.SIGXFSZ)


def worker_environment() -> dict[str, str]:
    """What a worker is told: not the role's environment, which holds its secrets."""
    return {
        **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONUTF8": "1",
    }


def answer_of(
    work: Callable[[dict[str, Any]], dict[str, Any]], job: dict[str, Any]
) -> dict[str, Any]:
    """What the work gives; a Refusal, or memory that ran out, as an answer too."""
    try:
        answer = work(job)
    except Refusal as refusal:
        return {
            "refused": {
                "category": refusal.category,
                "message": refusal.message,
                "details": refusal.details,
            }
        }
    except MemoryError:
        return {"out_of_memory": True}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {**answer, "peak_bytes": peak}


def parse_answer(output: bytes) -> dict[str, Any]:
    """The JSON object a worker wrote; {} for anything else."""
    try:
        answer = json.loads(output)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def hold_limits(job: Mapping[str, Any]) -> None:
    """Let the kernel hold this process to the limits of its job.

    RLIMIT_DATA counts what is really allocated; RLIMIT_AS would count mapped libraries too.
    """
    os.nice(_NICE)
    for kind, most, grace in (
        (resource.RLIMIT_DATA, job["memory_bytes"], 0),
        # SIGXCPU, which says why; then SIGKILL.
        (resource.RLIMIT_CPU, job["cpu_seconds"], _CPU_GRACE),
        (resource.RLIMIT_FSIZE, job["file_bytes"], 0),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        if hard != resource.RLIM_INFINITY:
            most = min(most, hard - grace)
        resource.setrlimit(kind, (most, most + grace))


def die_with_parent(parent: int) -> None:
    """Ask the kernel to end this process with the one that started it, however that one ends."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise SystemExit("whoever asked for this work is gone")
