"""The demo's data folder: closed to other accounts, and locked by one demo at a time."""

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Final

from embedded.system_user import UNPRIVILEGED_UID, can_use_namespaces
from regionlab.errors import UserError

_SECRETS: Final = (
    "*.key",
    "*.secret",
    "*keys.json",
    "*.private.json",
    "clients.json",
    "invitations.json",
    "participants.json",
    "password",
    "settings.sh",
)
"""The names of files with secrets, in the folder and in those of its programs."""


@contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """Close the folder to others, and lock it for one demo; it is created if it is missing.

    Raises `UserError` if it cannot be used, or another demo uses it.
    """
    try:
        close_folder(folder)
        opened = (folder / "lock").open("a+")
    except OSError as error:
        raise UserError(
            f"Le dossier {folder} n'est pas utilisable ({error.strerror}) : choisissez-en un autre "
            "avec --data."
        ) from error
    with opened as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise UserError(
                f"Une démonstration tourne déjà sur {folder} (processus {lock.read().strip()}) : "
                "arrêtez-la, ou choisissez un autre dossier avec --data."
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def close_folder(folder: Path) -> None:
    """Create the folder, or close it to other accounts if it is ours, and its files with secrets.

    Raises OSError, and `UserError` for a folder that is shared by all accounts.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.stat()
    if found.st_mode & stat.S_ISVTX:
        raise UserError(
            f"Le dossier {folder} est commun à tous les comptes : choisissez-en un autre avec "
            "--data."
        )
    if found.st_uid != os.geteuid():
        return
    folder.chmod(0o700)
    if os.geteuid() == 0 and not can_use_namespaces():
        open_to_postgres_account(folder)
    for path in chain.from_iterable(
        folder.glob(f"{below}{name}") for name in _SECRETS for below in ("", "*/")
    ):
        found = path.lstat()
        if stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid():
            path.chmod(0o600)


def open_to_postgres_account(folder: Path) -> None:
    """Let the account `nobody` pass through the folder, and no other: PostgreSQL refuses root, and
    without user namespaces it has to reach its files as `nobody`. Needs root."""
    os.chown(folder, -1, UNPRIVILEGED_UID)
    folder.chmod(0o710)
