"""The launcher as users run it: one command, a live board, no process left."""

import asyncio
import signal
import sys

import pytest
from live_board import board_of, station, until_live
from running_demo import RUSH_HOUR, Demo, StartDemo

from socle.testing import until

pytestmark = pytest.mark.e2e


async def _schedule(demo: Demo) -> str:
    """The checksum of the first feed's schedule."""
    feeds = (await demo.get("/mobilite/v1/feeds"))["feeds"]
    return str(feeds[0]["schedule"]["sha256"])


async def _token_of_a_person(demo: Demo) -> tuple[int | None, str]:
    """`regionlab token`: its exit code and what it wrote."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "regionlab", "token", "--role", "patient"),
        *("--data", str(demo.data)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed, _ = await process.communicate()
    return process.returncode, printed.decode().strip()


@pytest.mark.deep_only
async def test_a_first_start_a_stop_a_warm_start_and_a_kill(start_demo: StartDemo) -> None:
    demo = await start_demo()
    code, bearer = await _token_of_a_person(demo)
    assert (code, bearer.count(".")) == (0, 2), bearer
    schedule = await _schedule(demo)
    assert await demo.stop(signal.SIGINT) == 0
    assert demo.left_behind() == []
    code, output = await _token_of_a_person(demo)
    assert code == 69
    assert "ne tourne pas" in output
    again = await start_demo()
    assert await _schedule(again) == schedule
    assert (await board_of(again, await station(again)))["departures"]
    assert again.left_behind()
    await again.stop(signal.SIGKILL)
    await until(lambda: not again.left_behind())


@pytest.mark.kafka
async def test_the_same_on_apache_kafka(start_demo: StartDemo) -> None:
    demo = await start_demo("--broker", "kafka", *RUSH_HOUR)
    await until_live(demo, await station(demo))
    assert await demo.stop() == 0
    assert demo.left_behind() == []
