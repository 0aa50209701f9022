"""Toy services that do not outlive their test."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest_asyncio

sys.path.insert(0, str(Path(__file__).parent))

from toys import PROGRAM, Start, Toy


@pytest_asyncio.fixture
async def start() -> AsyncIterator[Start]:
    """`await start("api", TOY_PORT="0")`: a toy that does not outlive the test."""
    toys: list[Toy] = []

    async def launch(*arguments: str, **environ: str) -> Toy:
        environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(PROGRAM),
            *arguments,
            stdout=PIPE,
            stderr=PIPE,
            env={**environment, "REGIONLAB_KAFKA": "nowhere:9092", **environ},
        )
        toy = Toy(process)
        toy.reading = asyncio.create_task(toy.read())
        toys.append(toy)
        return toy

    yield launch
    for toy in toys:
        with suppress(ProcessLookupError):
            toy.process.kill()
        await toy.process.wait()
        if toy.reading is not None:
            toy.reading.cancel()
