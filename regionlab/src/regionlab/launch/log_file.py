"""The log of a child process: a bounded file, and its last lines for error messages."""

import asyncio
import contextlib
import json
from pathlib import Path

_MAX_BYTES = 5 * 1024 * 1024
"""Size of a log file; one former file of that size is retained."""
_CHUNK = 64 * 1024
"""Bytes read at once."""
_TAIL = 16 * 1024
"""Bytes retained in memory for `last_lines`."""
_READY = b'{"ready"'
"""The beginning of the line in which a program announces that it is ready."""


class LogFile:
    """`<name>.log`, new at each start; the former one becomes `<name>.log.1`."""

    def __init__(self, path: Path, *, limit: int = _MAX_BYTES) -> None:
        self.path = path
        self._limit = limit
        self._tail = b""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._open_new()

    def _open_new(self) -> None:
        if self.path.exists():
            self.path.replace(self.path.with_name(self.path.name + ".1"))
        self._file = self.path.open("wb", buffering=0)
        self._size = 0

    def write(self, data: bytes) -> None:
        """Append; continue in a new file if this one would exceed its limit.

        If the disk is full, output is discarded: an unread pipe would block the child.
        """
        self._tail = (self._tail + data)[-_TAIL:]
        # ValueError: the file is closed, because a new one could not be opened before.
        with contextlib.suppress(OSError, ValueError):
            if self._size + len(data) > self._limit:
                self._file.close()
                self._open_new()
            self._size += self._file.write(data)

    def close(self) -> None:
        self._file.close()

    def last_lines(self, count: int = 15) -> str:
        """The last `count` lines of the log, JSON lines as `readable` renders them."""
        lines = self._tail.decode(errors="replace").splitlines()[-count:]
        return "\n".join(readable(line) for line in lines)


async def copy_output(
    output: asyncio.StreamReader, log: LogFile, ready_line: asyncio.Future[bytes]
) -> None:
    """Copy a child's output to its log until the output ends.

    `ready_line`: receives the first line `{"ready": true, …}` when the child prints it. That line
    can contain a password, and is not written to the log.
    """
    waiting = b""
    while chunk := await output.read(_CHUNK):
        if ready_line.done():
            log.write(chunk)
            continue
        *lines, waiting = (waiting + chunk).split(b"\n")
        for line in lines:
            if line.startswith(_READY) and not ready_line.done():
                ready_line.set_result(line)
            else:
                log.write(line + b"\n")
        # An incomplete line is written at once, unless it can be the beginning of the ready line.
        if ready_line.done() or not (_READY.startswith(waiting) or waiting.startswith(_READY)):
            log.write(waiting)
            waiting = b""
        waiting = waiting[:_CHUNK]
    log.write(waiting)


def readable(line: str) -> str:
    """A JSON log line as `LEVEL message`, with its traceback; any other line unchanged."""
    try:
        record = json.loads(line)
    except ValueError:
        return line
    if not isinstance(record, dict) or "message" not in record:
        return line
    trace = record.get("exc_info")
    return f"{record.get('level', '')} {record['message']}" + (f"\n{trace}" if trace else "")
