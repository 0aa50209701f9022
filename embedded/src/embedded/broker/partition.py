"""One partition: its segments in order, of which only the last is written to.

`append` numbers a batch, writes it and wakes the waiting fetches; reading copies complete batches
from the files. Only sparse indexes and recent producers stay in memory.
"""

import asyncio
import logging
import time
from bisect import bisect_right
from pathlib import Path

from embedded.broker.batches import Header, can_decompress, records
from embedded.broker.codes import BrokerError, Code
from embedded.broker.config import TopicConfig
from embedded.broker.producers import Producers
from embedded.broker.segment import Segment
from embedded.folder import write_atomically

log = logging.getLogger(__name__)

_START = "start"
_PRODUCER_EXPIRY_MS = 86_400_000


def now_ms() -> int:
    """POSIX milliseconds: the protocol's time."""
    return time.time_ns() // 1_000_000


class Partition:
    """The log of one partition. `start_offset` ≤ offsets of records < `end_offset`."""

    def __init__(self, path: Path, config: TopicConfig) -> None:
        """Open the log in the folder `path`, or create it. An incomplete last batch is removed."""
        self.path = path
        self.config = config
        self.producers = Producers()
        self.waiters: set[asyncio.Future[None]] = set()
        """Of the fetches that wait for the next append."""
        self.closed = False
        path.mkdir(parents=True, exist_ok=True)
        recover_swaps(path)
        self.segments = self._open_segments()
        self.active.open_for_append()
        self.end_offset = self.active.next_offset
        self.start_offset = max(self._read_start(), self.segments[0].base_offset)

    @property
    def active(self) -> Segment:
        return self.segments[-1]

    def _open_segments(self) -> list[Segment]:
        bases = sorted(int(file.stem) for file in self.path.glob("*.log"))
        segments = [Segment.at(self.path, base) for base in bases or [0]]
        for segment in segments if bases else []:
            snapshot = segment.load_index()
            if snapshot is not None:
                self.producers.restore(snapshot)
                continue
            segment.scan(self.producers)
            torn = segment.path.stat().st_size - segment.size
            if torn:
                log.warning("%s: %d torn bytes after offset %d", self, torn, segment.next_offset)
            if segment is not segments[-1]:
                segment.save_index(self.producers.snapshot())
        return segments

    def _read_start(self) -> int:
        try:
            return int((self.path / _START).read_text())
        except FileNotFoundError:
            return 0

    def __str__(self) -> str:
        return f"{self.path.parent.name}/{self.path.name}"

    # Writing

    def append(self, header: Header, batch: bytes) -> int:
        """Store a checked batch and return its base offset. A repetition of a stored batch is not
        stored; the former offset is returned.

        On return the batch survives a SIGKILL of this process. Raises `BrokerError`.
        """
        duplicate = self.producers.find_duplicate(header)
        if duplicate is not None:
            return duplicate
        try:
            if self._must_roll(header):
                self.roll()
            base_offset = self.end_offset
            self.active.append(base_offset, header, batch)
        except OSError as error:
            log.error("%s: %s", self, error)
            raise BrokerError(Code.KAFKA_STORAGE_ERROR) from error
        self.producers.record(header, base_offset, now_ms())
        self.end_offset = base_offset + header.record_count
        self.wake()
        return base_offset

    def _must_roll(self, header: Header) -> bool:
        active = self.active
        if active.size == 0:
            return False
        if active.size + header.size > self.config.segment_bytes:
            return True
        # By timestamps of records, as in Apache Kafka: without new records, nothing is rolled.
        return header.max_timestamp - active.first_timestamp > self.config.segment_ms

    def roll(self) -> None:
        """Seal the active segment and start an empty one."""
        new_segment = Segment.at(self.path, self.end_offset)
        new_segment.open_for_append()
        self.active.save_index(self.producers.snapshot())
        self.active.close()
        self.segments.append(new_segment)

    def wake(self) -> None:
        """Wake every waiting fetch."""
        for waiter in self.waiters:
            if not waiter.done():
                waiter.set_result(None)

    # Reading

    def find_batches(self, offset: int, max_bytes: int, *, at_least_one: bool) -> "Slice | None":
        """The batches that a fetch from `offset` would read; None at the end.

        `at_least_one`: find one batch even if it is larger than `max_bytes`.

        Raises OFFSET_OUT_OF_RANGE.
        """
        if not self.start_offset <= offset <= self.end_offset:
            raise BrokerError(Code.OFFSET_OUT_OF_RANGE)
        if offset == self.end_offset:
            return None
        first = bisect_right(self.segments, offset, key=lambda segment: segment.base_offset) - 1
        for segment in self.segments[max(first, 0) :]:
            position = segment.find_position(offset)
            if position is not None:
                length = segment.readable_bytes(position, max_bytes, at_least_one=at_least_one)
                return Slice(segment, position, length)
        return None

    def find_timestamp(self, timestamp: int) -> tuple[int, int] | None:
        """Timestamp and offset of the first record at `timestamp` (ms) or later; None if none."""
        for segment in self.segments:
            if segment.next_offset <= self.start_offset:
                continue
            found = segment.find_timestamp(timestamp)
            if found is not None:
                return self._first_record(segment, *found, timestamp)
        return None

    def _first_record(
        self, segment: Segment, position: int, header: Header, timestamp: int
    ) -> tuple[int, int]:
        if can_decompress(header.codec):
            for record in records(segment.read(position, header.size)):
                if record.timestamp >= timestamp and record.offset >= self.start_offset:
                    return record.timestamp, record.offset
        # Its records cannot be read here: the batch counts as a whole.
        return header.max_timestamp, max(header.base_offset, self.start_offset)

    # What expires

    def expire(self, now: int) -> None:
        """Delete the oldest segments past retention, and the producers not used for a day. `now`:
        POSIX milliseconds."""
        self.producers.forget_before(now - _PRODUCER_EXPIRY_MS)
        config = self.config
        if not config.delete:
            return
        if config.retention_ms >= 0:
            oldest = now - config.retention_ms
            if self.active.size > 0 and all(s.max_timestamp < oldest for s in self.segments):
                self.roll()
            while len(self.segments) > 1 and self.segments[0].max_timestamp < oldest:
                self._drop_first()
        if config.retention_bytes >= 0:
            excess = sum(segment.size for segment in self.segments) - config.retention_bytes
            while len(self.segments) > 1 and excess >= self.segments[0].size:
                excess -= self.segments[0].size
                self._drop_first()

    def _drop_first(self) -> None:
        self.segments.pop(0).delete()
        self.start_offset = max(self.start_offset, self.segments[0].base_offset)

    def delete_before(self, offset: int) -> int:
        """Make records below `offset` unreadable (-1: all of them); returns the new start. Raises
        OFFSET_OUT_OF_RANGE."""
        if offset == -1:
            offset = self.end_offset
        if not 0 <= offset <= self.end_offset:
            raise BrokerError(Code.OFFSET_OUT_OF_RANGE)
        if offset > self.start_offset:
            write_atomically(self.path / _START, str(offset))
            self.start_offset = offset
            while len(self.segments) > 1 and self.segments[1].base_offset <= offset:
                self._drop_first()
        return self.start_offset

    def close(self) -> None:
        """Save the index of the active segment and release the files; waiting fetches return."""
        if not self.closed:
            self.closed = True
            self.active.save_index(self.producers.snapshot())
            self.active.close()
            self.wake()


class Slice:
    """Complete batches in one segment, not read yet: `length` bytes from `position`."""

    __slots__ = ("length", "position", "segment")

    def __init__(self, segment: Segment, position: int, length: int) -> None:
        self.segment, self.position, self.length = segment, position, length

    def read(self) -> bytes:
        return self.segment.read(self.position, self.length)


def recover_swaps(folder: Path) -> None:
    """Complete the replacements of an interrupted pass (`compaction.install`).

    `<first base offset>-<end>.swap` is complete and replaces every segment of that range; any other
    temporary file is deleted.
    """
    for unfinished in (*folder.glob("*.cleaned*"), *folder.glob("*.new")):
        unfinished.unlink()
    for swap in folder.glob("*.swap"):
        install_swap(swap)
    for orphan in folder.glob("*.swapindex"):
        orphan.unlink()


def install_swap(swap: Path) -> None:
    """Remove the segments that a swap file replaces, then rename it to the first of them. It can be
    repeated after an interruption."""
    first, end = (int(part) for part in swap.stem.split("-"))
    for replaced in swap.parent.glob("*.log"):
        if first <= int(replaced.stem) < end:
            replaced.with_suffix(".index").unlink(missing_ok=True)
            replaced.unlink()
    target = Segment.at(swap.parent, first)
    index = swap.with_suffix(".swapindex")
    if index.exists():
        index.replace(target.index_path)
    swap.replace(target.path)
