"""Files that appear complete or not at all: written under a temporary name, then renamed."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

SUFFIX = ".part"


@dataclass(frozen=True, slots=True)
class AtomicFile:
    """A file under a temporary name; write to `content`."""

    path: Path
    content: IO[bytes]

    def install(self, path: Path) -> None:
        """Rename the complete file, in the same folder, durably against a power cut."""
        self.content.flush()
        os.fsync(self.content.fileno())
        self.path.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextmanager
def atomic_file(folder: Path) -> Iterator[AtomicFile]:
    """A temporary file of `folder` to write; removed at the end unless it was installed."""
    descriptor, name = tempfile.mkstemp(dir=folder, suffix=SUFFIX)
    path = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as content:
            yield AtomicFile(path, content)
    finally:
        path.unlink(missing_ok=True)
