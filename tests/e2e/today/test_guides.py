"""Every command of README, the guides and the API reference is run, as a reader types it.

A block is run by itself, in a new folder with the demo's data and this environment's programs.
A comment at the end of a command says which failure is expected: `# 409: …` of a request,
`# exit 1: …` of a program.
"""

import asyncio
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from code_blocks import DOCUMENTS, REPOSITORY, CodeBlock, code_blocks, path_of
from living_pilots import ALERTS, NOTEBOOK
from running_demo import Demo, Launcher

from gateway.contract.domain.reference.operations import Operation, read_groups

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


ORDER = ("PUT", "POST", "GET", "PATCH", "DELETE")
"""The order of the examples of FHIR: some suppose the resource that another wrote."""
VALUE_SET = f"""
curl {WRITTEN}/fhir/ValueSet/exemple -X PUT -H "Authorization: Bearer $TOKEN" \\
  -H 'Content-Type: application/fhir+json' \\
  -d '{{"resourceType": "ValueSet", "id": "exemple", "status": "active", "compose": {{"include":
    [{{"system": "http://hl7.org/fhir/administrative-gender"}}]}}}}'
"""
OWN_PARTICIPATION = "/pilotes/v1/participations/{pilot_id}/records"


async def operations(demo: Demo, *services: str) -> list[Operation]:
    """The operations of the API reference."""
    groups = read_groups(await demo.get("/openapi.json"), public=WRITTEN)
    return [each for group in groups if group.service in services for each in group.operations]


async def run_examples(examples: list[str], launcher: Launcher, folder: Path) -> None:
    """Run examples one after the other; the first line of several is the same."""
    text = "\n".join(dict.fromkeys(each for example in examples for each in split(example)))
    block = CodeBlock(REPOSITORY / "README.md", 1, "sh", text + "\n", None)
    done = await asyncio.to_thread(run, block, launcher, folder)
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"


def split(example: str) -> list[str]:
    """The commands of an example."""
    before, _, request = example.rpartition("curl ")
    return [*before.splitlines(), f"curl {request}"]


def address_of(operation: Operation, demo: Demo) -> str:
    """The address of an example, on the demo."""
    return shlex.split(split(operation.example)[-1])[1].replace(WRITTEN, demo.address)


async def test_an_example_without_credentials_works_as_pasted(
    demo: Demo, launcher: Launcher, tmp_path: Path
) -> None:
    examples = [
        each.example
        for each in await operations(demo, "mobilite", "pilotes", "esante")
        if each.method == "GET" and each.example_scheme is None and not each.placeholders
        # Its reader has agreed to take part.
        if each.path != OWN_PARTICIPATION
    ]
    assert len(examples) > 35
    await run_examples(examples, launcher, tmp_path)


async def test_an_example_of_each_interaction_works_as_pasted(
    demo: Demo, launcher: Launcher, tmp_path: Path
) -> None:
    found = await operations(demo, "esante")
    found.sort(key=lambda each: ORDER.index(each.method))
    examples = [each.example for each in found]
    token = next(line for line in split(found[0].example) if line.startswith("TOKEN="))
    assert len(examples) > 30
    await run_examples([f"{token}{VALUE_SET.rstrip()}", *examples], launcher, tmp_path)


async def test_the_reference_states_who_is_refused(demo: Demo) -> None:
    """The states of the demo's pilots, one on trial and one after it, show what depends on it."""
    for each in await operations(demo, "mobilite", "mobilite_desk", "pilotes", "esante"):
        if each.method != "GET" and not each.path.startswith("/fhir"):
            continue  # the content is checked before the caller
        address = address_of(each, demo)
        status = await anonymous_status(demo, each.method, address)
        closed = bool(each.schemes) and not each.sometimes_open
        assert (status == 401) is closed, (each.method, each.path, status)
        if each.sometimes_open:
            on_trial = address.replace(NOTEBOOK, ALERTS)
            assert await anonymous_status(demo, "GET", on_trial) == 401, each.path


async def anonymous_status(demo: Demo, method: str, address: str) -> int:
    """The status of a request without credentials, and without its content."""
    async with demo.client.request(method, address) as answer:
        return answer.status
