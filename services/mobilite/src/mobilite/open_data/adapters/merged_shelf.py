"""A replica's folder of published schedules: `<version>.zip`. Files survive restarts."""

import asyncio
import contextlib
import logging
import time
from dataclasses import asdict
from pathlib import Path
from typing import Final

from mobilite.machine.adapters.atomic_file import SUFFIX as PART
from mobilite.machine.adapters.fork_server import ForkServer
from mobilite.machine.adapters.worker_process import ProcessLimits
from mobilite.open_data.adapters.merged_gtfs import SUFFIX
from mobilite.open_data.domain.merged_network import MergedVersion
from socle.errors import Refusal

log = logging.getLogger(__name__)

GTFS_PROGRAM: Final = "mobilite.open_data.adapters.merged_worker"
LIMITS = ProcessLimits(memory_bytes=1 << 30, cpu_seconds=180, seconds=600.0, file_bytes=2 << 30)
"""Two million calls take eight seconds and 90 MiB."""
_ABANDONED_SECONDS = 3600.0
"""Age from which a partial file belongs to no running process."""


class MergedScheduleFolder:
    """The schedules of one folder. Implements `MergedScheduleStore`."""

    def __init__(
        self,
        folder: Path,
        *,
        packed: Path,
        program: str = GTFS_PROGRAM,
        limiter: asyncio.Semaphore | None = None,
    ) -> None:
        """`folder` is created if it is missing. `packed`: the folder of the packed files.
        `program`: the module of the process that writes a file. `limiter`: of the processes of
        several folders; None: no limit."""
        self._folder = folder
        self._packed = packed
        self._program = program
        self._limiter = limiter
        folder.mkdir(parents=True, exist_ok=True)

    def find(self, version: str) -> Path | None:
        """The file of a version; None if it does not exist."""
        path = self._folder / f"{version}{SUFFIX}"
        return path if path.is_file() else None

    def latest(self) -> Path | None:
        """The newest file; None if there is none."""
        return next(iter(self._newest_first()), None)

    def _newest_first(self) -> list[Path]:
        found = [(path.stat().st_mtime, path) for path in self._folder.glob(f"*{SUFFIX}")]
        return [path for _, path in sorted(found, reverse=True)]

    async def make(self, version: MergedVersion) -> Path:
        """Write the file of a version, in a separate process; the previous one stays for current
        downloads.

        Raises Refusal("unavailable") if that fails.
        """
        target = self._folder / f"{version.id}{SUFFIX}"
        job = {
            "feeds": [asdict(feed) for feed in version.feeds],
            "packed": str(self._packed),
            "target": str(target),
            "version": version.id,
            "publisher": version.publisher,
        }
        async with self._limiter or contextlib.nullcontext():
            fork_server = ForkServer(self._program)
            try:
                result = await fork_server.run(job, LIMITS)
            finally:
                await fork_server.close()  # not needed again soon: schedules are rarely made
        if "bytes" not in result.answer:
            why = result.answer.get("refused", {}).get("details") or result.stderr_text[-4000:]
            log.error("%s was not made (%s): %s", target, result.code, why)
            raise Refusal("unavailable", "L'horaire n'a pas pu être écrit.")
        log.info(
            "schedule %s: %d bytes, peak %d MiB",
            target,
            result.answer["bytes"],
            result.answer["peak_bytes"] >> 20,
        )
        self._remove_old()
        return target

    def _remove_old(self) -> None:
        """Remove all files but the two newest, and abandoned partial files."""
        for path in self._newest_first()[2:]:
            path.unlink(missing_ok=True)
        for path in self._folder.glob(f"*{PART}"):
            with contextlib.suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime > _ABANDONED_SECONDS:
                    path.unlink()
