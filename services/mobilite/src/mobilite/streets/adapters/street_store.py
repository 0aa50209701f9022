"""The street graphs of a role: packed once per extract, in a separate process, then mapped."""

import asyncio
import contextlib
import logging
from pathlib import Path

from mobilite.machine.adapters.array_file import BadPackedFile
from mobilite.machine.adapters.fork_server import ForkServer
from mobilite.machine.adapters.worker_process import ProcessLimits
from mobilite.streets.adapters.street_file import open_streets
from mobilite.streets.domain.graph import StreetGraph
from mobilite.timetable.adapters.packed_file import checksum
from socle.errors import Refusal

log = logging.getLogger(__name__)

LIMITS = ProcessLimits(memory_bytes=12 << 30, cpu_seconds=3600, seconds=3600.0, file_bytes=8 << 30)
"""Limits of the packing of one extract, which an operator has chosen: a country fits."""
_SUFFIX = ".streets"


class StreetStore:
    """A folder of packed street graphs, by the SHA-256 of their extracts."""

    def __init__(self, folder: Path, limits: ProcessLimits = LIMITS) -> None:
        self._folder = folder
        self._limits = limits
        self._server = ForkServer("mobilite.streets.adapters.street_worker")

    async def close(self) -> None:
        """End the packing process."""
        await self._server.close()

    def stamp(self, extract: Path) -> str | None:
        """Changes when the extract does; None if it cannot be read."""
        try:
            status = extract.stat()
        except OSError:
            return None
        return f"{status.st_mtime_ns}-{status.st_size}"

    async def obtain(self, extract: Path) -> StreetGraph:
        """The graph of an extract, packed if it is not yet; other graphs are removed, mapped ones
        stay readable. Raises Refusal if the extract cannot be read or packed."""
        try:
            path = self._folder / f"{await asyncio.to_thread(checksum, extract)}{_SUFFIX}"
        except OSError as error:
            raise Refusal(
                "invalid", f"{extract} ne peut pas être lu : {error.strerror}.", code="no_extract"
            ) from error
        try:
            graph = open_streets(path)
        except (BadPackedFile, OSError):
            await self._pack(extract, path)
            graph = open_streets(path)
        for other in self._folder.glob(f"*{_SUFFIX}"):
            if other != path:
                with contextlib.suppress(FileNotFoundError):
                    other.unlink()
        return graph

    async def _pack(self, extract: Path, path: Path) -> None:
        result = await self._server.run({"extract": str(extract), "path": str(path)}, self._limits)
        answer = result.answer
        if "edges" in answer:
            peak = answer["peak_bytes"] >> 20
            log.info("packed %s, %d edges, peak %d MiB", extract.name, answer["edges"], peak)
            return
        if "refused" in answer:
            refused = answer["refused"]
            raise Refusal(refused["category"], refused["message"], **refused["details"])
        if result.out_of_time or result.out_of_memory or result.over_cpu_or_file_limit:
            raise Refusal(
                "too_large",
                "L'extrait des rues est trop grand pour être préparé.",
                code="too_large",
            )
        log.error("packing %s ended with %s: %s", extract, result.code, result.stderr_text)
        raise Refusal("unavailable", "La préparation des rues a échoué.", code="failed")
