"""The clients that code generators write from the OpenAPI document of the platform.

`openapi-python-client` is a requirement of the tests. `openapi-typescript` and the compiler are npm
packages, held to the digests of `typescript/package-lock.json` and installed once into the cache.
Without npm the test that needs them is skipped, by name.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

PYTHON_CLIENT = "regionlab_client"
_TYPESCRIPT = Path(__file__).parent / "typescript"
_ROOT = Path(__file__).parents[2]
_PACKAGE_FILES = ("package.json", "package-lock.json", ".npmrc")


def generate_python_client(document: Path, folder: Path) -> str:
    """Write the package `regionlab_client` into a folder. Returns what the generator reports."""
    command = ["-m", "openapi_python_client", "generate", "--path", str(document)]
    command += ["--meta", "none", "--output-path", str(folder / PYTHON_CLIENT)]
    return run([sys.executable, *command], folder)


def compile_typescript(document: Path, folder: Path) -> None:
    """Write the types and the compiled `departures.js` into a folder. Raises AssertionError if they
    do not compile."""
    tools = _installed_tools()
    shutil.copy(_TYPESCRIPT / "departures.ts", folder)
    run([str(tools / "openapi-typescript"), str(document), "--output", "api.d.ts"], folder)
    options = ["--strict", "--target", "es2022", "--module", "commonjs"]
    run([str(tools / "tsc"), *options, "api.d.ts", "departures.ts"], folder)


def run(command: Sequence[str], folder: Path) -> str:
    """What a program prints. Raises AssertionError with it if the program fails."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    printed = done.stdout + done.stderr
    assert done.returncode == 0, f"{' '.join(command)}\n{printed[-4000:]}"
    return printed


def _installed_tools() -> Path:
    """The folder of the programs."""
    lock = (_TYPESCRIPT / "package-lock.json").read_bytes()
    cache = Path(os.environ.get("REGIONLAB_CACHE", _ROOT / ".cache"))
    folder = cache / f"typescript-{hashlib.sha256(lock).hexdigest()[:16]}"
    if not (folder / "node_modules" / ".package-lock.json").is_file():
        _install(folder)
    return folder / "node_modules" / ".bin"


def _install(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("needs npm, to fetch openapi-typescript and typescript")
    folder.mkdir(parents=True, exist_ok=True)
    for name in _PACKAGE_FILES:
        shutil.copy(_TYPESCRIPT / name, folder)
    command = [npm, "ci", "--silent"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        shutil.rmtree(folder)
        pytest.skip(
            "needs openapi-typescript and typescript, which npm could not fetch: "
            f"{done.stderr.strip()[:200]}"
        )
