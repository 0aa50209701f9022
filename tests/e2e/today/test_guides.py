"""Every command of README and the guides is run in order, as a reader types it.

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

import pytest
from code_blocks import DOCUMENTS, REPOSITORY, CodeBlock, code_blocks, path_of
from running_demo import Demo, Launcher

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl"),
]

WRITTEN = "http://localhost:8080"
"""The address of the demo in the documents."""
LIMIT = 120.0  # seconds of one block, only an upper bound
READER = Path(__file__).parents[1] / "reader.sh"
EXPECTED = re.compile(r"(?P<command>.*\S)\s+# (?:(?P<status>\d{3})|exit (?P<code>\d+)) ?: .+")
SPOKEN_OF = re.compile(rf"[<(]({WRITTEN}[^>)]*)[>)]")
"""An address that the text leads to."""

BLOCKS = [
    pytest.param(each, id=each.place)
    for each in code_blocks()
    if each.language == "sh" and each.not_run is None
]


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


@pytest.mark.parametrize("block", BLOCKS)
def test_a_block_works_as_pasted(block: CodeBlock, launcher: Launcher, tmp_path: Path) -> None:
    done = run(block, launcher, tmp_path)
    assert done.returncode == 0, f"{block.place}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"


WRONG = {
    "an HTTP error": f"curl {WRITTEN}/mobilite/v1/stops/nowhere",
    "an HTTP error in a pipe": f"curl {WRITTEN}/mobilite/v1/stops/nowhere | cat",
    "an HTTP error of a value": f"key=$(curl {WRITTEN}/mobilite/v1/stops/nowhere)",
    "an error before the last command": f"cat nothing\ncurl {WRITTEN}/mobilite/v1/feeds",
    "no refusal": f"curl {WRITTEN}/mobilite/v1/feeds  # 409: refused",
    "another refusal": f"curl {WRITTEN}/mobilite/v1/stops/nowhere  # 409: refused",
    "no request": "true  # 409: refused",
    "no failure": "true  # exit 1: fails",
    "no stream": f"curl -N {WRITTEN}/mobilite/v1/feeds",
}


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_a_wrong_block_fails(text: str, launcher: Launcher, tmp_path: Path) -> None:
    block = CodeBlock(REPOSITORY / "README.md", 1, "sh", text, None)
    assert run(block, launcher, tmp_path).returncode != 0


@pytest.mark.parametrize("document", DOCUMENTS, ids=path_of)
async def test_the_addresses_of_the_text_answer(document: Path, demo: Demo) -> None:
    for written in SPOKEN_OF.findall(document.read_text("utf-8")):
        address = written.replace(WRITTEN, demo.address)
        async with demo.client.get(address, allow_redirects=False) as answer:
            assert answer.status < 400, written
