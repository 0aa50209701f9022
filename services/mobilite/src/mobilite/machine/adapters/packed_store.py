"""A role's packed copies of operators' files: packed once, in a separate process, then opened."""

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from mobilite.machine.adapters.array_file import BadPackedFile
from mobilite.machine.adapters.atomic_file import SUFFIX as PART_SUFFIX
from mobilite.machine.adapters.checksum import checksum
from mobilite.machine.adapters.file_stamp import file_stamp
from mobilite.machine.adapters.fork_server import ForkServer
from mobilite.machine.adapters.worker_process import ProcessLimits
from socle.errors import Refusal

log = logging.getLogger(__name__)

PackedT = TypeVar("PackedT")


@dataclass(frozen=True, slots=True)
class Packing(Generic[PackedT]):
    """How files of one type are packed."""

    module: str
    """The program that packs (`serve_jobs`). Its jobs have `sources` and `path`; its answers have
    `packed`, a summary in English, or `refused`."""
    suffix: str
    """Of the packed files."""
    open_packed: Callable[[Path], PackedT]
    """Opens a packed file. Raises BadPackedFile or OSError. The content stays readable when the
    file is unlinked."""
    name: str
    """In French, for messages: « Les rues »."""
    limits: ProcessLimits


class PackedStore(Generic[PackedT]):
    """A folder of packed files, by the SHA-256 of their sources."""

    def __init__(self, folder: Path, packing: Packing[PackedT]) -> None:
        self._folder = folder
        self._packing = packing
        self._server = ForkServer(packing.module)

    async def close(self) -> None:
        """End the packing process."""
        await self._server.close()

    def stamp(self, sources: Sequence[Path]) -> str | None:
        """Changes when a source does; None if one cannot be read."""
        return file_stamp(sources)

    async def obtain(self, sources: Sequence[Path]) -> PackedT:
        """The content of sources, packed if it is not yet; other files are removed, open ones stay
        readable. Raises Refusal if the sources cannot be read or packed."""
        packing = self._packing
        try:
            name = await asyncio.to_thread(_checksum, sources)
        except OSError as error:
            raise Refusal(
                "invalid",
                f"{error.filename} ne peut pas être lu : {error.strerror}.",
                code="unreadable",
            ) from error
        path = self._folder / f"{name}{packing.suffix}"
        try:
            content = await asyncio.to_thread(packing.open_packed, path)
        except (BadPackedFile, OSError):
            await self._pack(sources, path)
            content = await asyncio.to_thread(packing.open_packed, path)
        for pattern in (f"*{packing.suffix}", f"*{PART_SUFFIX}"):
            for other in self._folder.glob(pattern):
                if other != path:
                    with contextlib.suppress(FileNotFoundError):
                        other.unlink()
        return content

    async def find_former(self) -> PackedT | None:
        """The content that was packed last; None if there is none that can be opened."""
        packed = self._folder.glob(f"*{self._packing.suffix}")
        for path in sorted(packed, key=lambda each: each.stat().st_mtime_ns, reverse=True):
            with contextlib.suppress(BadPackedFile, OSError):
                return await asyncio.to_thread(self._packing.open_packed, path)
        return None

    async def _pack(self, sources: Sequence[Path], path: Path) -> None:
        packing, source = self._packing, sources[0]
        job = {"sources": [str(each) for each in sources], "path": str(path)}
        result = await self._server.run(job, packing.limits)
        answer = result.answer
        if "packed" in answer:
            peak = answer["peak_bytes"] >> 20
            log.info("packed %s: %s, peak %d MiB", source.name, answer["packed"], peak)
            return
        if "refused" in answer:
            refused = answer["refused"]
            raise Refusal(refused["category"], refused["message"], **refused["details"])
        if result.out_of_time or result.out_of_memory or result.over_cpu_or_file_limit:
            raise Refusal(
                "too_large",
                f"{packing.name} : le fichier est trop grand pour être préparé.",
                code="too_large",
            )
        log.error("packing %s ended with %s: %s", source, result.code, result.stderr_text)
        raise Refusal("unavailable", f"{packing.name} : la préparation a échoué.", code="failed")


def _checksum(sources: Sequence[Path]) -> str:
    """The checksum of a file, or of the checksums of several."""
    each = [checksum(source) for source in sources]
    return each[0] if len(each) == 1 else hashlib.sha256("".join(each).encode()).hexdigest()
