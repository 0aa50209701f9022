"""Demos on free ports and in new folders.

Tests that only send requests share a demo: those of a folder with a `launcher` fixture, which is
one worker's. A test that stops its demo, or has it live another day, starts its own: `start_demo`.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.append(str(Path(__file__).parents[2] / "services" / "mobilite" / "tests" / "support"))

from kernels import compile_searches
from running_demo import Demo, Launcher, StartDemo, client_of, launch

from mobilite.journeys.adapters.kernel_cache import cache_kernels

# In the folder of each new demo the search of journeys would be compiled again.
cache_kernels(Path(__file__).parents[2] / ".cache" / "numba")


@pytest.fixture(scope="session", autouse=True)
def compiled_searches() -> None:
    """The first demos start together: each would compile for half a minute of processor."""
    compile_searches()


@pytest.fixture
async def demo(launcher: Launcher) -> AsyncIterator[Demo]:
    """The demo that the tests of this folder share, and a client of this test's own."""
    async with client_of(launcher) as demo:
        yield demo


@pytest.fixture
async def start_demo(tmp_path: Path) -> AsyncIterator[StartDemo]:
    """`await start_demo("--feeds", path, data="a")`"""
    async with AsyncExitStack() as stack:

        async def start(*options: str, data: str = "demo", command: str = "demo") -> Demo:
            if command == "demo":
                options = ("--without-pilots", *options)
            launcher = launch(options, tmp_path / data, command=command)
            stack.callback(launcher.stop)
            await asyncio.to_thread(launcher.wait_until_ready)
            return await stack.enter_async_context(client_of(launcher))

        yield start
