"""The board of a hub: every network's departures in one list, paged and streamed."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest
from boards import City, paris, update
from places import REGION

from mobilite.boards.api.departures import BoardRenderer
from mobilite.boards.flows.show_hub_departures import get_any_board
from mobilite.gtfs.domain.ids import FeedId
from mobilite.wiring.app import make_api
from socle.clock import ManualClock
from socle.errors import Refusal
from socle.testing import ServeApp

NOW = paris("07:30:00")
HUB = "hub:tao:gare"


@pytest.fixture
def city() -> City:
    city = City(now=NOW)
    for feed_id, files in REGION.items():
        city.schedule(files, feed_id)
    city.live.places.refresh()
    return city


def board(city: City, limit: int = 20, cursor: str | None = None, hub: str = HUB) -> Any:
    """The board as the API answers it."""
    state, hubs = city.live.state, city.live.places.current.hubs
    page = get_any_board(state, hubs, hub, now=city.now, limit=limit, cursor=cursor)
    return json.loads(BoardRenderer()(state, page).body)


def lines(content: Any) -> list[tuple[str, str]]:
    return [(each["feed"], each["scheduled"][5:16]) for each in content["departures"]]


def test_the_board_has_the_departures_of_every_network(city: City) -> None:
    content = board(city)
    assert content["stop"]["id"] == "hub:sncf:orl"
    assert (content["stop"]["name"], content["stop"]["kind"]) == ("Gare d'Orléans", "hub")
    assert [feed["id"] for feed in content["feeds"]] == ["remi", "sncf", "tao"]
    assert lines(content)[:4] == [
        ("remi", "03-02T08:00"),
        ("sncf", "03-02T08:00"),
        ("tao", "03-02T08:00"),
        ("remi", "03-03T08:00"),
    ]
    assert {each["stop_name"] for each in content["departures"]} == {
        "Orléans – Gare routière",
        "Orléans",
        "Gare d'Orléans",
    }


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 20])
def test_its_pages_have_every_departure_once(city: City, limit: int) -> None:
    city.publish(update('trip_id: "t" start_date: "20260302"', more="delay: 86400"), "tao")
    complete = lines(board(city, limit=100))
    assert len(complete) == 3 * 7
    found, cursor = list[tuple[str, str]](), None
    while True:
        page = board(city, limit=limit, cursor=cursor)
        found += lines(page)
        cursor = page["next"]
        if cursor is None:
            break
        assert len(page["departures"]) == limit
    assert found == complete


def test_real_time_is_that_of_each_network(city: City) -> None:
    city.publish(update('trip_id: "t" start_date: "20260302"', more="delay: 600"), "tao")
    content = board(city)
    assert [feed["real_time"]["state"] for feed in content["feeds"]] == ["none", "none", "live"]
    first = [(each["feed"], each["delay"]) for each in content["departures"][:3]]
    assert first == [("remi", None), ("sncf", None), ("tao", 600)]


def test_alerts_of_every_network_are_on_it(city: City) -> None:
    alert = """entity { id: "%s" alert {
        informed_entity { agency_id: "a" } header_text { translation { text: "%s" } } } }"""
    for feed_id in ("tao", "sncf"):
        city.publish(alert % (feed_id, feed_id), feed_id)
    content = board(city)
    assert {each["header"] for each in content["alerts"]} == {"tao", "sncf"}
    by_feed = {each["feed"]: each["alerts"] for each in content["departures"]}
    assert {feed: len(ids) for feed, ids in by_feed.items()} == {"remi": 0, "sncf": 1, "tao": 1}


def test_the_most_severe_alert_is_first_whatever_its_network(city: City) -> None:
    alert = """entity { id: "%s" alert { severity_level: %s
        informed_entity { agency_id: "a" } header_text { translation { text: "%s" } } } }"""
    for feed_id, severity in (("remi", "INFO"), ("sncf", "WARNING"), ("tao", "SEVERE")):
        city.publish(alert % (feed_id, severity, feed_id), feed_id)
    assert [each["header"] for each in board(city)["alerts"]] == ["tao", "sncf", "remi"]


def test_its_times_are_in_the_zone_of_its_principal_network(city: City) -> None:
    agency = REGION["remi"]["agency.txt"].replace("Europe/Paris", "Europe/London")
    city.schedule({**REGION["remi"], "agency.txt": agency}, "remi")
    content = board(city)
    assert content["stop"]["timezone"] == "Europe/Paris"
    assert {content[name][-6:] for name in ("at", "generated_at")} == {"+01:00"}
    assert {each["scheduled"][-6:] for each in content["departures"]} == {"+00:00", "+01:00"}


def test_a_network_that_goes_leaves_the_others(city: City) -> None:
    city.live.withdraw(FeedId("sncf"))
    assert {feed for feed, _ in lines(board(city))} == {"remi", "tao"}
    for feed_id in ("remi", "tao"):
        city.live.withdraw(FeedId(feed_id))
    with pytest.raises(Refusal) as refusal:
        board(city)
    assert refusal.value.category == "unavailable"


def test_an_unknown_hub_and_a_foreign_cursor_are_refused(city: City) -> None:
    with pytest.raises(Refusal, match="places") as refusal:
        board(city, hub="hub:nowhere")
    assert refusal.value.category == "not_found"
    stop = board(city, limit=1, hub="tao:gare")
    with pytest.raises(Refusal, match="cursor"):
        board(city, cursor=stop["next"])


async def test_its_stream_changes_with_any_of_its_networks(city: City, serve_app: ServeApp) -> None:
    address = await serve_app(make_api(city.live, ManualClock(NOW)))

    async def next_board(answer: aiohttp.ClientResponse) -> Any:
        async with asyncio.timeout(60):
            async for line in answer.content:
                if line.startswith(b"data: "):
                    return json.loads(line[6:])
        raise EOFError

    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{address}/mobilite/v1/stops/{HUB}/departures/stream?limit=3") as answer,
    ):
        first = await next_board(answer)
        assert [each["delay"] for each in first["departures"]] == [None, None, None]
        for feed_id, delays in (("tao", [None, None, 60]), ("sncf", [None, 60, 60])):
            city.publish(update('trip_id: "t" start_date: "20260302"', more="delay: 60"), feed_id)
            content = await next_board(answer)
            assert [each["delay"] for each in content["departures"]] == delays
