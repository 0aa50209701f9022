"""Whether operators' files are still those that were read."""

from collections.abc import Sequence
from pathlib import Path


def file_stamp(sources: Sequence[Path]) -> str | None:
    """Changes when one of the files does; None if one cannot be read."""
    try:
        several = [source.stat() for source in sources]
    except OSError:
        return None
    return " ".join(f"{each.st_mtime_ns}-{each.st_size}" for each in several)
