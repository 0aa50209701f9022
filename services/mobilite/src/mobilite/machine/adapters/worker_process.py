"""Worker processes: kernel limits, one job, one result.

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
    """Limits of a job: bytes allocated, seconds of CPU and wall clock, bytes of a written file."""

    memory_bytes: int
    cpu_seconds: int
    seconds: float
    file_bytes: int


@dataclass(frozen=True, slots=True)
class JobResult:
    """How a job ended: its answer ({} if none), and whether it exceeded its limits."""

    answer: Mapping[str, Any]
    code: int = 0
    stderr_text: str = ""
    out_of_time: bool = False

    @property
    def out_of_memory(self) -> bool:
        """Whether it exceeded its memory limit."""
        return bool(self.answer.get("out_of_memory")) or self.code == -signal.SIGKILL

    @property
    def over_limits(self) -> bool:
        """Whether it exceeded its CPU time or file size limit."""
        return self.code in (-signal.SIGXCPU, -signal.SIGXFSZ)


def worker_environment() -> dict[str, str]:
    """The environment of a worker: not the role's, which contains secrets."""
    return {
        **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONUTF8": "1",
    }


def run_job(
    work: Callable[[dict[str, Any]], dict[str, Any]], job: dict[str, Any]
) -> dict[str, Any]:
    """The result of the work; a Refusal or a MemoryError is part of the result."""
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


def set_limits(job: Mapping[str, Any]) -> None:
    """Set the kernel limits of this process to those of its job.

    RLIMIT_DATA counts allocated memory; RLIMIT_AS would count mapped libraries too.
    """
    os.nice(_NICE)
    for resource_id, most, grace in (
        (resource.RLIMIT_DATA, job["memory_bytes"], 0),
        # SIGXCPU first, which tells the reason; then SIGKILL.
        (resource.RLIMIT_CPU, job["cpu_seconds"], _CPU_GRACE),
        (resource.RLIMIT_FSIZE, job["file_bytes"], 0),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        hard = resource.getrlimit(resource_id)[1]
        if hard != resource.RLIM_INFINITY:
            most = min(most, hard - grace)
        resource.setrlimit(resource_id, (most, most + grace))


def die_with_parent(parent: int) -> None:
    """Ask the kernel to end this process when its parent ends."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise SystemExit("the parent process is gone")
