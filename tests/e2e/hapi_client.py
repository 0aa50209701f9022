"""HAPI's Java client and the program that uses it, fetched and compiled once into the cache."""

import shutil
import subprocess
from pathlib import Path

import pytest

from embedded.java import ONE_COMPILER, cache_of, find_java, run_maven
from embedded.processes import StartError

_FOLDER = Path(__file__).parent / "fhir_java"
_NAME = "HAPI's client"


def hapi_command() -> list[str]:
    """The command that runs the program, without its arguments.

    Without Java or Maven the test that needs it is skipped, by name.
    """
    program = _FOLDER / "HapiCalls.java"
    # Another program is compiled anew.
    pom = (_FOLDER / "pom.xml").read_text("utf-8")
    cache = cache_of("hapi-client", "hapi-fhir-client", pom + program.read_text("utf-8"))
    jars, classes = cache / "jars", cache / "classes"
    try:
        java = [str(find_java(_NAME).program), ONE_COMPILER]
        if not jars.is_dir():
            cache.mkdir(parents=True, exist_ok=True)
            goal = ("dependency:copy-dependencies", "-DincludeScope=runtime")
            partial = cache / "jars.partial"
            run_maven(_NAME, pom, cache, goal, partial)
            partial.rename(jars)
    except StartError as error:
        pytest.skip(f"needs {_NAME}: {error}")
    path = ":".join(str(each) for each in (classes, *sorted(jars.glob("*.jar"))))
    if not classes.is_dir():
        compiler = str(next(jars.glob("ecj-*.jar")))
        partial = cache / "classes.partial"
        shutil.rmtree(partial, ignore_errors=True)
        command = [*java, "-jar", compiler, "-17", "-proc:none", "-cp", path, "-d", str(partial)]
        subprocess.run([*command, str(program)], check=True)
        partial.rename(classes)
    return [*java, "-cp", path, "HapiCalls"]
