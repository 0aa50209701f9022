"""What operators sent, kept as it came, for a bounded while: `<feed>/<stream>/<instant>.tar.zst`.

A file is one stream of one feed in one hour: a tar of messages in the order of their arrival, each
named by its instant, compressed in one go since a message resembles the one before. Every message
is flushed: after a kill all but the last can be read, by `tar --zstd` as by `regionlab replay`.
Schedules are whole zips, `<feed>/gtfs/<instant>.zip`. Keeping never costs a poll its success.
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

from mobilite.archive.adapters.schedule_archive import keep_schedule
from mobilite.feeds.domain.feed import Feed

log = logging.getLogger(__name__)

_FAILURES = Counter("mobilite_archive_failures", "Messages that could not be archived.", ["feed"])
_LEVEL = 3
_BLOCK = 512
SUFFIX = ".tar.zst"
_SHARE = 16
"""An hour of one stream takes no more than that part of the whole: noise leaves room for others."""


@dataclass(slots=True)
class _Hour:
    """One open file, and what compresses into it."""

    hour: datetime
    file: BufferedWriter
    compressor: Any
    size: int = 0

    def append(self, name: str, content: bytes, at: datetime) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mtime = len(content), int(at.timestamp())
        padding = b"\0" * (-len(content) % _BLOCK)
        record = info.tobuf(tarfile.USTAR_FORMAT) + content + padding
        self.size += self.file.write(self.compressor.compress(record))
        self.size += self.file.write(self.compressor.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK))
        self.file.flush()

    def close(self) -> None:
        self.file.write(self.compressor.flush(zstandard.COMPRESSOBJ_FLUSH_FINISH))
        self.file.close()


class RawArchive:
    """The archive of one role, under `folder`. Nothing older than `hours`, nor more than
    `most_bytes` of messages in all, is left at the turn of an hour; what is being written counts,
    and is looked at again each time that much of it has come."""

    def __init__(self, folder: Path, *, hours: float, most_bytes: int) -> None:
        self._folder, self._most_bytes = folder, most_bytes
        self._span = timedelta(hours=hours)
        self._open: dict[Path, _Hour] = {}
        self._untidied = 0
        # Streams are written side by side; files are opened and removed by one at a time.
        self._turn = threading.Lock()

    async def keep(self, feed_id: str, stream: str, content: bytes, *, at: datetime) -> None:
        """Append one message of a stream (`rt-0`, `gbfs-station_status`…) received `at`.

        Calls for one stream follow each other. Never raises for the disk: it is logged, counted.
        """
        if not self._span:
            return
        try:
            await asyncio.to_thread(self._keep, feed_id, stream, content, at.astimezone(UTC))
        except OSError as error:
            _FAILURES.labels(feed_id).inc()
            log.warning("%s of %s not archived: %s", stream, feed_id, error)

    async def keep_schedule(self, feed: Feed, source: Path, *, at: datetime) -> None:
        """Keep a schedule that was taken, a zip or a folder, and who must be credited for it."""
        if not self._span:
            return
        try:
            await asyncio.to_thread(keep_schedule, self._folder, feed, source, at.astimezone(UTC))
        except OSError as error:
            _FAILURES.labels(feed.id).inc()
            log.warning("schedule of %s not archived: %s", feed.id, error)

    def close(self) -> None:
        """End every open file."""
        for hour in self._open.values():
            hour.close()
        self._open.clear()

    def _keep(self, feed_id: str, stream: str, content: bytes, at: datetime) -> None:
        folder = self._folder / quote(feed_id, safe="") / quote(stream, safe="")
        most = self._most_bytes // _SHARE
        with self._turn:
            hour = self._hour(folder, at)
        if hour.size > most:
            raise OSError(errno.EDQUOT, "this hour has had its share of the archive")
        before = hour.size
        try:
            hour.append(f"{stamp(at)}.bin", content, at)
        except OSError:
            # Half a block may have been written: nothing can follow it in this file.
            with self._turn:
                del self._open[folder]
            with contextlib.suppress(OSError):
                hour.file.close()
            raise
        with self._turn:
            self._untidied += hour.size - before
            if self._untidied > most:
                self._tidy(at)

    def _hour(self, folder: Path, at: datetime) -> _Hour:
        hour = at.replace(minute=0, second=0, microsecond=0)
        known = self._open.get(folder)
        if known is not None and known.hour == hour:
            return known
        if known is not None:
            del self._open[folder]
            known.close()
        self._tidy(at)
        folder.mkdir(parents=True, exist_ok=True)
        # A program that starts again within the hour makes a file of its own: what a kill cut
        # short must not be followed by anything.
        file = (folder / f"{stamp(at)}{SUFFIX}").open("xb")
        compressor = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compressobj()
        self._open[folder] = _Hour(hour, file, compressor)
        return self._open[folder]

    def _tidy(self, now: datetime) -> None:
        """Remove what is too old, then the oldest of what is too much."""
        self._untidied = 0
        writing = {Path(hour.file.name) for hour in self._open.values()}
        files = sorted(
            (path for path in self._folder.glob(f"*/*/*{SUFFIX}") if path not in writing),
            key=lambda path: path.name,
            reverse=True,
        )
        oldest = stamp(now - self._span)
        left = self._most_bytes - sum(hour.size for hour in self._open.values())
        for path in files:
            left -= path.stat().st_size
            if path.name < oldest or left < 0:
                path.unlink(missing_ok=True)


def stamp(at: datetime) -> str:
    """An instant in UTC as a file name that sorts: 20261125T080005.123Z."""
    return f"{at:%Y%m%dT%H%M%S}.{at.microsecond // 1000:03d}Z"
