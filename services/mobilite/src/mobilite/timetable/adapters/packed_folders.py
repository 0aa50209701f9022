"""The folders of packed files: the shelf the import role serves, the cache of each replica."""

import asyncio
import contextlib
import hashlib
import time
from pathlib import Path

import aiohttp

from mobilite.machine.adapters.atomic_file import SUFFIX, part_file
from mobilite.sources.adapters.operator_http import bad_status, faults
from mobilite.sources.ports import SourceFault
from mobilite.timetable.adapters.packed_file import BadPackedFile, checksum, open_packed
from mobilite.timetable.domain.timetable import Timetable
from mobilite.timetable.ports import PACKED_FILES

_SUFFIX = ".timetable"
_PIECE = 256 * 1024
_STALE = 3600.0


class PackedShelf:
    """The import role's folder; `address` is the base URL replicas reach it by."""

    def __init__(self, folder: Path, address: str) -> None:
        self.folder = folder
        self._address = address.rstrip("/")
        folder.mkdir(parents=True, exist_ok=True)

    def holds(self, sha256: str) -> bool:
        """Whether the file is there, in the format this program reads."""
        try:
            open_packed(self._path(sha256))
        except (BadPackedFile, OSError):
            return False
        return True

    def find(self, sha256: str) -> Path | None:
        """The file, if it is on the shelf."""
        path = self._path(sha256)
        return path if path.is_file() else None

    def address_of(self, sha256: str) -> str:
        """Where replicas fetch the file."""
        return f"{self._address}{PACKED_FILES}/{sha256}"

    def tidy(self, keep: frozenset[str]) -> None:
        """Remove every other version, and what a killed import left half written.

        Only what has been there for an hour: a file just packed is not remembered yet.
        """
        _tidy(self.folder, keep, older_than=_STALE)

    def _path(self, sha256: str) -> Path:
        return self.folder / f"{sha256}{_SUFFIX}"


class TimetableCache:
    """A replica's folder: fetched once, checked, mapped; still there after a restart."""

    def __init__(
        self, folder: Path, session: aiohttp.ClientSession, *, time_limit: float = 300.0
    ) -> None:
        self._folder = folder
        self._session = session
        self._timeout = aiohttp.ClientTimeout(total=time_limit, sock_connect=5.0, sock_read=30.0)
        folder.mkdir(parents=True, exist_ok=True)

    async def obtain(self, sha256: str, address: str) -> Timetable:
        """Map the file, fetched where it is not there or damaged. Raises SourceFault."""
        path = self._folder / f"{sha256}{_SUFFIX}"
        if not await asyncio.to_thread(_sound, path, sha256):
            await self._download(address, sha256, path)
        try:
            return await asyncio.to_thread(open_packed, path)
        except (BadPackedFile, OSError) as error:
            raise SourceFault("packed_file", f"Fichier d'horaires illisible : {error}.") from error

    async def tidy(self, keep: frozenset[str]) -> None:
        """Remove the files of every other version; what is mapped stays readable."""
        await asyncio.to_thread(_tidy, self._folder, keep, older_than=0.0)

    async def _download(self, address: str, sha256: str, path: Path) -> None:
        try:
            with part_file(self._folder) as part:
                digest = hashlib.sha256()
                with faults():
                    async with self._session.get(address, timeout=self._timeout) as response:
                        if response.status != 200:
                            raise bad_status(response)
                        async for piece in response.content.iter_chunked(_PIECE):
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


def _sound(path: Path, sha256: str) -> bool:
    try:
        return checksum(path) == sha256
    except OSError:
        return False


def _tidy(folder: Path, keep: frozenset[str], *, older_than: float) -> None:
    now = time.time()  # the machine's, as the files' own: the clock of the house may be moved
    for path in folder.iterdir():
        left_over = path.suffix == _SUFFIX and path.stem not in keep
        with contextlib.suppress(FileNotFoundError):
            age = now - path.stat().st_mtime
            if (left_over and age >= older_than) or (path.suffix == SUFFIX and age >= _STALE):
                path.unlink()
