"""An address of a feed that is a file, read again when it changes."""

import asyncio
import os
import stat
from pathlib import Path

from mobilite.sources.ports import Body, SourceFault
from socle.clock import Clock

_CHECK_SECONDS = 0.5
"""Seconds between two checks of the file; a check is one `stat`."""


class FileSource:
    """Reads one file. Implements `Source`. The tag of a version is made of modification time, size
    and inode."""

    def __init__(self, path: str, *, clock: Clock, max_bytes: int) -> None:
        """`max_bytes`: a larger file is refused."""
        self._path = Path(path)
        self._clock = clock
        self._max_bytes = max_bytes
        self._read_tag: str | None = None
        """The tag at the last read; None before, and if there was no file. Another one ends a
        pause early."""

    @property
    def address(self) -> str:
        # Displayed to the public: the folders above only reveal the layout of our machines.
        return f"{self._path.parent.name}/{self._path.name}"

    async def read(self, known: str | None) -> Body | None:
        return await asyncio.to_thread(self._read, known)

    async def pause(self, *, interval: float, failures: int) -> None:
        end = self._clock.monotonic() + interval
        seen = self._tag()
        while (left := end - self._clock.monotonic()) > 0:
            await self._clock.sleep(min(_CHECK_SECONDS, left))
            before, seen = seen, self._tag()
            # A change is read once two checks are equal: the file could be half written.
            if seen not in (None, self._read_tag) and seen == before:
                return

    def _tag(self) -> str | None:
        try:
            return _tag(self._path.stat())
        except OSError:
            return None

    def _read(self, known: str | None) -> Body | None:
        self._read_tag = None
        try:
            found = self._path.stat()
            # The tag is from before the reading, so that a change meanwhile is noticed next time.
            self._read_tag = _tag(found)
            if not stat.S_ISREG(found.st_mode):  # reading a pipe or a device might never end
                raise SourceFault("not_a_file", f"{self.address} n'est pas un fichier.")
            if _tag(found) == known:
                return None
            with self._path.open("rb") as file:
                content = file.read(self._max_bytes + 1)
        except FileNotFoundError:
            raise SourceFault("file_missing", f"Le fichier {self.address} n'existe pas.") from None
        except OSError as error:
            raise SourceFault(
                "file_unreadable", f"{self.address} ne peut pas être lu : {error.strerror}."
            ) from error
        if len(content) > self._max_bytes:
            raise SourceFault(
                "too_large", f"Le fichier dépasse {self._max_bytes // 2**20} Mio : il n'est pas lu."
            )
        return Body(content, _tag(found))


def _tag(found: os.stat_result) -> str:
    return f"{found.st_mtime_ns}-{found.st_size}-{found.st_ino}"
