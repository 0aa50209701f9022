"""A GTFS-RT address that is a file, re-read when it changes."""

import asyncio
import os
import stat
from pathlib import Path

from mobilite.sources.ports import Body, SourceFault
from socle.clock import Clock

_LOOK_EVERY = 0.5
"""Seconds between two looks at the file; a look is one `stat`."""


class FileSource:
    """Reads `path`. A version is named by modification time and size."""

    def __init__(self, path: str, *, clock: Clock, max_bytes: int) -> None:
        self._path = Path(path)
        self._clock = clock
        self._max_bytes = max_bytes
        self._looked_at: str | None = None

    @property
    def address(self) -> str:
        # Shown to the public: the folders above say nothing but where our machines keep things.
        return f"{self._path.parent.name}/{self._path.name}"

    async def read(self, known: str | None) -> Body | None:
        return await asyncio.to_thread(self._read, known)

    async def pause(self, *, interval: float, failures: int) -> None:
        end = self._clock.monotonic() + interval
        seen = self._tag()
        while (left := end - self._clock.monotonic()) > 0:
            await self._clock.sleep(min(_LOOK_EVERY, left))
            before, seen = seen, self._tag()
            # Two equal looks: a file half written would be half read.
            if seen not in (None, self._looked_at) and seen == before:
                return

    def _tag(self) -> str | None:
        try:
            return _tag(self._path.stat())
        except OSError:
            return None

    def _read(self, known: str | None) -> Body | None:
        self._looked_at = None
        try:
            found = self._path.stat()
            # The version is that of before the reading: a change meanwhile is seen next time.
            self._looked_at = _tag(found)
            if not stat.S_ISREG(found.st_mode):  # a pipe would hang, a device never end
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
