"""The user PostgreSQL runs as: it refuses root, so root becomes `nobody`, or looks like it.

not root                    → ourselves
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
    """How a child becomes the user: `popen` arguments, and `enter` run in it before exec."""

    owner: int | None  # the uid its files belong to, as seen from here; None: leave them
    namespace: bool = False
    popen: dict[str, Any] = field(default_factory=dict)

    def enter(self) -> None:
        """In the child: enter the user namespace, when that is the way."""
        if not self.namespace:
            return
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(_CLONE_NEWUSER) != 0:
            raise OSError(ctypes.get_errno(), "unshare(CLONE_NEWUSER)")
        # Root here is nobody there; its capabilities end at exec, its files stay its own.
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{UNPRIVILEGED_UID} 0 1")
        Path("/proc/self/gid_map").write_text(f"{UNPRIVILEGED_UID} 0 1")

    def own(self, path: Path) -> None:
        """Give `path` and all below to the user, when it is someone else's."""
        if self.owner is None or path.stat().st_uid == self.owner:
            return
        for folder, _, names in os.walk(path, topdown=False):
            for name in names:
                os.chown(Path(folder) / name, self.owner, self.owner, follow_symlinks=False)
            os.chown(folder, self.owner, self.owner)
        if path.is_file():
            os.chown(path, self.owner, self.owner)


def choose_user(binaries: Path, data: Path) -> PostgresUser:
    """The first way that reaches both the programs and the data. Raises `StartError` if none."""
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


def _reaches(user: PostgresUser, program: Path, data: Path) -> bool:
    """Whether the user can run the program and enter the folder: tried, not guessed."""

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
