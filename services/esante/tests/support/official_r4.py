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
    """The folder of its files; skips the test that asks where it cannot be had."""
    if named := os.environ.get("REGIONLAB_FHIR_R4"):
        return Path(named)
    kept = Path(os.environ.get("REGIONLAB_CACHE", _ROOT / ".cache")) / "hl7.fhir.r4.examples-4.0.1"
    if not (kept / "package").is_dir():
        _fetch(kept)
    return kept / "package"


def _fetch(kept: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip(f"needs npm, to fetch {PACKAGE} (or REGIONLAB_FHIR_R4)")
    # Another worker may be fetching the same: each does it aside, and the first one stays.
    aside = kept / f"fetching-{os.getpid()}"
    aside.mkdir(parents=True, exist_ok=True)
    told = subprocess.run(
        [npm, "pack", PACKAGE, "--silent"], cwd=aside, capture_output=True, text=True, check=False
    )
    archives = list(aside.glob("*.tgz"))
    if told.returncode != 0 or not archives:
        shutil.rmtree(aside, ignore_errors=True)
        pytest.skip(f"needs {PACKAGE}, which npm could not fetch: {told.stderr.strip()[:200]}")
    shutil.unpack_archive(archives[0], aside)
    with suppress(OSError):
        (aside / "package").rename(kept / "package")
    shutil.rmtree(aside, ignore_errors=True)


def read_official(file: Path) -> Any:
    """One resource, its decimals as written."""
    return json.loads(file.read_text(encoding="utf-8"), parse_float=Decimal)


def official_examples(*, of_each: int | None = None) -> list[Path]:
    """The files of the examples: everything but what defines FHIR itself; `of_each` type that many
    at most, the same ones each time."""
    seen: dict[str, int] = {}
    found: list[Path] = []
    for file in sorted(official_folder().glob("*-*.json")):
        kind = file.name.partition("-")[0]
        seen[kind] = seen.get(kind, 0) + 1
        if of_each is None or seen[kind] <= of_each:
            found.append(file)
    return found
