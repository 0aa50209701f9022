"""The launcher as users run it: one command, a live board, no process left."""

import asyncio
import contextlib
import os
import signal
import sys

import aiohttp
import pytest
from live_board import board_of, station, until_live
from running_demo import RUSH_HOUR, Demo, StartDemo

from socle.testing import one_size, until

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


async def _killed_and_back(demo: Demo, name: str) -> None:
    """Kill one program; return once another process of it runs and the platform is ready."""
    victim = demo.launcher.programs()[name]
    os.kill(victim, signal.SIGKILL)
    await until(lambda: demo.launcher.programs().get(name, victim) != victim)

    async def ready() -> bool:
        with contextlib.suppress(aiohttp.ClientConnectionError):
            async with demo.client.get(demo.address + "/readyz") as answer:
                return answer.status == 200
        return False

    await until(ready)


@one_size
@pytest.mark.deep_only
async def test_what_is_killed_comes_back_and_the_others_go_on(start_demo: StartDemo) -> None:
    demo = await start_demo()
    before = demo.launcher.programs()
    for name in ("pilotes fold", "mobilite api", "gateway gateway"):
        await _killed_and_back(demo, name)
        assert (await board_of(demo, await station(demo)))["departures"]
    after = demo.launcher.programs()
    assert after.keys() == before.keys()
    unchanged = {name for name in before if before[name] == after[name]}
    assert before.keys() - unchanged == {"pilotes fold", "mobilite api", "gateway gateway"}
    # At its former address, which the services know.
    await _killed_and_back(demo, "embedded postgres")
    bearer = {"authorization": f"Bearer {await demo.token('professional')}"}

    async def stored_data_is_served() -> bool:
        patients = demo.address + "/fhir/Patient?_count=1"
        async with demo.client.get(patients, headers=bearer) as answer:
            return answer.status == 200

    await until(stored_data_is_served)
    assert await demo.stop() == 0
    assert demo.left_behind() == []


@pytest.mark.kafka
async def test_the_same_on_apache_kafka(start_demo: StartDemo) -> None:
    demo = await start_demo("--broker", "kafka", *RUSH_HOUR)
    await until_live(demo, await station(demo))
    assert await demo.stop() == 0
    assert demo.left_behind() == []
