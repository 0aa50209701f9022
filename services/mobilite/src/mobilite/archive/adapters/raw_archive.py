"""Archive of the raw messages of operators, for a limited time:
`<feed>/<stream>/<instant>.tar.zst`.

A file is one hour of one stream: a tar of messages in order of arrival, each named by its instant.
They are compressed together because successive messages are similar. Every message is flushed: if
the process is killed, all but the last can be read, by `tar --zstd` and by `regionlab replay`.
Schedules are zips, `<feed>/gtfs/<instant>.zip`. An error of the archive never makes a poll fail.
"""

import asyncio
import contextlib
import errno
import logging
import tarfile
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BufferedWriter
from pathlib import Path
from typing import Any
from urllib.parse import quote

import zstandard
from prometheus_client import Counter

from mobilite.archive.adapters.schedule_archive import store_schedule
from mobilite.feeds.domain.feed import Feed

log = logging.getLogger(__name__)

_FAILURES = Counter("mobilite_archive_failures", "Messages that could not be archived.", ["feed"])
_COMPRESSION_LEVEL = 3
_TAR_BLOCK = 512
"""Bytes: the content of a tar entry is padded to a multiple."""
SUFFIX = ".tar.zst"
_HOUR_FRACTION = 16
"""One hour of one stream takes at most one part in sixteen of the archive, so that a stream with
large messages leaves room for others."""


@dataclass(slots=True)
class _Hour:
    """The open file of one hour of a stream."""

    hour: datetime
    """Its start."""
    file: BufferedWriter
    compressor: Any
    size: int = 0
    """Compressed bytes written."""

    def append(self, name: str, content: bytes, at: datetime) -> None:
        """Write one tar entry and flush it."""
        info = tarfile.TarInfo(name)
        info.size, info.mtime = len(content), int(at.timestamp())
        padding = b"\0" * (-len(content) % _TAR_BLOCK)
        record = info.tobuf(tarfile.USTAR_FORMAT) + content + padding
        self.size += self.file.write(self.compressor.compress(record))
        self.size += self.file.write(self.compressor.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK))
        self.file.flush()

    def close(self) -> None:
        self.file.write(self.compressor.flush(zstandard.COMPRESSOBJ_FLUSH_FINISH))
        self.file.close()


class RawArchive:
    """The archive of one role. Old files are removed whenever a new hour of a stream starts, and
    whenever as many bytes have been written as one hour of a stream can have."""

    def __init__(self, folder: Path, *, hours: float, most_bytes: int) -> None:
        """`hours`: messages older than that are removed; 0: nothing is archived. `most_bytes`: of
        all messages; beyond it the oldest are removed."""
        self._folder, self._most_bytes = folder, most_bytes
        self._retention = timedelta(hours=hours)
        self._open: dict[Path, _Hour] = {}
        self._unpruned_bytes = 0
        # Streams are written concurrently; files are opened and removed under the lock.
        self._lock = threading.Lock()

    async def store_message(
        self, feed_id: str, stream: str, content: bytes, *, at: datetime
    ) -> None:
        """Append one message of a stream (`rt-0`, `gbfs-station_status`…) received `at`.

        Calls for one stream must be sequential. Errors of the disk are logged and counted, never
        raised.
        """
        if not self._retention:
            return
        try:
            await asyncio.to_thread(self._store, feed_id, stream, content, at.astimezone(UTC))
        except OSError as error:
            _FAILURES.labels(feed_id).inc()
            log.warning("%s of %s not archived: %s", stream, feed_id, error)

    async def store_schedule(self, feed: Feed, source: Path, *, at: datetime) -> None:
        """Store an imported schedule, a zip or a folder, with its credits."""
        if not self._retention:
            return
        try:
            await asyncio.to_thread(store_schedule, self._folder, feed, source, at.astimezone(UTC))
        except OSError as error:
            _FAILURES.labels(feed.id).inc()
            log.warning("schedule of %s not archived: %s", feed.id, error)

    def close(self) -> None:
        """Close every open file."""
        for hour in self._open.values():
            hour.close()
        self._open.clear()

    def _store(self, feed_id: str, stream: str, content: bytes, at: datetime) -> None:
        folder = self._folder / quote(feed_id, safe="") / quote(stream, safe="")
        hour_limit = self._most_bytes // _HOUR_FRACTION
        with self._lock:
            hour = self._hour(folder, at)
        if hour.size > hour_limit:
            raise OSError(errno.EDQUOT, "one hour of this stream has reached its limit")
        before = hour.size
        try:
            hour.append(f"{archive_timestamp(at)}.bin", content, at)
        except OSError:
            # Part of a block may have been written: this file cannot be continued.
            with self._lock:
                del self._open[folder]
            with contextlib.suppress(OSError):
                hour.file.close()
            raise
        with self._lock:
            self._unpruned_bytes += hour.size - before
            if self._unpruned_bytes > hour_limit:
                self._prune(at)

    def _hour(self, folder: Path, at: datetime) -> _Hour:
        """The open file of a stream's folder for that instant; a new hour starts a new file."""
        hour = at.replace(minute=0, second=0, microsecond=0)
        known = self._open.get(folder)
        if known is not None and known.hour == hour:
            return known
        if known is not None:
            del self._open[folder]
            known.close()
        self._prune(at)
        folder.mkdir(parents=True, exist_ok=True)
        # A process that restarts within the hour starts a new file: a truncated file
        # cannot be continued.
        file = (folder / f"{archive_timestamp(at)}{SUFFIX}").open("xb")
        compressor = zstandard.ZstdCompressor(
            level=_COMPRESSION_LEVEL, write_checksum=True
        ).compressobj()
        self._open[folder] = _Hour(hour, file, compressor)
        return self._open[folder]

    def _prune(self, now: datetime) -> None:
        """Remove the files that are too old, then the oldest beyond the size limit."""
        self._unpruned_bytes = 0
        writing = {Path(hour.file.name) for hour in self._open.values()}
        files = sorted(
            (path for path in self._folder.glob(f"*/*/*{SUFFIX}") if path not in writing),
            key=lambda path: path.name,
            reverse=True,
        )
        oldest = archive_timestamp(now - self._retention)
        left = self._most_bytes - sum(hour.size for hour in self._open.values())
        for path in files:
            left -= path.stat().st_size
            if path.name < oldest or left < 0:
                path.unlink(missing_ok=True)


def archive_timestamp(at: datetime) -> str:
    """An instant in UTC as a sortable file name: 20261125T080005.123Z."""
    return f"{at:%Y%m%dT%H%M%S}.{at.microsecond // 1000:03d}Z"
