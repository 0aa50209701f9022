"""The user that PostgreSQL runs as: it refuses root, so root becomes `nobody`, or appears as it.

not root                    → the same user
root, folders reachable     → setuid to nobody
root, behind a 0700 folder  → a user namespace where our files belong to "nobody"
"""

import ctypes
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from embedded.processes import StartError

UNPRIVILEGED_UID = 65534
_CLONE_NEWUSER = 0x10000000


@dataclass(frozen=True, slots=True)
class PostgresUser:
    """How a child process becomes the user."""

    owner: int | None
    """The uid that owns its files, as seen from this process; None: unchanged."""
    namespace: bool = False
    """Whether the child runs in a user namespace."""
    popen: dict[str, Any] = field(default_factory=dict)
    """Arguments of `Popen`."""

    def enter(self) -> None:
        """Run in the child before exec: enter the user namespace, if it uses one."""
        if not self.namespace:
            return
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(_CLONE_NEWUSER) != 0:
            raise OSError(ctypes.get_errno(), "unshare(CLONE_NEWUSER)")
        # Root here is "nobody" there; its capabilities end at exec, its files stay its own.
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{UNPRIVILEGED_UID} 0 1")
        Path("/proc/self/gid_map").write_text(f"{UNPRIVILEGED_UID} 0 1")

    def own(self, path: Path) -> None:
        """Make the user the owner of `path` and everything below, unless it owns `path` already."""
        if self.owner is None or path.stat().st_uid == self.owner:
            return
        for folder, _, names in os.walk(path, topdown=False):
            for name in names:
                os.chown(Path(folder) / name, self.owner, self.owner, follow_symlinks=False)
            os.chown(folder, self.owner, self.owner)
        if path.is_file():
            os.chown(path, self.owner, self.owner)


def choose_user(binaries: Path, data: Path) -> PostgresUser:
    """The first user that can run the programs and read the data. Raises `StartError` if none."""
    if os.geteuid() != 0 or sys.platform != "linux":
        return PostgresUser(owner=None)
    unprivileged = PostgresUser(
        owner=UNPRIVILEGED_UID,
        popen={"user": UNPRIVILEGED_UID, "group": UNPRIVILEGED_UID, "extra_groups": []},
    )
    namespace = PostgresUser(owner=0, namespace=True)
    for candidate in (unprivileged, namespace):
        if _reaches(candidate, binaries / "postgres", data):
            return candidate
    raise StartError(
        f"PostgreSQL ne peut pas tourner en root, et l'utilisateur nobody n'atteint pas {data} "
        f"ou {binaries}. Choisissez un dossier lisible par tous (--data), "
        "ou lancez le programme sous un autre utilisateur."
    )


def can_use_namespaces() -> bool:
    """Whether a child of this process can enter a user namespace, by trying it."""
    return _reaches(PostgresUser(owner=0, namespace=True), Path(sys.executable), Path("/"))


def _reaches(user: PostgresUser, program: Path, data: Path) -> bool:
    """Whether the user can run the program and enter the folder, by trying it."""

    def become() -> None:
        user.enter()
        os.chdir(data)  # as the user; Popen's own `cwd` is entered before the change of user

    try:
        tried = subprocess.run(
            [str(program), "--version"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
            preexec_fn=become,
            **user.popen,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return tried.returncode == 0
