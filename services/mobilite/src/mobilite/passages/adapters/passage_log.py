"""An append-only log of Arrow record batches that survives a killed process.

Each process writes a file of its own. Readers stop at the first batch that is not complete.
"""

import contextlib
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

import pyarrow as pa

from mobilite.passages.domain.passage_table import SCHEMA

log = logging.getLogger(__name__)

SUFFIX: Final = ".arrows"
_PLAIN: Final = pa.schema(
    [
        pa.field(each.name, pa.string() if pa.types.is_dictionary(each.type) else each.type)
        for each in SCHEMA
    ]
)
"""A stream of small batches would repeat its dictionaries."""
_OPTIONS: Final = pa.ipc.IpcWriteOptions(compression="zstd")


class PassageLog:
    """One file, written by this process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None
        self._writer: pa.RecordBatchStreamWriter | None = None

    def append(self, table: pa.Table) -> None:
        """Write the rows. Raises OSError; what was written before stays readable then, and the
        log must not be used any more."""
        if self._file is None or self._writer is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("xb")
            self._writer = pa.ipc.new_stream(self._file, _PLAIN, options=_OPTIONS)
        self._writer.write_table(table.cast(_PLAIN))
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        if self._writer is not None and self._file is not None:
            with contextlib.suppress(OSError):
                self._writer.close()
            with contextlib.suppress(OSError):
                self._file.close()
        self._file = self._writer = None


def read_log(path: Path) -> pa.Table:
    """The rows of a log until the first damage."""
    return pa.Table.from_batches(_batches(path), _PLAIN).cast(SCHEMA)


def _batches(path: Path) -> Iterator[pa.RecordBatch]:
    try:
        with path.open("rb") as content, pa.ipc.open_stream(content) as reader:
            if reader.schema.equals(_PLAIN):
                yield from reader
            else:
                log.warning("The passages in %s have other columns: they are not read", path)
    except (pa.ArrowException, OSError, EOFError) as error:
        # Expected of a process that was killed while it wrote.
        log.info("The passages in %s end early: %s", path, error)
