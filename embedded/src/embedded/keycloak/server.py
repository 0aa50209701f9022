"""One Keycloak in the foreground, with its data in memory and the realms of `DIR/import`.

The distribution is unpacked and built once, in the cache; each start uses hard links to it, so that
several can run at the same time. Realm files can contain variables of the environment: `${NAME}`.
https://www.keycloak.org/server/importExport
"""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from embedded.folder import lock_folder
from embedded.java import ONE_COMPILER, Java, find_java
from embedded.keycloak.runtime import fetch_distribution
from embedded.ports import free_port
from embedded.processes import Foreground, StartError, announce_ready

_STOP_SECONDS = 20
_STARTED = re.compile(rb"Keycloak .* started in ")


def main(data: Path, port: int = 0) -> int:
    """Start Keycloak, announce its address, run until stopped.

    `KC_BOOTSTRAP_ADMIN_USERNAME` and `KC_BOOTSTRAP_ADMIN_PASSWORD` are its administrator's. Raises
    `StartError` when Java or Maven is missing, the folder is in use or the start fails.
    """
    data = data.resolve()
    java = find_java("Keycloak")
    distribution = fetch_distribution(java)
    lock = lock_folder(data)
    home = data / "home"
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(distribution, home, copy_function=_link)
    realms = home / "data" / "import"
    realms.mkdir(parents=True, exist_ok=True)
    for realm in sorted((data / "import").glob("*.json")):
        shutil.copy(realm, realms)
    return _serve(java, home, port or free_port(), lock)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)


def _serve(java: Java, home: Path, port: int, lock: int) -> int:
    foreground = Foreground(stop_with=signal.SIGTERM, stop_seconds=_STOP_SECONDS)
    options = ("--http-enabled=true", "--http-host=127.0.0.1", f"--http-port={port}")
    server_options = ("--hostname-strict=false", "--cache=local", "--import-realm")
    server = foreground.start(
        [str(home / "bin" / "kc.sh"), "start", "--optimized", *options, *server_options],
        env=os.environ
        | {
            "JAVA": str(java.program),
            "JAVA_OPTS_KC_HEAP": "-Xmx512m",
            "JAVA_OPTS_APPEND": ONE_COMPILER,
        },
        cwd=home,
        pass_fds=(lock,),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    started = False
    for line in server.stdout or ():
        sys.stderr.buffer.write(line)
        sys.stderr.buffer.flush()
        if not started and _STARTED.search(line):
            announce_ready(address=f"http://127.0.0.1:{port}")
            started = True
    status = foreground.wait()
    if not started and not foreground.stopping:
        raise StartError("Keycloak n'a pas démarré ; voir ses messages ci-dessus.")
    return status
