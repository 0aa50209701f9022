"""The durable state of the group coordinator: a compacted log of JSON keys and values.

The same files, recovery and compaction as a topic's partition, for the broker's own use.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from embedded.broker.batches import build, read_header, records
from embedded.broker.config import parse_config
from embedded.broker.partition import Partition, now_ms

_SETTINGS = {
    "cleanup.policy": "compact",
    "segment.bytes": str(1 << 20),
    "delete.retention.ms": "0",
}


class Journal:
    """A table of JSON keys and values: the newest value counts, and None deletes a key. What
    `write` stored survives a SIGKILL."""

    def __init__(self, path: Path) -> None:
        self.partition = Partition(path, parse_config(_SETTINGS))

    def write(self, entries: Sequence[tuple[list[Any], Any]]) -> None:
        """Append entries of JSON-ready keys and values. Raises `BrokerError` if that fails."""
        batch = build([(_dump(key), _dump(value)) for key, value in entries], 0, now_ms())
        header = read_header(batch)
        assert header is not None
        self.partition.append(header, batch)

    def entries(self) -> Iterator[tuple[list[Any], Any]]:
        """Every entry on disk, oldest first. A key can have several: the last one counts."""
        for segment in self.partition.segments:
            for position, header in segment.headers():
                for record in records(segment.read(position, header.size)):
                    value = None if record.value is None else json.loads(record.value)
                    yield json.loads(record.key or b"null"), value

    def close(self) -> None:
        self.partition.close()


def _dump(value: Any) -> bytes | None:
    return None if value is None else json.dumps(value, separators=(",", ":")).encode()
