"""One append-only file of batches, `<base offset>.log`, and its sparse index.

The index has one entry per 16 KiB: a lookup reads at most that much of the file. The index of a
sealed segment is saved in `<base offset>.index`; any other is rebuilt by reading the file, which
also finds an incomplete last batch.
"""

import json
import os
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from pathlib import Path

from embedded.broker.batches import PREFIX_SIZE, Header, has_valid_crc, prefix, read_header
from embedded.broker.producers import Producers, Snapshot
from embedded.folder import write_atomically

_INDEX_INTERVAL = 16 << 10
_LOOKUP_CHUNK = 8 << 10
_SCAN_CHUNK = 1 << 20
_NO_TIMESTAMP = -1  # of a segment without batches


class Segment:
    """Consecutive batches on disk. After compaction, offsets have gaps. Positions are bytes."""

    def __init__(self, path: Path, base_offset: int) -> None:
        self.path = path
        self.base_offset = base_offset
        self.next_offset = base_offset
        self.size = 0
        self.first_timestamp = _NO_TIMESTAMP
        self.max_timestamp = _NO_TIMESTAMP
        self.cleaned = False
        """Whether a compaction pass wrote it."""
        self.tombstones: dict[int, int] = {}
        """Offset of each retained tombstone → POSIX millisecond of its first compaction pass."""
        # An entry of the index: base offset and position of a batch, newest timestamp before it.
        self._offsets, self._positions, self._timestamps = array("q"), array("q"), array("q")
        self._last_batch = (base_offset, 0)  # its base offset and position
        self._file: int | None = None

    @classmethod
    def at(cls, folder: Path, base_offset: int) -> "Segment":
        """The segment of that base offset; the file may not exist yet."""
        return cls(folder / f"{base_offset:020d}.log", base_offset)

    @property
    def index_path(self) -> Path:
        return self.path.with_suffix(".index")

    # Writing

    def open_for_append(self) -> None:
        """Create the file if needed, and truncate it after the last valid batch."""
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        os.ftruncate(self._file, self.size)

    def append(self, base_offset: int, header: Header, batch: bytes) -> None:
        """Write one batch; on return it survives a SIGKILL of this process. Raises OSError."""
        if self._file is None:
            raise OSError("segment is sealed")
        head = prefix(base_offset, header)
        try:
            written = os.pwritev(self._file, (head, memoryview(batch)[PREFIX_SIZE:]), self.size)
            if written != len(batch):
                raise OSError("short write: the disk is full")
        except OSError:
            os.ftruncate(self._file, self.size)
            raise
        self.index_batch(header._replace(base_offset=base_offset))

    def index_batch(self, header: Header) -> None:
        """Index one batch at the end of the file."""
        if not self._positions or self.size - self._positions[-1] >= _INDEX_INTERVAL:
            self._offsets.append(header.base_offset)
            self._positions.append(self.size)
            self._timestamps.append(self.max_timestamp)
        self._last_batch = (header.base_offset, self.size)
        if self.size == 0:
            self.first_timestamp = header.first_timestamp
        self.max_timestamp = max(self.max_timestamp, header.max_timestamp)
        self.next_offset = header.next_offset
        self.size += header.size

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def delete(self) -> None:
        """Close and remove the files."""
        self.close()
        self.index_path.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)

    # Reading

    def read(self, position: int, length: int) -> bytes:
        """`length` bytes of the file from `position`; fewer at its end."""
        if self._file is not None:
            return os.pread(self._file, length, position)
        # There can be many sealed segments: none has an open descriptor.
        with self.path.open("rb", buffering=0) as file:
            return os.pread(file.fileno(), length, position)

    def headers(
        self, position: int = 0, chunk_size: int = _LOOKUP_CHUNK
    ) -> Iterator[tuple[int, Header]]:
        """Position and header of each batch from `position`, up to the first invalid one."""
        chunk, chunk_at = b"", position
        while position < self.size:
            header = read_header(chunk, position - chunk_at)
            if header is None:
                chunk, chunk_at = self.read(position, chunk_size), position
                header = read_header(chunk)
                if header is None:
                    return
            yield position, header
            position += header.size

    def find_position(self, offset: int) -> int | None:
        """The position of the first batch that ends after `offset`; None without one."""
        if self.size == 0 or offset >= self.next_offset:
            return None
        if offset >= self._last_batch[0]:
            return self._last_batch[1]
        entry = max(bisect_right(self._offsets, offset) - 1, 0)
        for position, header in self.headers(self._positions[entry]):
            if header.next_offset > offset:
                return position
        return None

    def readable_bytes(self, position: int, max_bytes: int, *, at_least_one: bool) -> int:
        """How many bytes of complete batches to read from `position` within `max_bytes`.

        `at_least_one`: include the complete first batch even if it is larger (KIP-74).
        """
        if self.size - position <= max_bytes:
            return self.size - position
        entry = bisect_right(self._positions, position + max_bytes) - 1
        if entry >= 0 and self._positions[entry] > position:
            return self._positions[entry] - position
        header = read_header(self.read(position, _LOOKUP_CHUNK))
        if header is None or (header.size > max_bytes and not at_least_one):
            return 0
        return header.size

    def find_timestamp(self, timestamp: int) -> tuple[int, Header] | None:
        """Position and header of the first batch whose newest record is at `timestamp` (ms) or
        later; None without one."""
        if timestamp > self.max_timestamp:
            return None
        entry = max(bisect_left(self._timestamps, timestamp) - 1, 0)
        for position, header in self.headers(self._positions[entry]):
            if header.max_timestamp >= timestamp:
                return position, header
        return None

    # The index on disk

    def scan(self, producers: Producers) -> None:
        """Rebuild the index from the file, up to its first incomplete or invalid batch, and record
        the producers of its batches."""
        length = self.path.stat().st_size
        with self.path.open("rb") as file:
            while self.size < length:
                file.seek(self.size)
                chunk = file.read(_SCAN_CHUNK)
                header = read_header(chunk)
                if header is not None and header.size > len(chunk):
                    chunk += file.read(header.size - len(chunk))
                if not self._scan_chunk(memoryview(chunk), producers):
                    return

    def _scan_chunk(self, chunk: memoryview, producers: Producers) -> bool:
        """Index the valid batches of a chunk; False if the first one is incomplete or invalid."""
        position = 0
        while (header := read_header(chunk, position)) is not None:
            batch = chunk[position : position + header.size]
            valid = len(batch) == header.size and has_valid_crc(header, batch)
            if not valid or header.base_offset < self.next_offset:
                break
            self.index_batch(header)
            producers.record(header, header.base_offset, header.max_timestamp)
            position += header.size
        return position > 0

    def save_index(
        self, producers: Snapshot, path: Path | None = None, file_size: int | None = None
    ) -> None:
        """Write the index, with the producer states at the segment's end.

        `file_size`: of the segment's file, if it does not have its name yet.
        """
        content = {
            "file_size": self.path.stat().st_size if file_size is None else file_size,
            "size": self.size,
            "next_offset": self.next_offset,
            "first_timestamp": self.first_timestamp,
            "max_timestamp": self.max_timestamp,
            "cleaned": self.cleaned,
            "tombstones": list(self.tombstones.items()),
            "last_batch": self._last_batch,
            "entries": [list(self._offsets), list(self._positions), list(self._timestamps)],
            "producers": producers,
        }
        write_atomically(path or self.index_path, json.dumps(content, separators=(",", ":")))

    def load_index(self) -> Snapshot | None:
        """Read the saved index; return the producer states at the segment's end. None if the index
        is missing, or does not match the file."""
        try:
            content = json.loads(self.index_path.read_text())
            if content["file_size"] != self.path.stat().st_size:
                return None
            offsets, positions, timestamps = content["entries"]
            snapshot: Snapshot = content["producers"]
            self.tombstones = {int(offset): int(at) for offset, at in content["tombstones"]}
            self._last_batch = (content["last_batch"][0], content["last_batch"][1])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        self._offsets, self._positions = array("q", offsets), array("q", positions)
        self._timestamps = array("q", timestamps)
        self.size, self.next_offset = content["size"], content["next_offset"]
        self.first_timestamp = content["first_timestamp"]
        self.max_timestamp = content["max_timestamp"]
        self.cleaned = content["cleaned"]
        return snapshot
