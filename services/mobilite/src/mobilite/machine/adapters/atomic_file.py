"""Files that appear whole or not at all: written aside, then given their name."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

SUFFIX = ".part"


@dataclass(frozen=True, slots=True)
class PartFile:
    """A file under a temporary name; `content` is to be written."""

    path: Path
    content: IO[bytes]

    def install(self, path: Path) -> None:
        """Give the whole file its name, in the same folder, so that it outlives a power cut."""
        self.content.flush()
        os.fsync(self.content.fileno())
        self.path.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextmanager
def part_file(folder: Path) -> Iterator[PartFile]:
    """A file of `folder` to write; gone at the end unless it was installed."""
    descriptor, name = tempfile.mkstemp(dir=folder, suffix=SUFFIX)
    path = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as content:
            yield PartFile(path, content)
    finally:
        path.unlink(missing_ok=True)
