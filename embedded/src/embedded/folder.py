"""A server's data folder: locked by one server at a time, with atomic writes of small files.

The server and all its processes inherit the lock's descriptor, so the folder is unlocked only when
the last of them has ended, however its launcher ended.
"""

import fcntl
import os
import time
from pathlib import Path

from embedded.processes import StartError

_LOCK_SECONDS = 15.0


def lock_folder(data: Path, *, timeout: float = _LOCK_SECONDS) -> int:
    """Lock `data`, created if needed, and return the inheritable descriptor.

    `timeout`: seconds to wait for the end of another server, whose launcher may have been killed.

    Raises `StartError` if another server still uses the folder then.
    """
    data.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(data / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(descriptor, data, timeout)
    except BaseException:
        os.close(descriptor)
        raise
    os.set_inheritable(descriptor, True)
    return descriptor


def _lock(descriptor: int, data: Path, timeout: float) -> None:
    limit = time.monotonic() + timeout
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
            return


def write_atomically(path: Path, text: str) -> None:
    """Replace a small file atomically."""
    temporary = path.with_name(path.name + ".new")
    temporary.write_text(text)
    temporary.replace(path)
