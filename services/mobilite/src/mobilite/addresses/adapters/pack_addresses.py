"""One job of the programs that pack addresses."""

import os
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from mobilite.addresses.adapters.address_file import write_addresses
from mobilite.addresses.domain.address import AddressLine, Rejection
from socle.errors import Refusal

ReadLines = Callable[[Sequence[Path], Counter[Rejection]], Iterator[AddressLine]]


def pack_addresses(job: dict[str, Any], read_lines: ReadLines) -> dict[str, Any]:
    """Pack the sources of a job from `PackedStore`. Returns what the file contains. Raises Refusal
    if the sources are not usable or the packed file cannot be written."""
    path, rejected = Path(job["path"]), Counter[Rejection]()
    # SQLite sorts there instead of in /tmp, which is memory in a container.
    os.environ["SQLITE_TMPDIR"] = str(path.parent)
    lines = read_lines([Path(source) for source in job["sources"]], rejected)
    try:
        return {"packed": str(write_addresses(lines, rejected, path))}
    except (OSError, sqlite3.OperationalError) as error:  # a full disk is not the source's fault
        raise Refusal(
            "unavailable", f"Le fichier des adresses ne peut pas être écrit : {error}."
        ) from error
