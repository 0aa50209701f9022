"""The timetable of a line and its current runs over HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from api_client import ConnectApi, get
from boards import clock, paris, update
from region import MESSAGES, Region, small_region

from mobilite.gtfs.domain.ids import FeedId
from mobilite.trips.flows.list_route_runs import VehiclesByRun

A1_POSITION = """\
entity { id: "v" vehicle { trip { trip_id: "a1" start_date: "20260302" }
  vehicle { id: "v7" label: "Rame 7" } position { latitude: 47.9 longitude: 1.91 }
  current_stop_sequence: 3 current_status: IN_TRANSIT_TO timestamp: 1772434920 } }
"""


@pytest.fixture
def region(tmp_path: Path) -> Region:
    return small_region(tmp_path)


@pytest_asyncio.fixture
async def client(region: Region, connect_api: ConnectApi) -> aiohttp.ClientSession:
    return await connect_api(region.app())


async def test_the_timetable_has_the_runs_of_the_day_at_the_stops_of_the_line(
    client: aiohttp.ClientSession,
) -> None:
    table = await get(client, "routes/tao:A/timetable", date="20260302", direction="0")
    assert [stop["id"] for stop in table["stops"]] == ["tao:gare", "tao:martroi", "tao:loire"]
    runs = {run["trip_id"]: run for run in table["runs"]}
    assert list(runs) == ["tao:a1", "tao:a2"]
    assert [call["stop"] for call in runs["tao:a1"]["calls"]] == [0, 1, 2]
    first, second, last = runs["tao:a1"]["calls"]
    assert (clock(first), first["delay"], first["state"]) == ("08:01:00", 60, "predicted")
    assert (second["state"], second["predicted"]) == ("skipped", None)
    assert (clock(last), clock(last, "arrival")) == ("08:15:00", "08:14:00")
    night = runs["tao:a2"]["calls"][0]
    assert night["departure"] == "2026-03-03T00:20:00+01:00"
    assert table["next_date"] is None


async def test_one_stop_of_the_timetable_has_the_runs_that_call_there(
    client: aiohttp.ClientSession,
) -> None:
    query = {"date": "20260302", "stop": "tao:gare-A1"}
    table = await get(client, "routes/tao:A/timetable", **query)
    assert len(table["stops"]) == 3
    assert [[call["stop"] for call in run["calls"]] for run in table["runs"]] == [[0], [0]]
    table = await get(client, "routes/tao:2/timetable", **query)
    assert [run["cancelled"] for run in table["runs"]] == [True]
    assert (await get(client, "routes/tao:N/timetable", **query))["runs"] == []


async def test_added_runs_cancelled_ones_and_those_by_headway_are_stated(
    client: aiohttp.ClientSession,
) -> None:
    added = await get(client, "routes/tao:A/timetable", date="20260302")
    assert added["direction_id"] == 0
    bus = await get(client, "routes/tao:2/timetable", date="20260302")
    (cancelled,) = bus["runs"]
    assert cancelled["cancelled"]
    assert bus["direction_id"] == 1, "the only direction that it has"
    assert [call["pickup"] for call in cancelled["calls"]] == [0, 2, 0]
    shuttle = await get(client, "routes/tao:N/timetable", date="20260302")
    assert {run["headway"] for run in shuttle["runs"]} == {True}
    assert [run["start_time"] for run in shuttle["runs"]][:3] == [
        "09:00:00",
        "09:10:00",
        "09:20:00",
    ]


async def test_a_day_without_runs_names_the_next_one(client: aiohttp.ClientSession) -> None:
    table = await get(client, "routes/tao:A/timetable", date="20251230")
    assert (table["runs"], table["next_date"]) == ([], "20260101")
    table = await get(client, "routes/tao:A/timetable", date="20270101")
    assert (table["runs"], table["next_date"]) == ([], None)


async def test_a_run_that_its_operator_deleted_is_not_in_the_timetable(
    client: aiohttp.ClientSession, region: Region
) -> None:
    deleted = 'trip_id: "a1" start_date: "20260302" schedule_relationship: DELETED'
    region.city.publish(update(deleted), "tao")
    table = await get(client, "routes/tao:A/timetable", date="20260302")
    assert "tao:a1" not in [run["trip_id"] for run in table["runs"]]


def at(region: Region, time: str) -> None:
    """It is that time, and the operator has just published that a1 is two minutes late."""
    region.clock.advance((paris(time) - paris("07:30:00")).seconds)
    region.city.now = paris(time)
    late = MESSAGES.replace("time: 1772434860 delay: 60", "time: 1772434920 delay: 120")
    region.city.publish(late, "tao")


async def test_current_runs_are_between_two_stops(
    client: aiohttp.ClientSession, region: Region
) -> None:
    assert (await get(client, "routes/tao:A/runs"))["runs"] == [], "none at 07:30"
    at(region, "08:05:00")
    (run,) = (await get(client, "routes/tao:A/runs"))["runs"]
    assert (run["trip_id"], run["status"]) == ("tao:a1", "running")
    assert run["previous"]["stop"]["id"] == "tao:gare-A2"
    assert run["next"]["stop"]["id"] == "tao:loire", "the stop in between is skipped"
    assert clock(run["next"]) == "08:16:00"
    assert (run["next"]["delay"], run["vehicle"]) == (120, None), "its vehicle was seen long ago"


async def test_the_vehicle_knows_better_where_it_is(
    client: aiohttp.ClientSession, region: Region
) -> None:
    region.clock.advance((paris("08:02:30") - paris("07:30:00")).seconds)
    region.city.publish(MESSAGES.partition('entity { id: "v"')[0] + A1_POSITION, "tao")
    (run,) = (await get(client, "routes/tao:A/runs"))["runs"]
    assert run["vehicle"]["label"] == "Rame 7"
    assert run["next"]["stop"]["id"] == "tao:loire"
    trip = await get(client, "trips/tao:a1", date="20260302")
    assert (trip["status"], trip["next_stop_sequence"]) == ("running", 3)


def test_the_vehicles_of_a_network_are_matched_once_for_all_its_lines(region: Region) -> None:
    state, now = region.city.live.state, int(region.clock.now().timestamp())
    fleet, feed = state.fleet(FeedId("tao")), state.snapshot.feed(FeedId("tao"))
    by_run = VehiclesByRun()
    found = by_run.of(fleet, feed, now)
    assert [each.id for each in found.values()] == ["tao:v7"]
    assert by_run.of(fleet, feed, now) is found
    # Positions grow too old.
    assert not by_run.of(fleet, feed, now + 3600)


async def test_a_cancelled_run_is_listed_while_it_would_run(
    client: aiohttp.ClientSession, region: Region
) -> None:
    region.clock.advance((paris("08:25:00") - paris("07:30:00")).seconds)
    (run,) = (await get(client, "routes/tao:2/runs"))["runs"]
    assert (run["trip_id"], run["status"], run["next"]) == ("tao:b1", "cancelled", None)


async def events(answer: aiohttp.ClientResponse) -> AsyncIterator[Any]:
    async for line in answer.content:
        if line.startswith(b"data: "):
            yield json.loads(line[6:])


@pytest.mark.parametrize(
    ("path", "cancelled"),
    [
        ("routes/tao:A/runs/stream", lambda each: each["runs"][0]["status"] == "cancelled"),
        ("trips/tao:a1/stream?date=20260302", lambda each: each["status"] == "cancelled"),
    ],
)
async def test_a_stream_sends_the_state_again_when_it_changes(
    client: aiohttp.ClientSession, region: Region, path: str, cancelled: Any
) -> None:
    region.clock.advance((paris("08:05:00") - paris("07:30:00")).seconds)
    async with client.get(path) as answer, asyncio.timeout(60):
        received = events(answer)
        assert not cancelled(await anext(received))
        off = 'trip_id: "a1" start_date: "20260302" schedule_relationship: CANCELED'
        region.city.publish(update(off), "tao")
        assert cancelled(await anext(received))


@pytest.mark.parametrize(
    ("path", "query", "status", "words"),
    [
        ("routes/tao:Z/timetable", {}, 404, "« tao:Z » n’existe pas"),
        ("routes/tao:A/timetable", {"date": "lundi"}, 400, "AAAAMMJJ"),
        ("routes/tao:A/timetable", {"direction": "2"}, 400, "de 0 à 1"),
        ("routes/tao:A/timetable", {"stop": "remi:gare"}, 404, "pas du réseau"),
        ("routes/tao:A/timetable", {"stop": "tao:zz"}, 404, "« tao:zz » n’existe pas"),
        ("routes/nulle-part/runs", {}, 404, "n’existe pas"),
        ("routes/tao:Z/runs/stream", {}, 404, "n’existe pas"),
        ("trips/tao:fantome/stream", {}, 404, "n’existe pas"),
    ],
)
async def test_what_cannot_be_answered_reports_why(
    client: aiohttp.ClientSession, path: str, query: dict[str, str], status: int, words: str
) -> None:
    async with client.get(path, params=query) as answer:
        problem = await answer.json(content_type="application/problem+json")
    assert (answer.status, words in problem["detail"]) == (status, True), problem["detail"]
