"""How far one gets in a time, over HTTP: as the searches to every stop find, and to bad input."""

import asyncio
import os
from collections.abc import AsyncIterator
from threading import Event
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from boards import paris, update
from shapely.geometry import Point, shape
from valley import HOSPITAL, VILLAGE, Valley

from mobilite.journeys.api import isochrones
from mobilite.journeys.flows.journey_query import Wishes
from mobilite.journeys.flows.plan_journeys import JourneyRequest, plan_journeys
from mobilite.journeys.flows.reach_stops import ReachRequest, reach_stops
from socle.errors import Refusal
from socle.testing import ServeApp, until

SEVEN_FORTY = "2026-03-02T07:40:00+01:00"
AT = int(paris("07:40:00").timestamp())


@pytest.fixture
def valley() -> Valley:
    return Valley()


@pytest_asyncio.fixture
async def client(valley: Valley, serve_app: ServeApp) -> AsyncIterator[aiohttp.ClientSession]:
    await valley.refresh()
    address = await serve_app(valley.app())
    async with aiohttp.ClientSession(f"{address}/mobilite/v1/") as session:
        yield session


async def reached(client: aiohttp.ClientSession, status: int = 200, **query: Any) -> Any:
    sent = {"from": VILLAGE, "at": SEVEN_FORTY, "minutes": "30,120"} | query
    given = {name: value for name, value in sent.items() if value is not None}
    async with client.get("isochrones", params=given) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json(content_type=None)


def stops(content: Any) -> dict[str, int]:
    """The seconds by stop."""
    found = [each["properties"] for each in content["features"]]
    return {each["stop_id"]: each["seconds"] for each in found if "stop_id" in each}


def seconds_to(valley: Valley, stop: str, *, backwards: bool) -> int | None:
    """The same by a search for one stop."""
    ends = (stop, HOSPITAL) if backwards else (VILLAGE, stop)
    at = int(paris("10:15:00").timestamp()) if backwards else AT
    request = JourneyRequest(*ends, at=at, arrive_by=backwards, window=0)
    try:
        page = plan_journeys(valley.networks.get(), request, now=paris("07:30:00"))
    except Refusal:
        return 0  # the place itself
    (journey,) = page.journeys or (None,)
    if journey is None:
        return None
    return at - journey.departure if backwards else journey.arrival - at


@pytest.mark.parametrize("backwards", [False, True])
async def test_every_stop_as_a_search_to_it_finds(
    valley: Valley, client: aiohttp.ClientSession, backwards: bool
) -> None:
    late = "stop_time_update { stop_sequence: 1 departure { delay: 120 } }"
    valley.city.publish(update('trip_id: "t8" start_date: "20260302"', late), "train")
    await valley.refresh()
    query = {"from": None, "to": HOSPITAL, "at": "2026-03-02T10:15:00+01:00"} if backwards else {}
    content = await reached(client, **query)
    found = stops(content)
    assert list(found.values()) == sorted(found.values())
    every = ["bus:bourg", "bus:gare", "bus:parvis", "bus:hopital"]
    every += ["train:val-1", "train:mi", "train:ville-2"]
    expected = {stop: seconds_to(valley, stop, backwards=backwards) for stop in every}
    near = {stop: time for stop, time in expected.items() if time is not None and time <= 7200}
    assert found == near
    assert len(found) > 5


async def test_areas_hold_the_stops_of_their_time(client: aiohttp.ClientSession) -> None:
    content = await reached(client)
    assert content["type"] == "FeatureCollection"
    assert (content["walking"], content["areas"]) == ("straight × 1.3", "straight × 1.3")
    assert [feed["id"] for feed in content["feeds"]] == ["bus", "train"]
    large, small, *points = content["features"]
    assert [each["properties"]["minutes"] for each in (large, small)] == [120, 30]
    areas = {minutes: shape(each["geometry"]) for minutes, each in ((120, large), (30, small))}
    assert areas[120].buffer(1e-5).contains(areas[30])
    for point in points:
        for minutes, area in areas.items():
            inside = point["properties"]["seconds"] < minutes * 60 - 10
            assert area.contains(Point(point["geometry"]["coordinates"])) == inside


async def test_from_a_point_far_from_any_stop(client: aiohttp.ClientSession) -> None:
    content = await reached(client, **{"from": "45.0,-5.0", "minutes": "10"})
    (area,) = content["features"]
    assert area["geometry"]["coordinates"]
    assert content["feeds"] == []


@pytest.mark.parametrize("place", ["90,0", "-90,180", "89.9999999,1", "0,180", "-0.0,-180"])
async def test_at_the_ends_of_the_earth(client: aiohttp.ClientSession, place: str) -> None:
    content = await reached(client, **{"from": place})
    for feature in content["features"]:
        west, south, east, north = shape(feature["geometry"]).bounds
        assert -180 <= west <= east <= 180
        assert -90 <= south <= north <= 90


async def test_journeys_do_not_wait_for_isochrones(
    client: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    started, done = Event(), Event()

    def slow(*given: Any, **named: Any) -> Any:
        started.set()
        done.wait()
        return reach_stops(*given, **named)

    monkeypatch.setattr(isochrones, "reach_stops", slow)
    waiting = [asyncio.create_task(reached(client)) for _ in range((os.cpu_count() or 1) + 1)]
    try:
        await until(started.is_set)
        async with client.get("journeys", params={"from": VILLAGE, "to": HOSPITAL}) as answer:
            assert answer.status == 200, await answer.text()
    finally:
        done.set()
    await asyncio.gather(*waiting)


async def test_outside_the_timetables(client: aiohttp.ClientSession) -> None:
    assert (await reached(client))["message"] is None
    content = await reached(client, at="2031-03-02T08:00:00+01:00")
    assert content["message"] == "Les horaires connus vont du 01/01/2026 au 31/12/2026."


@pytest.mark.parametrize("place", [VILLAGE, "47.58,1.15"])
async def test_no_cache_stores_an_answer_around_a_point(
    client: aiohttp.ClientSession, place: str
) -> None:
    async with client.get("isochrones", params={"from": place, "at": SEVEN_FORTY}) as answer:
        assert answer.status == 200
        assert ("no-store" in answer.headers["cache-control"]) == ("," in place)


async def test_without_walking_and_by_mode(client: aiohttp.ClientSession) -> None:
    assert set(stops(await reached(client, max_walk="0"))) == {"bus:bourg", "bus:gare"}
    assert "train:mi" not in stops(await reached(client, modes="bus"))


@pytest.mark.parametrize(
    ("query", "status", "parameter"),
    [
        ({"from": None}, 400, "from"),
        ({"to": HOSPITAL}, 400, "from"),
        ({"from": "bus:nowhere"}, 404, "from"),
        ({"from": None, "to": "bus:nowhere"}, 404, "to"),
        ({"minutes": "0"}, 400, "minutes"),
        ({"minutes": "181"}, 400, "minutes"),
        ({"minutes": "1,2,3,4,5,6,7"}, 400, "minutes"),
        ({"minutes": "soon"}, 400, "minutes"),
        ({"minutes": "²"}, 400, "minutes"),
        ({"at": "tomorrow"}, 400, "at"),
    ],
)
async def test_bad_input_is_refused_in_words(
    client: aiohttp.ClientSession, query: dict[str, str], status: int, parameter: str
) -> None:
    problem = await reached(client, status, **query)
    assert parameter in str(problem)
    assert problem["detail"]


async def test_who_walks_slowly_is_later_at_the_first_stop(valley: Valley) -> None:
    await valley.refresh()

    def seconds(speed: float) -> int:
        wishes = Wishes(walk_speed=speed / 3.6)
        request = ReachRequest("47.5810,1.1500", (30,), AT, wishes=wishes)
        reached = reach_stops(valley.networks.get(), request, now=paris("07:30:00"))
        return int(reached.seconds[0])

    assert (seconds(4.5), seconds(4)) == (116, 131)
