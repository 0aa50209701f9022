"""The clients that code generators write from the OpenAPI document of the platform.

`openapi-python-client` is a requirement of the tests. `openapi-typescript` and the compiler are npm
packages (`typescript/package-lock.json`).
"""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from node_packages import installed

PYTHON_CLIENT = "regionlab_client"
_TYPESCRIPT = Path(__file__).parent / "typescript"


def generate_python_client(document: Path, folder: Path) -> str:
    """Write the package `regionlab_client` into a folder. Returns what the generator reports."""
    command = ["-m", "openapi_python_client", "generate", "--path", str(document)]
    command += ["--meta", "none", "--output-path", str(folder / PYTHON_CLIENT)]
    return run([sys.executable, *command], folder)


def compile_typescript(document: Path, folder: Path) -> None:
    """Write the types and the compiled `departures.js` into a folder. Raises AssertionError if they
    do not compile."""
    tools = installed(_TYPESCRIPT) / "node_modules" / ".bin"
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
