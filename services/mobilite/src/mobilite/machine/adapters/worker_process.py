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

_PASSED_ON = (
    "PATH", "LANG", "LC_ALL", "PYTHONPATH", "LD_LIBRARY_PATH", "TMPDIR", "TZ", "NUMBA_CACHE_DIR",
)  # fmt: skip
_PR_SET_PDEATHSIG = 1
_NICE = 10
_CPU_GRACE = 5
"""Seconds between the soft and the hard limit of CPU time."""


@dataclass(frozen=True, slots=True)
class ProcessLimits:
    """Limits of one job."""

    memory_bytes: int
    """Allocated memory (RLIMIT_DATA)."""
    cpu_seconds: int
    """CPU time."""
    seconds: float
    """Wall-clock time."""
    file_bytes: int
    """Size of each written file."""


@dataclass(frozen=True, slots=True)
class JobResult:
    """How a job ended."""

    answer: Mapping[str, Any]
    """What the job returned, with `peak_bytes`; or `refused`, or `out_of_memory` (`run_job`); {}
    if it died."""
    code: int = 0
    """The exit code; negative: the signal that ended it. -1 also if the server ended without a
    result; 0 if `out_of_time`."""
    stderr_text: str = ""
    """The end of its error output."""
    out_of_time: bool = False
    """Whether it exceeded its wall-clock limit."""

    @property
    def out_of_memory(self) -> bool:
        """Whether it exceeded its memory limit."""
        # SIGKILL is taken for the kernel's OOM killer. The hard CPU limit sends it too, but
        # only to a job that has survived SIGXCPU.
        return bool(self.answer.get("out_of_memory")) or self.code == -signal.SIGKILL

    @property
    def over_cpu_or_file_limit(self) -> bool:
        """Whether it exceeded its CPU time or file size limit."""
        return self.code in (-signal.SIGXCPU, -signal.SIGXFSZ)


def worker_environment() -> dict[str, str]:
    """The environment of a worker: a selection, because the role's contains secrets."""
    return {
        **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONUTF8": "1",
    }


def run_job(
    work: Callable[[dict[str, Any]], dict[str, Any]], job: dict[str, Any]
) -> dict[str, Any]:
    """The answer of the work, with `peak_bytes` (maximum resident memory); {"refused": …} for a
    Refusal, {"out_of_memory": true} for a MemoryError."""
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
    """Lower the priority of this process, and set its kernel limits to those of its job.

    `job` has `memory_bytes`, `cpu_seconds` and `file_bytes`. RLIMIT_DATA counts allocated memory;
    RLIMIT_AS would count mapped libraries too.
    """
    os.nice(_NICE)
    for resource_id, most, grace in (
        (resource.RLIMIT_DATA, job["memory_bytes"], 0),
        # SIGXCPU first, from which the reason is known; then SIGKILL.
        (resource.RLIMIT_CPU, job["cpu_seconds"], _CPU_GRACE),
        (resource.RLIMIT_FSIZE, job["file_bytes"], 0),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        hard = resource.getrlimit(resource_id)[1]
        if hard != resource.RLIM_INFINITY:
            most = min(most, hard - grace)
        resource.setrlimit(resource_id, (most, most + grace))


def die_with_parent(parent: int) -> None:
    """Ask the kernel to end this process when its parent ends. `parent`: the parent's process id.

    Raises SystemExit if the parent has already ended.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise SystemExit("the parent process is gone")
