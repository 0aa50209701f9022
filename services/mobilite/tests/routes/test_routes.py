"""Lines and runs over HTTP."""

from datetime import date, datetime
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from api_client import ConnectApi, get
from boards import clock, paris, update
from region import Region, small_region

from mobilite.gtfs.domain.ids import GlobalId
from mobilite.places.domain.feed_stops import FeedStops
from mobilite.places.domain.hubs import DeclaredHub, find_hubs
from mobilite.routes.flows.get_route import get_route
from mobilite.trips.flows.get_trip import get_trip


@pytest.fixture
def region(tmp_path: Path) -> Region:
    return small_region(tmp_path)


@pytest_asyncio.fixture
async def client(region: Region, connect_api: ConnectApi) -> aiohttp.ClientSession:
    return await connect_api(region.app())


async def test_lines_are_found_by_network_mode_and_words(client: aiohttp.ClientSession) -> None:
    async def ids(**query: str) -> list[str]:
        return [route["id"] for route in (await get(client, "routes", **query))["routes"]]

    assert await ids() == ["remi:2", "tao:A", "tao:2", "tao:N"]
    assert await ids(feed="tao", type="3") == ["tao:2", "tao:N"]
    assert await ids(type="700") == ["remi:2", "tao:2", "tao:N"]
    assert await ids(q="orleans loire") == ["tao:2"]
    assert await ids(q="orleans gare") == ["remi:2", "tao:2"], "a coach from Orléans to Blois gare"
    assert await ids(q="via bord") == [], "the headsign of a trip, not of a call"
    assert await ids(q="A") == ["tao:A"]
    assert await ids(q="zeppelin") == []


async def test_lines_come_in_pages(client: aiohttp.ClientSession) -> None:
    first = await get(client, "routes", limit="3")
    second = await get(client, "routes", limit="3", cursor=first["next"])
    assert [route["id"] for route in second["routes"]] == ["tao:N"]
    assert second["next"] is None


async def test_a_line_has_its_stops_its_way_and_its_alerts(client: aiohttp.ClientSession) -> None:
    line = await get(client, "routes/tao:A")
    assert line["agency"] == {
        "id": "tao:tram",
        "name": "TAO Tram",
        "url": "https://www.example.org/tram",
    }
    (direction,) = line["directions"]
    assert direction["direction_id"] == 0
    assert direction["trips"] == 2
    assert direction["headsigns"] == ["Bord de Loire", "Via Martroi"]
    assert [(stop["id"], stop["trips"]) for stop in direction["stops"]] == [
        ("tao:gare", 2),
        ("tao:martroi", 2),
        ("tao:loire", 2),
    ]
    assert direction["shape_source"] == "shape"
    assert direction["shape"]["type"] == "LineString"
    assert direction["shape"]["coordinates"][0] == pytest.approx([1.9044, 47.9077], abs=1e-5)
    assert line["alerts"] == ["tao:0:al", "tao:0:tous"]
    assert line["termini"] == ["Bord de Loire"]
    assert (line["valid_from"], line["valid_to"]) == ("20260101", "20261231")
    assert direction["patterns"] == [{"trips": 2, "stops": [0, 1, 2]}]


async def test_a_line_has_its_connections_at_each_stop(client: aiohttp.ClientSession) -> None:
    line = await get(client, "routes/tao:A")
    (direction,) = line["directions"]
    assert [stop["connections"] for stop in direction["stops"]] == [
        ["tao:2"],
        ["tao:2", "tao:N"],
        ["tao:2", "tao:N"],
    ]
    assert [route["id"] for route in line["connections"]] == ["tao:2", "tao:N"]


def test_a_line_has_connections_with_other_networks_at_a_hub(region: Region) -> None:
    state = region.city.live.state
    schedules = [feed.schedule for feed in state.snapshot.feeds.values() if feed.schedule]
    listed = [stop for schedule in schedules for stop in FeedStops.of(schedule).stops]
    members = (GlobalId("tao:gare"), GlobalId("remi:gare"))
    hubs = find_hubs(listed, declared=[DeclaredHub("gare", members)])
    detail = get_route(state, "tao:A", now=0, hubs=hubs)
    stop = detail.directions[0].stops[0].stop
    assert [
        (str(each.schedule.timetable.feed_id), each.schedule.timetable.route_short[each.route])
        for each in detail.connections[stop]
    ] == [("tao", "2"), ("remi", "")]


async def test_a_line_without_shape_goes_straight_from_stop_to_stop(
    client: aiohttp.ClientSession,
) -> None:
    (direction,) = (await get(client, "routes/remi:2"))["directions"]
    assert direction["direction_id"] is None
    assert direction["headsigns"] == ["Blois gare"]
    assert direction["shape_source"] == "stops"
    assert direction["shape"]["coordinates"] == [[1.906, 47.908], [1.323, 47.585]]


async def test_a_run_reports_what_is_scheduled_and_what_is_reported(
    client: aiohttp.ClientSession,
) -> None:
    run = await get(client, "trips/tao:a1", date="20260302")
    assert (run["start_date"], run["start_time"], run["cancelled"]) == ("20260302", None, False)
    first, second, last = run["calls"]
    assert first["stop"]["id"] == "tao:gare-A2"
    assert first["scheduled_stop_id"] == "tao:gare-A1"
    assert first["departure"]["delay"] == 60
    assert clock(first["departure"]) == "08:01:00"
    assert first["headsign"] == "Direct"
    assert first["occupancy"] == "few_seats_available"
    assert (second["state"], last["state"]) == ("skipped", "predicted")
    assert (first["pickup"], last["pickup"]) == (2, 1)
    assert run["vehicle"]["id"] == "tao:v7"
    assert run["wheelchair"] == "yes"
    assert run["shape_source"] == "shape"
    assert run["alerts"] == ["tao:0:al", "tao:0:tous"]
    assert run["feed"]["attribution"] == "La région"


@pytest.mark.parametrize(
    ("trip", "now", "day"),
    [
        ("tao:a1", paris("07:30:00"), "2026-03-02"),
        ("tao:a2", paris("00:30:00", "2026-03-03"), "2026-03-02"),  # 24:20 yesterday: on its way
        ("tao:a2", paris("12:00:00", "2026-03-07"), "2026-03-09"),  # a Saturday: Monday's
        ("tao:a1", paris("12:00:00", "2027-03-01"), "2026-12-31"),  # the last there was
    ],
)
def test_without_a_date_the_run_nearest_to_now_is_meant(
    region: Region, trip: str, now: datetime, day: str
) -> None:
    found = get_trip(region.city.live.state, trip, now=now)
    assert date.fromordinal(found.key.day).isoformat() == day


async def test_a_run_of_another_day_is_scheduled_alone(client: aiohttp.ClientSession) -> None:
    run = await get(client, "trips/tao:a1", date="20260303")
    assert {call["state"] for call in run["calls"]} == {"scheduled"}
    assert run["vehicle"] is None
    assert run["updated_at"] is None


async def test_a_cancelled_run_is_displayed_as_such(client: aiohttp.ClientSession) -> None:
    assert (await get(client, "trips/tao:b1"))["cancelled"]


async def test_a_run_that_its_operator_took_out_is_not_there_that_day(
    client: aiohttp.ClientSession, region: Region
) -> None:
    deleted = 'trip_id: "a1" start_date: "20260302" schedule_relationship: DELETED'
    region.city.publish(update(deleted), "tao")
    async with client.get("trips/tao:a1", params={"date": "20260302"}) as answer:
        assert answer.status == 404
        assert "ne circule pas le 02/03/2026" in (await answer.json(content_type=None))["detail"]
    assert (await get(client, "trips/tao:a1"))["start_date"] == "20260303"


async def test_a_run_by_headway_is_distinguished_from_the_others_by_its_start(
    client: aiohttp.ClientSession,
) -> None:
    run = await get(client, "trips/tao:n", date="20260302", start_time="09:10:00")
    assert run["start_time"] == "09:10:00"
    assert clock(run["calls"][0]["departure"]) == "09:11:00"
    nearest = await get(client, "trips/tao:n")
    assert nearest["start_time"] == "09:00:00"


async def test_a_run_that_real_time_makes_is_a_run(client: aiohttp.ClientSession) -> None:
    run = await get(client, "trips/tao:plus")
    assert run["outside_timetable"]
    assert run["headsign"] == "Renfort"
    assert [call["stop"]["id"] for call in run["calls"]] == ["tao:gare-A1", "tao:loire"]
    assert run["shape_source"] == "shape"
    assert run["alerts"] == ["tao:0:al", "tao:0:tous"]


@pytest.mark.parametrize(
    ("path", "query", "status", "words"),
    [
        ("routes/tao:Z", {}, 404, "« tao:Z » n’existe pas"),
        ("routes/nulle-part", {}, 404, "routes?q="),
        ("routes", {"feed": "z"}, 404, "« z » n’existe pas"),
        ("routes", {"type": "2000"}, 400, "de 0 à 1799"),
        ("routes", {"cursor": "x"}, 400, "cursor"),
        ("routes", {"limit": "-1"}, 400, "de 1 à 500"),
        ("trips/tao:fantome", {}, 404, "« tao:fantome » n’existe pas"),
        ("trips/z:a1", {}, 404, "n’existe pas"),
        ("trips/tao:a2", {"date": "20260301"}, 404, "ne circule pas le 01/03/2026"),
        ("trips/tao:a1", {"date": "demain"}, 400, "AAAAMMJJ"),
        ("trips/tao:n", {"start_time": "25h"}, 400, "HH:MM:SS"),
        ("trips/tao:n", {"start_time": "09:05:00"}, 404, "à cette heure-là"),
    ],
)
async def test_what_cannot_be_answered_reports_why(
    client: aiohttp.ClientSession, path: str, query: dict[str, str], status: int, words: str
) -> None:
    async with client.get(path, params=query) as answer:
        problem = await answer.json(content_type="application/problem+json")
    assert (answer.status, words in problem["detail"]) == (status, True), problem["detail"]
