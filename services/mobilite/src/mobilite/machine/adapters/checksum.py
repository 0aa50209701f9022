"""The checksum of a file."""

import hashlib
from pathlib import Path


def checksum(path: Path) -> str:
    """The SHA-256 of a file, hexadecimal. Raises OSError if it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
