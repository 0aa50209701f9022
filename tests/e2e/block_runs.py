"""Runs the commands of the documents against a demo, as a reader types them.

A block is run by itself, in a new folder with the demo's data and this environment's programs.
A comment at the end of a command says which failure is expected: `# 409: …` of a request,
`# exit 1: …` of a program.
"""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from code_blocks import REPOSITORY, CodeBlock
from running_demo import Launcher

WRITTEN = "http://localhost:8080"
"""The address of the demo in the documents."""
LIMIT = 120.0  # seconds of one block, only an upper bound
READER = Path(__file__).parent / "reader.sh"
EXPECTED = re.compile(r"(?P<command>.*\S)\s+# (?:(?P<status>\d{3})|exit (?P<code>\d+)) ?: .+")


def script(block: CodeBlock, address: str) -> str:
    """What bash runs. `address`: the demo's."""
    commands = []
    for command in block.commands():
        if (expected := EXPECTED.fullmatch(command)) is not None:
            word = (
                f"refused {expected['status']}"
                if expected["status"]
                else f"exits {expected['code']}"
            )
            command = f"{word} {shlex.quote(expected['command'])}"
        commands.append(command)
    return "\n".join((f". {shlex.quote(str(READER))}", *commands)).replace(WRITTEN, address)


def run(block: CodeBlock, launcher: Launcher, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run a block in a folder that looks like the repository's."""
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / ".regionlab").symlink_to(launcher.data)
    shutil.copytree(REPOSITORY / "deploy", folder / "deploy")
    address = launcher.address.replace("127.0.0.1", "localhost")
    return subprocess.run(
        ("bash", "-c", script(block, address)),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )
