"""Live boards as users see them: over HTTP and as a stream."""

import asyncio
import json
from typing import Any

import pytest
from live_board import board_of, station, until_live
from running_demo import Demo

pytestmark = pytest.mark.e2e


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


async def test_a_traveller_sees_delays_move(demo: Demo) -> None:
    assert (await demo.get("/readyz"))["status"] == "ready"
    stop_id = await station(demo)
    board = await until_live(demo, stop_id)
    assert {entry["feed"] for entry in board["departures"]} == {"tao"}
    first, second = await _events(demo, stop_id, 2)
    assert first["departures"] != second["departures"]
    contract = await demo.get("/openapi.json")
    assert "/mobilite/v1/stops/{stop_id}/departures" in contract["paths"]
    await _feeds_boards_and_alerts_agree(demo)
    await _services_refuse_direct_requests(demo)


async def _feeds_boards_and_alerts_agree(demo: Demo) -> None:
    """The list of feeds, boards and alerts match the operators' simulated day."""
    feeds = {feed["id"]: feed for feed in (await demo.get("/mobilite/v1/feeds"))["feeds"]}
    statuses = {feed_id: feed["real_time"][0] for feed_id, feed in feeds.items()}
    assert {feed_id for feed_id, status in statuses.items() if status["state"] != "live"} == {
        "azalys"
    }
    assert statuses["azalys"]["age"] > 20 * 60
    assert statuses["remi"]["carries"] == ["alerts"]
    for feed_id, status in statuses.items():
        assert (status["matched"] > 0) == (feed_id != "remi")
        assert status["unmatched"] == status["mismatched"] == status["misassigned"] == 0
    assert statuses["tao"]["added"] > 0
    assert statuses["tao"]["vehicles"]["matched"] > 10
    closed = "tao:gare-d-orleans"
    trams = [each for each in (await board_of(demo, closed))["departures"] if _is_tram(each)]
    assert {entry["state"] for entry in trams} <= {"skipped", "cancelled"}
    bus = (await board_of(demo, "tao:gare-d-orleans-bus-a"))["departures"]
    assert {entry["state"] for entry in bus if entry["start_date"] == "20260303"} == {"added"}
    notices = (await demo.get("/mobilite/v1/alerts", feed="tao"))["alerts"]
    assert any("Tram A : pas d'arrêt" in notice["header"] for notice in notices)


async def _services_refuse_direct_requests(demo: Demo) -> None:
    """Every service, requested at its own port, requires the gateway's token."""
    logs = {path.stem: path for path in (demo.data / "logs").glob("*.log")}
    programs = ("mobilite-api", "mobilite-desk", "mobilite-journeys", "mobilite-import", "portail")
    for name in programs:
        lines = map(json.loads, logs[name].read_text().splitlines())
        address = next(line["address"] for line in lines if "address" in line)
        for path in ("/", "/mobilite/v1/stops?q=gare", "/mobilite/v1/desk", "/openapi.json"):
            forged = {"x-regionlab-token": "a.b.c"}
            async with demo.client.get(address + path, headers=forged) as answer:
                assert answer.status == 401, f"{name} {path}"


def _is_tram(departure: Any) -> bool:
    return bool(departure["route"]["id"] == "tao:A")
