"""The demo that the tests of the site share: its three pilots have lived."""

import asyncio
from collections.abc import Iterator

import pytest
from living_pilots import people_take_part
from running_demo import RUSH_HOUR, Launcher, client_of, launch


@pytest.fixture(scope="package")
def launcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launcher]:
    launcher = launch(RUSH_HOUR, tmp_path_factory.mktemp("site") / "demo")
    try:
        launcher.wait_until_ready()
        asyncio.run(_wait_for_pilots(launcher))
        yield launcher
    finally:
        code = launcher.stop()
    assert (code, launcher.left_behind()) == (0, [])


async def _wait_for_pilots(launcher: Launcher) -> None:
    async with client_of(launcher) as demo:
        await people_take_part(demo)
