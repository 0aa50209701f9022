"""The program that packs one feed and ends: `python -m mobilite.adapters.import_worker`.

A feed is a stranger's file. It is read in a process of its own, with limits the kernel holds, so
that the worst feed costs one short-lived process and the role that stays never loads pandas.
The job comes as JSON on stdin, the answer leaves as JSON on stdout.
"""

import contextlib
import ctypes
import json
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from mobilite.adapters.feed_archive import ArchiveLimits
from mobilite.domain.feed import FeedId
from mobilite.domain.feed_version import FeedVersion
from socle.errors import Refusal

_PR_SET_PDEATHSIG = 1
_NICE = 10
_CPU_GRACE = 5


def main() -> None:
    """Read the job, hold the limits, pack, answer."""
    job = json.load(sys.stdin)
    _die_with_parent(job["parent"])
    os.nice(_NICE)
    _limit(memory=job["memory_bytes"], cpu_seconds=job["cpu_seconds"], file=job["file_bytes"])
    answer = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # libraries that print do not spoil it
    with answer:
        json.dump(_answer(job), answer, ensure_ascii=False)


def _answer(job: dict[str, Any]) -> dict[str, Any]:
    try:
        # Loaded under the limits, and here alone.
        from mobilite.adapters.feed_packer import pack_feed

        version = pack_feed(
            Path(job["source"]),
            FeedId(job["feed_id"]),
            Path(job["folder"]),
            ArchiveLimits(**job["archive"]),
        )
    except Refusal as refusal:
        return {
            "refused": {
                "category": refusal.category,
                "message": refusal.message,
                "details": refusal.details,
            }
        }
    except OSError as error:  # a full disk is no fault of the feed
        message = f"Le fichier d'horaires ne peut pas être écrit : {error.strerror}."
        return {"refused": {"category": "unavailable", "message": message, "details": {}}}
    except MemoryError:
        return {"out_of_memory": True}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {
        "version": TypeAdapter(FeedVersion).dump_python(version, mode="json"),
        "peak_bytes": peak,
    }


def _limit(*, memory: int, cpu_seconds: int, file: int) -> None:
    """RLIMIT_DATA counts what is really allocated; RLIMIT_AS would count mapped libraries too."""
    for kind, most, grace in (
        (resource.RLIMIT_DATA, memory, 0),
        (resource.RLIMIT_CPU, cpu_seconds, _CPU_GRACE),  # SIGXCPU, which says why; then SIGKILL
        (resource.RLIMIT_FSIZE, file, 0),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        if hard != resource.RLIM_INFINITY:
            most = min(most, hard - grace)
        resource.setrlimit(kind, (most, most + grace))


def _die_with_parent(parent: int) -> None:
    """Ask the kernel to end this process with the one that started it, however that one ends."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise SystemExit("the importer is gone")


if __name__ == "__main__":
    main()
