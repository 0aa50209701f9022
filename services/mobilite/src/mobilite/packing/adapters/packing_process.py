"""Packs feeds in separate processes with limits on memory, CPU and time."""

import logging
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pydantic import TypeAdapter

from mobilite.gtfs.domain.ids import FeedId
from mobilite.machine.adapters.fork_server import ForkServer
from mobilite.machine.adapters.worker_process import ProcessLimits
from mobilite.packing.adapters.feed_archive import ArchiveLimits
from mobilite.packing.domain.feed_version import FeedVersion
from socle.errors import Refusal

log = logging.getLogger(__name__)

_VERSION = TypeAdapter(FeedVersion)


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """Limits of the packing of one feed.

    Four million calls take 8 seconds. Feeds are packed one at a time: the worst one delays the
    others by `seconds`.
    """

    memory_bytes: int = 3 << 30
    """Allocated memory."""
    cpu_seconds: int = 180
    """CPU time."""
    seconds: float = 300.0
    """Wall-clock time."""
    file_bytes: int = 4 << 30
    """Size of the packed file."""
    archive: ArchiveLimits = field(default_factory=ArchiveLimits)


class PackingProcess:
    """Packs feeds, each in its own process. Implements `PackSchedule`.

    The processes are forked from a server that has pandas loaded.
    """

    def __init__(self, folder: Path, limits: WorkerLimits = WorkerLimits()) -> None:
        self._folder = folder
        self._limits = limits
        self._fork_server = ForkServer("mobilite.packing.adapters.packing_worker")

    async def close(self) -> None:
        """End the fork server."""
        await self._fork_server.close()

    async def pack(self, source: Path, feed_id: FeedId) -> FeedVersion:
        """Pack a zip or folder. Raises Refusal if the feed is not usable, a limit was exceeded or
        the process failed."""
        limits = self._limits
        job = {
            "source": str(source),
            "feed_id": feed_id,
            "folder": str(self._folder),
            "archive": asdict(limits.archive),
        }
        result = await self._fork_server.run(
            job,
            ProcessLimits(
                limits.memory_bytes, limits.cpu_seconds, limits.seconds, limits.file_bytes
            ),
        )
        answer = result.answer
        if "version" in answer:
            log.info("packed %s, peak %d MiB", feed_id, answer["peak_bytes"] >> 20)
            return _VERSION.validate_python(answer["version"])
        if "refused" in answer:
            refused = answer["refused"]
            raise Refusal(refused["category"], refused["message"], **refused["details"])
        if result.out_of_time:
            raise Refusal(
                "unavailable", "L'import du flux ne s'est pas terminé à temps.", code="timeout"
            )
        if result.out_of_memory:
            raise Refusal(
                "too_large",
                f"Le flux demande plus de {limits.memory_bytes >> 20} Mio de mémoire.",
                code="out_of_memory",
            )
        if result.over_cpu_or_file_limit:
            raise Refusal("too_large", "Le flux est trop long à importer.", code="too_long")
        log.error(
            "the import of %s ended with %s: %s", feed_id, result.code, result.stderr_text[-4000:]
        )
        raise Refusal("unavailable", "Le flux a fait échouer son import.", code="failed")
