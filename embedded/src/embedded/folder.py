"""One server per data folder, kept by the server itself.

The lock's descriptor is inherited by the server and all its processes, so the folder is free only
when the last of them is gone, however its launcher ended.
"""

import fcntl
import os
import time
from pathlib import Path

from embedded.processes import StartError

_LEAVE_SECONDS = 15.0  # how long a server whose launcher was killed may take to leave


def take_folder(data: Path) -> int:
    """Lock `data` and return the inheritable descriptor; wait a little for one that is leaving.

    Raises `StartError` when another server keeps it.
    """
    data.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(data / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    os.set_inheritable(descriptor, True)
    limit = time.monotonic() + _LEAVE_SECONDS
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
