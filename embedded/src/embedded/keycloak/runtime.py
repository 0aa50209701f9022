"""Keycloak's distribution, fetched by Maven and built once into the cache."""

import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

from embedded.java import ONE_COMPILER, Java, cache_of, made_once, run_maven
from embedded.processes import StartError

_POM = files("embedded.keycloak").joinpath("pom.xml").read_text()


def fetch_distribution(java: Java) -> Path:
    """The folder of the built distribution. The first time this fetches about 160 MB and takes a
    minute. Raises `StartError`."""
    cache = cache_of("keycloak", "keycloak-quarkus-dist", _POM)
    built = cache / "built"
    return made_once(built, lambda: _build(java, cache, built))


def _build(java: Java, cache: Path, built: Path) -> None:
    partial = cache / "unpacked"
    run_maven("Keycloak", _POM, cache, ("dependency:unpack-dependencies",), partial)
    (unpacked,) = partial.iterdir()
    program = unpacked / "bin" / "kc.sh"
    program.chmod(0o755)
    # The database is chosen when Keycloak is built: in memory, as tests need it.
    status = subprocess.run(
        [str(program), "build", "--db=dev-mem"],
        env=os.environ | {"JAVA": str(java.program), "JAVA_OPTS_APPEND": ONE_COMPILER},
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        check=False,
    ).returncode
    if status != 0:
        raise StartError(f"Keycloak n'a pas pu être construit (code {status}) ; voir ses messages.")
    unpacked.rename(built)
