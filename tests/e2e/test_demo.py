"""The first main job as its users see it: one command, a live board, nothing left after."""

import asyncio
import json
import signal
from typing import Any

import pytest
from living_pilots import three_pilots_live
from running_demo import Demo, StartDemo

from socle.testing import until

pytestmark = pytest.mark.e2e


RUSH_HOUR = ("--at", "2026-03-03T08:20:00+01:00")
"""A Tuesday of term: Blois' feed has been silent for twenty minutes, the tram of Orléans is cut."""


async def _station(demo: Demo) -> str:
    found = await demo.get("/mobilite/v1/stops", q="gare d'orléans")
    return str(found["stops"][0]["id"])


async def _board(demo: Demo, stop_id: str) -> Any:
    return await demo.get(f"/mobilite/v1/stops/{stop_id}/departures", limit="30")


async def _until_live(demo: Demo, stop_id: str) -> Any:
    async with asyncio.timeout(30):
        while True:
            board = await _board(demo, stop_id)
            if any(entry["state"] == "predicted" for entry in board["departures"]):
                return board
            await asyncio.sleep(0.25)


async def _events(demo: Demo, stop_id: str, count: int) -> list[Any]:
    """The first `count` boards of the stream."""
    boards: list[Any] = []
    address = f"{demo.address}/mobilite/v1/stops/{stop_id}/departures/stream"
    async with asyncio.timeout(90), demo.client.get(address, timeout=None) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        async for line in answer.content:
            if line.startswith(b"data:"):
                boards.append(json.loads(line[5:]))
            if len(boards) == count:
                break
    return boards


async def test_a_traveller_sees_delays_move(start_demo: StartDemo) -> None:
    demo = await start_demo(*RUSH_HOUR)
    assert (await demo.get("/readyz"))["status"] == "ready"
    stop_id = await _station(demo)
    board = await _until_live(demo, stop_id)
    assert {entry["feed"] for entry in board["departures"]} == {"tao"}
    first, second = await _events(demo, stop_id, 2)
    assert first["departures"] != second["departures"]
    contract = await demo.get("/openapi.json")
    assert "/mobilite/v1/stops/{stop_id}/departures" in contract["paths"]
    await _tells_the_same_story(demo)
    await _lets_nobody_in_but_by_the_door(demo)
    assert await demo.stop(signal.SIGINT) == 0
    assert demo.left_behind() == []


async def _tells_the_same_story(demo: Demo) -> None:
    """The list of feeds, boards and notices say what the operators are made to live."""
    feeds = {feed["id"]: feed for feed in (await demo.get("/mobilite/v1/feeds"))["feeds"]}
    told = {feed_id: feed["real_time"][0] for feed_id, feed in feeds.items()}
    assert {feed_id for feed_id, said in told.items() if said["state"] != "live"} == {"azalys"}
    assert told["azalys"]["age"] > 20 * 60
    assert told["remi"]["carries"] == ["alerts"]
    for feed_id, said in told.items():
        assert (said["matched"] > 0) == (feed_id != "remi")
        assert said["unmatched"] == said["mismatched"] == said["misassigned"] == 0
    assert told["tao"]["added"] > 0
    assert told["tao"]["vehicles"]["matched"] > 10
    closed = "tao:gare-d-orleans"
    trams = [each for each in (await _board(demo, closed))["departures"] if _is_tram(each)]
    assert {entry["state"] for entry in trams} <= {"skipped", "cancelled"}
    bus = (await _board(demo, "tao:gare-d-orleans-bus-a"))["departures"]
    assert {entry["state"] for entry in bus if entry["start_date"] == "20260303"} == {"added"}
    notices = (await demo.get("/mobilite/v1/alerts", feed="tao"))["alerts"]
    assert any("Tram A coupé" in notice["header"] for notice in notices)


async def _lets_nobody_in_but_by_the_door(demo: Demo) -> None:
    """Every service of the house, asked at its own port, wants proof that the gateway sent it."""
    logs = {path.stem: path for path in (demo.data / "logs").glob("*.log")}
    faces = ("mobilite-api", "mobilite-desk", "mobilite-import", "portail")
    for name in faces:
        lines = map(json.loads, logs[name].read_text().splitlines())
        address = next(line["address"] for line in lines if "address" in line)
        for path in ("/", "/mobilite/v1/stops?q=gare", "/mobilite/v1/desk", "/openapi.json"):
            forged = {"x-regionlab-token": "a.b.c"}
            async with demo.client.get(address + path, headers=forged) as answer:
                assert answer.status == 401, f"{name} {path}"


def _is_tram(departure: Any) -> bool:
    return bool(departure["route"]["id"] == "tao:A")


async def test_two_demos_side_by_side_and_a_warm_start(start_demo: StartDemo) -> None:
    one, two = await asyncio.gather(
        start_demo(*RUSH_HOUR, data="one"), start_demo(*RUSH_HOUR, data="two")
    )
    versions = []
    for demo in (one, two):
        await _until_live(demo, await _station(demo))
        versions.append((await demo.get("/mobilite/v1/feeds"))["feeds"][0]["schedule"])
    assert await one.stop() == 0
    await _until_live(two, await _station(two))
    again = await start_demo(*RUSH_HOUR, data="one")
    kept = (await again.get("/mobilite/v1/feeds"))["feeds"][0]["schedule"]
    assert kept["sha256"] == versions[0]["sha256"]
    await _until_live(again, await _station(again))


async def test_killing_the_launcher_leaves_nothing(start_demo: StartDemo) -> None:
    demo = await start_demo(pilots=True)
    await three_pilots_live(demo)
    assert demo.left_behind()
    await demo.stop(signal.SIGKILL)
    await until(lambda: not demo.left_behind())


@pytest.mark.kafka
async def test_the_same_on_apache_kafka(start_demo: StartDemo) -> None:
    demo = await start_demo("--broker", "kafka", *RUSH_HOUR)
    await _until_live(demo, await _station(demo))
    assert await demo.stop() == 0
    assert demo.left_behind() == []
