"""The public test suite of FHIRPath for R4, fetched once into the cache.

`tests-fhir-r4.xml` and its resources, from the Maven artefact `org.hl7.fhir.testcases`
(github.com/FHIR/fhir-test-cases, Apache 2.0). `REGIONLAB_FHIR_TEST_CASES` names a folder that has
them already, with the paths of that repository. Otherwise the tests that need it are skipped.
"""

import os
import shutil
import subprocess
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from esante.core.domain.json_parser import parse_json
from esante.core.domain.xml.reader import json_of_xml

ARTIFACT = "org.hl7.fhir.testcases:fhir-test-cases:1.7.69"
_ROOT = Path(__file__).parents[4]
_SUITE = "r4/fhirpath/tests-fhir-r4.xml"
_GET = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:get"


@dataclass(frozen=True, slots=True)
class SuiteTest:
    """One test."""

    group: str
    name: str
    expression: str
    file: str
    """The name of its resource; empty for none."""
    invalid: str
    """`syntax`, `semantic` or `execution`; empty for a valid expression."""
    strict: bool
    predicate: bool
    """Whether the result is the existence of values."""
    outputs: tuple[tuple[str, str], ...]
    """(type, text) of each value; type empty if any is right."""


@cache
def suite_folder() -> Path:
    """The folder with `r4`; skips the test if it is not available."""
    if named := os.environ.get("REGIONLAB_FHIR_TEST_CASES"):
        return Path(named)
    label = ARTIFACT.rpartition(":")[2]
    cached = Path(os.environ.get("REGIONLAB_CACHE", _ROOT / ".cache")) / f"fhir-test-cases-{label}"
    if not (cached / "r4").is_dir():
        _fetch(cached, label)
    return cached


def _fetch(cached: Path, label: str) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        pytest.skip(f"needs Maven, to fetch {ARTIFACT} (or REGIONLAB_FHIR_TEST_CASES)")
    # Another worker can fetch it concurrently: each unpacks to its own folder, the first one wins.
    temporary = cached / f"fetching-{os.getpid()}"
    temporary.mkdir(parents=True, exist_ok=True)
    repository = temporary / "repository"
    command = [maven, "--batch-mode", "--quiet", _GET, f"-Dartifact={ARTIFACT}"]
    options = ["-Dtransitive=false", f"-Dmaven.repo.local={repository}"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    archive = next(repository.glob(f"**/fhir-test-cases-{label}.jar"), None)
    if done.returncode != 0 or archive is None:
        shutil.rmtree(temporary, ignore_errors=True)
        pytest.skip(f"needs {ARTIFACT}, which Maven could not fetch: {done.stdout.strip()[:200]}")
    _unpack(archive, temporary)
    with suppress(OSError):
        (temporary / "r4").rename(cached / "r4")
    # The archive has 110 MB, the suite less than one.
    shutil.rmtree(temporary, ignore_errors=True)


def _unpack(archive: Path, folder: Path) -> None:
    with zipfile.ZipFile(archive) as packed:
        prefix = "org/hl7/fhir/testcases/"
        suite = packed.read(prefix + _SUITE)
        files = {each.file for each in _parsed(suite) if each.file}
        for name in (_SUITE, *(f"r4/{file}" for file in files)):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(packed.read(prefix + name))


@cache
def suite_tests() -> tuple[SuiteTest, ...]:
    """Its tests, in their order."""
    return _parsed((suite_folder() / _SUITE).read_bytes())


def _parsed(suite: bytes) -> tuple[SuiteTest, ...]:
    found = []
    # The file is that of a released artefact, by its version.
    for group in ElementTree.fromstring(suite).iter("group"):
        for test in group.iter("test"):
            expression = test.find("expression")
            assert expression is not None
            outputs = [(o.get("type") or "", o.text or "") for o in test.iter("output")]
            found.append(
                SuiteTest(
                    group.get("name") or "",
                    test.get("name") or "",
                    expression.text or "",
                    test.get("inputfile") or "",
                    expression.get("invalid") or "",
                    test.get("mode") == "strict",
                    test.get("predicate") == "true",
                    tuple(outputs),
                )
            )
    return tuple(found)


@cache
def suite_resource(name: str) -> Any:
    """A resource of the suite; an empty one without name."""
    if not name:
        return {"resourceType": "Basic"}
    content = (suite_folder() / "r4" / name).read_bytes()
    return parse_json(json_of_xml(content) if name.endswith(".xml") else content)
