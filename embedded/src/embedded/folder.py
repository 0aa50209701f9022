"""A server's data folder: locked by one server at a time, with atomic writes of small files.

The lock's descriptor is inherited by the server and all its processes, so the folder is free only
when the last of them is gone, however its launcher ended.
"""

import fcntl
import os
import time
from pathlib import Path

from embedded.processes import StartError

_LEAVE_SECONDS = 15.0


def take_folder(data: Path, *, patience: float = _LEAVE_SECONDS) -> int:
    """Lock `data` and return the inheritable descriptor.

    `patience`: seconds that a server whose launcher was killed may take to leave. Raises
    `StartError` when another server keeps the folder.
    """
    data.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(data / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    os.set_inheritable(descriptor, True)
    limit = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > limit:
                raise StartError(
                    f"Le dossier {data} est déjà utilisé par un autre serveur."
                ) from None
            time.sleep(0.05)
        else:
            return descriptor


def write_atomically(path: Path, text: str) -> None:
    """Replace a small file atomically."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(text)
    fresh.replace(path)
