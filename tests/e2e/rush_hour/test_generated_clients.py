"""Clients generated from the OpenAPI document compile, and their calls are answered."""

import asyncio
import json
import re
import sys
from pathlib import Path

import pytest
import pytest_asyncio
from generated_clients import PYTHON_CLIENT, compile_typescript, generate_python_client, run
from running_demo import Demo

pytestmark = [pytest.mark.e2e, pytest.mark.demo_campaign]

STOP = "tao:gare-d-orleans"
FILES = {"application/zip", "application/vnd.apache.parquet", "application/pdf"}
"""Responses that the generator leaves to the caller, as bytes."""
CALLS = f"""
import sys
from regionlab_client import Client
from regionlab_client.api.departures import get_departures
from regionlab_client.api.stops import get_stop, list_stops
from regionlab_client.models import BoardJson, Problem, StopListJson

client = Client(base_url=sys.argv[1])
found = list_stops.sync(client=client, q="gare orleans")
assert isinstance(found, StopListJson), found
assert "{STOP}" in [stop.id for stop in found.stops], found
board = get_departures.sync("{STOP}", client=client, limit=5)
assert isinstance(board, BoardJson), board
assert len(board.departures) == 5
assert board.departures[0].route.id.startswith("tao:")
refused = get_stop.sync("tao:nowhere", client=client)
assert isinstance(refused, Problem), refused
assert (refused.status, refused.title) == (404, "Introuvable")
"""
MYPY = "[mypy]\nstrict = true\npython_version = 3.11\n"
DEPARTURES = f"""
require("./departures.js").departures(process.argv[1], "{STOP}", {{ limit: 3 }})
  .then((lines) => console.log(JSON.stringify(lines)))
"""


@pytest_asyncio.fixture
async def document(demo: Demo, tmp_path: Path) -> Path:
    """The file of the document."""
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(await demo.get("/openapi.json")))
    return file


async def test_a_python_client_is_typed_and_answered(
    demo: Demo, document: Path, tmp_path: Path
) -> None:
    reported = await asyncio.to_thread(generate_python_client, document, tmp_path)
    files = re.findall(r"Unsupported content_type ([\w./+-]+)", reported)
    assert set(files) == FILES
    # SIRI's XML is a protocol of its own: its clients are libraries of SIRI.
    bodies = re.findall(r"Unsupported content type ([\w./+-]+)", reported)
    assert bodies == ["application/xml"]
    assert reported.count("WARNING parsing") == len(files) + len(bodies), reported
    (tmp_path / "mypy.ini").write_text(MYPY)
    (tmp_path / "calls.py").write_text(CALLS)
    check = [sys.executable, "-m", "mypy", "--config-file", "mypy.ini", PYTHON_CLIENT, "calls.py"]
    await asyncio.to_thread(run, check, tmp_path)
    await asyncio.to_thread(run, [sys.executable, "calls.py", demo.address], tmp_path)


async def test_typescript_types_compile_in_a_program_that_is_answered(
    demo: Demo, document: Path, tmp_path: Path
) -> None:
    await asyncio.to_thread(compile_typescript, document, tmp_path)
    printed = await asyncio.to_thread(run, ["node", "-e", DEPARTURES, demo.address], tmp_path)
    lines = json.loads(printed)
    assert len(lines) == 3
    assert all(re.fullmatch(r"2026-03-03T\d\d:\d\d:\d\d\+01:00 \w+", each) for each in lines), lines
