"""A child's log on disk: bounded, and its last lines when it dies."""

import asyncio
import contextlib
import json
from pathlib import Path

_LIMIT = 5 * 1024 * 1024  # bytes; one former file of the same size is retained
_CHUNK = 64 * 1024
_TAIL = 16 * 1024
_READY = b'{"ready"'


class LogFile:
    """`<name>.log`, new at each start; the former one becomes `<name>.log.1`."""

    def __init__(self, path: Path, *, limit: int = _LIMIT) -> None:
        self.path = path
        self._limit = limit
        self._tail = b""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._begin()

    def _begin(self) -> None:
        if self.path.exists():
            self.path.replace(self.path.with_name(self.path.name + ".1"))
        self._file = self.path.open("wb", buffering=0)
        self._size = 0

    def write(self, data: bytes) -> None:
        """Append; begin a new file when the limit is passed.

        On a full disk, output is lost: an unread pipe would block the child.
        """
        self._tail = (self._tail + data)[-_TAIL:]
        with contextlib.suppress(OSError, ValueError):  # ValueError: no new file was to be had
            if self._size + len(data) > self._limit:
                self._file.close()
                self._begin()
            self._size += self._file.write(data)

    def close(self) -> None:
        self._file.close()

    def last_lines(self, count: int = 15) -> str:
        """The end of the log as a person reads it."""
        lines = self._tail.decode(errors="replace").splitlines()[-count:]
        return "\n".join(readable(line) for line in lines)


async def copy_output(
    output: asyncio.StreamReader, log: LogFile, first_line: asyncio.Future[bytes]
) -> None:
    """Copy a child's output to its log until its end, and return its announcement.

    The line is `{"ready": true, …}`; a child that never says it leaves the future alone. It may
    hold a password, and is for the supervisor alone: the log leaves it out.
    """
    waiting = b""
    while chunk := await output.read(_CHUNK):
        if first_line.done():
            log.write(chunk)
            continue
        *lines, waiting = (waiting + chunk).split(b"\n")
        for line in lines:
            if line.startswith(_READY) and not first_line.done():
                first_line.set_result(line)
            else:
                log.write(line + b"\n")
        if first_line.done() or not (_READY.startswith(waiting) or waiting.startswith(_READY)):
            log.write(waiting)
            waiting = b""
        waiting = waiting[:_CHUNK]
    log.write(waiting)


def readable(line: str) -> str:
    """A JSON log line as `LEVEL message`, with its traceback; any other line as it is."""
    try:
        record = json.loads(line)
    except ValueError:
        return line
    if not isinstance(record, dict) or "message" not in record:
        return line
    trace = record.get("exc_info")
    return f"{record.get('level', '')} {record['message']}" + (f"\n{trace}" if trace else "")
