"""npm packages that tests use, held to the digests of a `package-lock.json`."""

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]


def installed(project: Path) -> Path:
    """The folder with the files of a project and its packages, installed once into the cache.

    Without npm the test that needs them is skipped, by name.
    """
    files = sorted(each for each in project.iterdir() if each.is_file())
    digest = hashlib.sha256(b"".join(each.read_bytes() for each in files)).hexdigest()
    cache = Path(os.environ.get("REGIONLAB_CACHE", _ROOT / ".cache"))
    folder = cache / f"{project.name}-{digest[:16]}"
    if not (folder / "node_modules" / ".package-lock.json").is_file():
        _install(project, files, folder)
    return folder


def _install(project: Path, files: list[Path], folder: Path) -> None:
    described = json.loads((project / "package.json").read_text("utf-8"))
    names = ", ".join({**described.get("dependencies", {}), **described.get("devDependencies", {})})
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip(f"needs npm, to fetch {names}")
    folder.mkdir(parents=True, exist_ok=True)
    for each in files:
        shutil.copy(each, folder)
    command = [npm, "ci", "--silent"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        shutil.rmtree(folder)
        pytest.skip(f"needs {names}, which npm could not fetch: {done.stderr.strip()[:200]}")
