"""A role in several processes on one port: its answers, its metrics, what a kill does."""

import os
import re
import signal

import aiohttp
import pytest
from toys import Start, Toy

from socle.testing import until


async def test_several_processes_share_a_port_and_their_metrics(start: Start) -> None:
    toy = await start("api", TOY_PROCESSES="2")
    address = await workers_running(toy)
    seen = await processes_of(address)
    assert len(seen) == 2
    assert toy.process.pid not in seen
    async with aiohttp.ClientSession() as client:
        metrics = await (await client.get(f"{address}/metrics")).text()
    counted = re.findall(
        r'http_requests_total{.*process="(.)",.*route="/process".*} (\S+)', metrics
    )
    assert {number for number, _ in counted} == {"0", "1"}
    assert metrics.count("# TYPE http_requests_total counter") == 1
    toy.signal()
    assert await toy.ended() == 0
    assert sum(line["message"] == "Stopped" for line in toy.lines) == 2


async def test_a_worker_that_is_killed_is_replaced(start: Start) -> None:
    toy = await start("api", TOY_PROCESSES="2")
    address = await workers_running(toy)
    killed, *_ = before = await processes_of(address)
    os.kill(killed, signal.SIGKILL)
    await toy.wait_for_line("another one replaces it")
    await until(lambda: sum(line["message"] == "Running" for line in toy.lines) == 3)
    after = await processes_of(address)
    assert len(after) == 2
    assert len(after & before) == 1


async def test_workers_do_not_outlive_their_parent(start: Start) -> None:
    toy = await start("api", TOY_PROCESSES="2")
    address = await workers_running(toy)
    toy.signal(signal.SIGKILL)
    assert await toy.ended() == -signal.SIGKILL
    async with aiohttp.ClientSession() as client:
        with pytest.raises(aiohttp.ClientConnectorError):
            await client.get(f"{address}/healthz")


async def test_a_port_is_not_shared_with_another_program(start: Start) -> None:
    toy = await start("api", TOY_PROCESSES="2")
    port = (await workers_running(toy)).rpartition(":")[2]
    for processes in ("1", "2"):
        other = await start("api", TOY_PORT=port, TOY_PROCESSES=processes)
        assert await other.ended() == 75


async def test_workers_that_cannot_start_stop_the_others(start: Start) -> None:
    toy = await start("refuses", TOY_PROCESSES="2")
    assert await toy.ended() == 78


async def workers_running(toy: Toy) -> str:
    """The address of two workers that both run."""
    await until(lambda: sum(line["message"] == "Running" for line in toy.lines) == 2)
    return await toy.address()


async def processes_of(address: str) -> set[int]:
    """The processes that answer, over connections that the kernel distributes."""
    found: set[int] = set()
    for _ in range(40):
        async with aiohttp.ClientSession() as client, client.get(f"{address}/process") as answer:
            found.add(await answer.json())
    return found
