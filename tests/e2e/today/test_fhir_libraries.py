"""FHIR clients that nobody here wrote, unchanged, through the gateway of a complete demo."""

import asyncio
import shutil
from pathlib import Path

import pytest
from generated_clients import run
from hapi_client import hapi_command
from node_packages import installed
from running_demo import Demo

pytestmark = [pytest.mark.e2e, pytest.mark.demo_campaign]

FOLDER = Path(__file__).parents[1]


@pytest.mark.parametrize("program", ["fhir_kit_calls.mjs", "medplum_calls.mjs"])
async def test_a_program_in_javascript(demo: Demo, program: str) -> None:
    folder = await asyncio.to_thread(installed, FOLDER / "fhir_node")
    node = shutil.which("node")
    assert node is not None
    await _works([node, program], demo, folder)


async def test_a_program_in_java(demo: Demo, tmp_path: Path) -> None:
    await _works(await asyncio.to_thread(hapi_command), demo, tmp_path)


async def _works(command: list[str], demo: Demo, folder: Path) -> None:
    token = await demo.token("integrator", "system/*.cruds")
    # By the name that links of the server have.
    base = f"http://localhost:{demo.address.rpartition(':')[2]}/fhir"
    printed = await asyncio.to_thread(run, [*command, base, token], folder)
    assert printed.split()[-1] == "done"
