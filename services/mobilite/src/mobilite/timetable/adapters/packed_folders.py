"""Two folders of packed files: the one the import role serves, and the cache of each replica."""

import asyncio
import contextlib
import hashlib
import time
from pathlib import Path

import aiohttp

from mobilite.machine.adapters.atomic_file import SUFFIX, atomic_file
from mobilite.machine.adapters.checksum import checksum
from mobilite.sources.adapters.operator_http import status_fault, translate_errors
from mobilite.sources.ports import SourceFault
from mobilite.timetable.adapters.packed_file import BadPackedFile, open_packed
from mobilite.timetable.domain.timetable import Timetable
from mobilite.timetable.ports import PACKED_FILES_PATH

_SUFFIX = ".timetable"
_CHUNK_BYTES = 256 * 1024
_STALE_SECONDS = 3600.0
"""Age from which a partial file belongs to no running process."""


class PackedFileFolder:
    """The import role's folder of packed files, by SHA-256."""

    def __init__(self, folder: Path, address: str) -> None:
        """`folder` is created if it is missing. `address`: the base URL for replicas."""
        self.folder = folder
        self._address = address.rstrip("/")
        folder.mkdir(parents=True, exist_ok=True)

    def holds(self, sha256: str) -> bool:
        """Whether that version exists in the current format."""
        try:
            open_packed(self._path(sha256))
        except (BadPackedFile, OSError):
            return False
        return True

    def find(self, sha256: str) -> Path | None:
        """The path of a version; None if there is no such file."""
        path = self._path(sha256)
        return path if path.is_file() else None

    def address_of(self, sha256: str) -> str:
        """The URL at which replicas fetch a version."""
        return f"{self._address}{PACKED_FILES_PATH}/{sha256}"

    def remove_others(self, retained: frozenset[str]) -> None:
        """Remove the versions that are not in `retained`, and partial files of a killed import.

        Only files older than an hour: a file just packed is not recorded yet.
        """
        _remove_others(self.folder, retained, older_than=_STALE_SECONDS)

    def _path(self, sha256: str) -> Path:
        return self.folder / f"{sha256}{_SUFFIX}"


class TimetableCache:
    """A replica's folder of packed files. Implements `TimetableCachePort`.

    Files are fetched once, checked and mapped; they survive restarts.
    """

    def __init__(
        self, folder: Path, session: aiohttp.ClientSession, *, time_limit: float = 300.0
    ) -> None:
        """`folder` is created if it is missing. `time_limit`: seconds for one download."""
        self._folder = folder
        self._session = session
        self._timeout = aiohttp.ClientTimeout(total=time_limit, sock_connect=5.0, sock_read=30.0)
        folder.mkdir(parents=True, exist_ok=True)

    async def obtain(self, sha256: str, address: str) -> Timetable:
        """Map the file, fetching it if it is missing or damaged. Raises SourceFault."""
        path = self._folder / f"{sha256}{_SUFFIX}"
        if not await asyncio.to_thread(_is_intact, path, sha256):
            await self._download(address, sha256, path)
        try:
            return await asyncio.to_thread(open_packed, path)
        except (BadPackedFile, OSError) as error:
            raise SourceFault("packed_file", f"Fichier d'horaires illisible : {error}.") from error

    async def remove_others(self, retained: frozenset[str]) -> None:
        """Remove the versions that are not in `retained`, and old partial files; mapped versions
        stay readable."""
        await asyncio.to_thread(_remove_others, self._folder, retained, older_than=0.0)

    async def _download(self, address: str, sha256: str, path: Path) -> None:
        try:
            with atomic_file(self._folder) as part:
                digest = hashlib.sha256()
                with translate_errors():
                    async with self._session.get(address, timeout=self._timeout) as response:
                        if response.status != 200:
                            raise status_fault(response)
                        async for piece in response.content.iter_chunked(_CHUNK_BYTES):
                            digest.update(piece)
                            part.content.write(piece)
                if digest.hexdigest() != sha256:
                    raise SourceFault(
                        "checksum", "Le fichier d'horaires reçu n'est pas celui annoncé."
                    )
                await asyncio.to_thread(part.install, path)
        except OSError as error:
            raise SourceFault(
                "disk", f"Le fichier d'horaires ne peut pas être écrit : {error.strerror}."
            ) from error


def _is_intact(path: Path, sha256: str) -> bool:
    try:
        return checksum(path) == sha256
    except OSError:
        return False


def _remove_others(folder: Path, retained: frozenset[str], *, older_than: float) -> None:
    now = time.time()  # the system clock, as for file times: the injected clock may differ
    for path in folder.iterdir():
        unused = path.suffix == _SUFFIX and path.stem not in retained
        with contextlib.suppress(FileNotFoundError):
            age = now - path.stat().st_mtime
            if (unused and age >= older_than) or (path.suffix == SUFFIX and age >= _STALE_SECONDS):
                path.unlink()
