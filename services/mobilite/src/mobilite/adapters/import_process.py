"""Packing in a process of its own: limits on memory, processor, time; one answer, or a refusal."""

import asyncio
import json
import logging
import os
import signal
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from mobilite.adapters.feed_archive import ArchiveLimits
from mobilite.domain.feed import FeedId
from mobilite.domain.feed_version import FeedVersion
from socle.errors import Refusal

log = logging.getLogger(__name__)

_VERSION = TypeAdapter(FeedVersion)
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "LD_LIBRARY_PATH", "TMPDIR", "TZ")


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """Bytes allocated, seconds of processor and of wall clock, bytes of the packed file.

    Four million calls take 8 seconds. Feeds are packed one at a time: the worst one makes the
    others wait that long, once.
    """

    memory_bytes: int = 3 << 30
    cpu_seconds: int = 180
    seconds: float = 300.0
    file_bytes: int = 4 << 30
    archive: ArchiveLimits = field(default_factory=ArchiveLimits)


class PackingProcess:
    """Packs feeds into `folder`, one process a feed."""

    def __init__(self, folder: Path, limits: WorkerLimits = WorkerLimits()) -> None:
        self._folder = folder
        self._limits = limits

    async def pack(self, source: Path, feed_id: FeedId) -> FeedVersion:
        """Pack a zip or folder. Raises Refusal: what the feed is, or what it cost."""
        job = {
            "parent": os.getpid(),
            "source": str(source),
            "feed_id": feed_id,
            "folder": str(self._folder),
            "memory_bytes": self._limits.memory_bytes,
            "cpu_seconds": self._limits.cpu_seconds,
            "file_bytes": self._limits.file_bytes,
            "archive": asdict(self._limits.archive),
        }
        code, output, complaint = await self._run(json.dumps(job).encode())
        answer = _parse(output) if code == 0 else {}
        if "version" in answer:
            log.info("packed %s, peak %d MiB", feed_id, answer["peak_bytes"] >> 20)
            return _VERSION.validate_python(answer["version"])
        if "refused" in answer:
            refused = answer["refused"]
            raise Refusal(refused["category"], refused["message"], **refused["details"])
        if answer.get("out_of_memory") or code == -signal.SIGKILL:
            raise Refusal(
                "too_large",
                f"Le flux demande plus de {self._limits.memory_bytes >> 20} Mio de mémoire.",
                code="out_of_memory",
            )
        if code in (-signal.SIGXCPU, -signal.SIGXFSZ):
            raise Refusal("too_large", "Le flux est trop long à importer.", code="too_long")
        log.error("the import of %s ended with %s: %s", feed_id, code, complaint[-4000:])
        raise Refusal("unavailable", "Le flux a fait échouer son import.", code="failed")

    async def _run(self, job: bytes) -> tuple[int, bytes, str]:
        # The environment is not passed on: it holds the secrets of the role.
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",
            "-m",
            "mobilite.adapters.import_worker",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={
                **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
                "OPENBLAS_NUM_THREADS": "1",
                "PYTHONUTF8": "1",
            },
        )
        try:
            async with asyncio.timeout(self._limits.seconds):
                output, complaint = await process.communicate(job)
        except TimeoutError:
            raise Refusal(
                "unavailable", "L'import du flux ne s'est pas terminé à temps.", code="timeout"
            ) from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert process.returncode is not None
        return process.returncode, output, complaint.decode("utf-8", "replace")


def _parse(output: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(output)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
