"""Demos on free ports and in new folders, each stopped at the end of its test."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from running_demo import Demo, StartDemo, launch, until_ready


@pytest.fixture
async def start_demo(tmp_path: Path) -> AsyncIterator[StartDemo]:
    """Start demos: `await start_demo("--feeds", path, data="a")`, each stopped at the end;
    `command` is another that starts the house, `pilots` has the demo's pilots live."""
    started: list[Demo] = []

    async def start(
        *options: str, data: str = "demo", command: str = "demo", pilots: bool = False
    ) -> Demo:
        demo = await launch(options, tmp_path / data, command=command, pilots=pilots)
        started.append(demo)
        await until_ready(demo)
        return demo

    yield start
    for demo in started:
        await demo.client.close()
        if demo.process.returncode is None:
            await demo.stop()
