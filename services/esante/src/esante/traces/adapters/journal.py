"""The journal of a process: traces that are not in PostgreSQL yet, in a file.

The kernel has each trace before its request is answered, so that it survives the death of the
process. A power cut can lose those of the last seconds, since no trace waits for the disk. Each
file belongs to the process that has its lock; the files of dead processes are adopted.

A line is the CRC-32 of a trace, a space and the trace. A line cut short is not a trace: its request
was not answered.
"""

import fcntl
import os
import uuid
import zlib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

from socle.errors import Retry

_SUFFIX: Final = ".journal"
_UNWRITABLE: Final = (
    "L'accès ne peut pas être tracé pour l'instant, donc rien n'est montré : réessayez."
)
_ROTATED_BYTES: Final = 4 * 1024 * 1024
"""A stored journal of that size is replaced by an empty one."""


def line_bytes(record: bytes) -> int:
    """The bytes of the line of a trace: its checksum, a space, the trace, the end of the line."""
    return len(record) + 10


class Journal:
    """The file of this process. Its methods block for as long as a `write` to the page cache."""

    def __init__(self, folder: Path, *, max_waiting: int) -> None:
        """`max_waiting`: bytes of traces that wait for PostgreSQL; then requests are refused."""
        self._folder, self._max_waiting = folder, max_waiting
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.id, self._file = _create(folder)
        self._waiting: list[bytes] = []
        self._size = self._stored = 0

    @property
    def waiting(self) -> Sequence[bytes]:
        """The traces that are not in PostgreSQL yet, oldest first."""
        return self._waiting

    def require_room(self) -> None:
        """Raises Retry once too many traces wait: no request may be executed untraced."""
        if self._size - self._stored > self._max_waiting:
            raise Retry(_UNWRITABLE, after=5.0)

    def append(self, record: bytes) -> None:
        """Append a trace. Raises Retry if the file cannot be written."""
        line = b"%08x %b\n" % (zlib.crc32(record), record)
        try:
            if os.pwrite(self._file, line, self._size) != len(line):
                raise OSError("short write")
        except OSError as error:
            with suppress(OSError):
                os.ftruncate(self._file, self._size)
            raise Retry(_UNWRITABLE, after=5.0) from error
        self._size += len(line)
        self._waiting.append(record)

    def position(self, count: int) -> int:
        """The bytes of the file up to the end of the first `count` waiting traces."""
        return self._stored + sum(map(line_bytes, self._waiting[:count]))

    def forget(self, count: int) -> None:
        """The first `count` waiting traces are in PostgreSQL."""
        self._stored = self.position(count)
        del self._waiting[:count]
        if not self._waiting and self._size > _ROTATED_BYTES:
            replaced, self_file = self.id, self._file
            self.id, self._file = _create(self._folder)
            self._size = self._stored = 0
            _remove(self._folder, replaced, self_file)

    def close(self) -> None:
        """Release the file; it is removed if all of it is in PostgreSQL."""
        if self._waiting:
            os.close(self._file)
        else:
            _remove(self._folder, self.id, self._file)


class AbandonedJournal:
    """The journal of a dead process, locked by this one."""

    def __init__(self, folder: Path, journal_id: str, file: int) -> None:
        self._folder, self.id, self._file = folder, journal_id, file

    @classmethod
    def adopt_all(cls, folder: Path) -> list[Self]:
        """The journals that no process has locked, locked now."""
        found = []
        for path in sorted(folder.glob(f"*{_SUFFIX}")):
            with suppress(OSError):
                file = os.open(path, os.O_RDWR)
                if _lock(file) and os.fstat(file).st_nlink:
                    found.append(cls(folder, path.name.removesuffix(_SUFFIX), file))
                else:
                    os.close(file)
        return found

    def read(self, stored: int) -> tuple[list[bytes], int]:
        """The traces after the first `stored` bytes, and the bytes up to the end of the last."""
        data = os.pread(self._file, max(0, os.fstat(self._file).st_size - stored), stored)
        records, end = [], stored
        for line in data.splitlines(keepends=True):
            checksum, _, record = line.rstrip(b"\n").partition(b" ")
            if not line.endswith(b"\n") or checksum != b"%08x" % zlib.crc32(record):
                break
            records.append(record)
            end += len(line)
        return records, end

    def remove(self) -> None:
        """Remove it: all of it is in PostgreSQL."""
        _remove(self._folder, self.id, self._file)

    def release(self) -> None:
        """Leave it for later."""
        os.close(self._file)


def _create(folder: Path) -> tuple[str, int]:
    while True:
        name = str(uuid.uuid4())
        file = os.open(folder / f"{name}{_SUFFIX}", os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        if _lock(file):
            return name, file
        os.close(file)  # adopted before it was locked


def _lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _remove(folder: Path, journal_id: str, file: int) -> None:
    with suppress(OSError):
        (folder / f"{journal_id}{_SUFFIX}").unlink()
    os.close(file)
