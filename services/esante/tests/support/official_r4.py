"""The official definitions and examples of FHIR R4, fetched once into the cache.

npm package `hl7.fhir.r4.examples@4.0.1` (HL7, CC0), 5,306 resources. `REGIONLAB_FHIR_R4` names a
folder that has it already. Where neither is at hand the tests that need it are skipped, by name.
"""

import json
import os
import shutil
import subprocess
from contextlib import suppress
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

PACKAGE = "hl7.fhir.r4.examples@4.0.1"
_ROOT = Path(__file__).parents[4]


@cache
def official_folder() -> Path:
    """The folder of its files; skips the test if it is not available."""
    if named := os.environ.get("REGIONLAB_FHIR_R4"):
        return Path(named)
    cached = (
        Path(os.environ.get("REGIONLAB_CACHE", _ROOT / ".cache")) / "hl7.fhir.r4.examples-4.0.1"
    )
    if not (cached / "package").is_dir():
        _fetch(cached)
    return cached / "package"


def _fetch(cached: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip(f"needs npm, to fetch {PACKAGE} (or REGIONLAB_FHIR_R4)")
    # Another worker can fetch it concurrently: each unpacks to its own folder, the first one wins.
    temporary = cached / f"fetching-{os.getpid()}"
    temporary.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [npm, "pack", PACKAGE, "--silent"],
        cwd=temporary,
        capture_output=True,
        text=True,
        check=False,
    )
    archives = list(temporary.glob("*.tgz"))
    if done.returncode != 0 or not archives:
        shutil.rmtree(temporary, ignore_errors=True)
        pytest.skip(f"needs {PACKAGE}, which npm could not fetch: {done.stderr.strip()[:200]}")
    shutil.unpack_archive(archives[0], temporary)
    with suppress(OSError):
        (temporary / "package").rename(cached / "package")
    shutil.rmtree(temporary, ignore_errors=True)


def read_official(file: Path) -> Any:
    """One resource, its decimals as written."""
    return json.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)


def official_examples(*, of_each: int | None = None) -> list[Path]:
    """The files of the examples: everything but what defines FHIR itself; `of_each` type that many
    at most, the same ones each time."""
    seen: dict[str, int] = {}
    found: list[Path] = []
    for file in sorted(official_folder().glob("*-*.json")):
        resource_type = file.name.partition("-")[0]
        seen[resource_type] = seen.get(resource_type, 0) + 1
        if of_each is None or seen[resource_type] <= of_each:
            found.append(file)
    return found
