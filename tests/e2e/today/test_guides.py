"""Every command of README and the guides is run, as a reader types it."""

import re
import shutil
from pathlib import Path

import pytest
from block_runs import WRITTEN, run
from code_blocks import DOCUMENTS, REPOSITORY, CodeBlock, code_blocks, path_of
from running_demo import Demo, Launcher

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl"),
]

SPOKEN_OF = re.compile(rf"[<(]({WRITTEN}[^>)]*)[>)]")
"""An address that the text leads to."""

BLOCKS = [
    pytest.param(each, id=each.place)
    for each in code_blocks()
    if each.language == "sh" and each.not_run is None
]


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
