"""The checksums of the files of the archive, each stored beside its file.

    date=2026-03-03/.tao.parquet.sha256     checksum, bytes and time of change of tao.parquet

The name begins with a dot: Spark and Arrow leave such files of a data set out.
"""

import contextlib
from pathlib import Path

from mobilite.machine.adapters.atomic_file import atomic_file
from mobilite.machine.adapters.checksum import checksum


def stored_checksum(path: Path) -> str:
    """The SHA-256 of a file, hexadecimal, computed and stored if it is not known or the file has
    changed. Raises OSError if the file cannot be read."""
    status, stored = path.stat(), path.with_name(f".{path.name}.sha256")
    stamp = [str(status.st_size), str(status.st_mtime_ns)]
    with contextlib.suppress(OSError, ValueError):
        known, *of = stored.read_text().split()
        if of == stamp:
            return known
    computed = checksum(path)
    with contextlib.suppress(OSError), atomic_file(path.parent) as part:
        part.content.write(" ".join([computed, *stamp]).encode())
        part.install(stored)
    return computed
