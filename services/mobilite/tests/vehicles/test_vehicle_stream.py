"""The stream of vehicles: all of them once, then what changes; for who returns, the difference."""

import asyncio
import json
import socket
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from api_client import ConnectApi
from boards import City, paris
from cities import LINE
from prometheus_client import REGISTRY

from mobilite.streams.flows.item_subscription import STATES_RETAINED, ItemSubscription
from mobilite.vehicles.api.vehicles import subscribe_vehicles
from mobilite.vehicles.flows.list_vehicles import VehicleFilter
from mobilite.wiring.app import make_api
from socle.clock import ManualClock
from socle.service import Connection
from socle.testing import ServeApp, until

NOW = paris("08:09:00")


@pytest.fixture
def city() -> City:
    city = City(now=NOW)
    city.schedule(LINE)
    return city


@pytest_asyncio.fixture
async def client(city: City, connect_api: ConnectApi) -> aiohttp.ClientSession:
    return await connect_api(make_api(city.live, ManualClock(NOW)))


def publish(city: City, feed: str = "f", **places: float) -> None:
    """The vehicles of a feed and their latitudes."""
    city.publish(
        "".join(
            f'entity {{ id: "{name}" vehicle {{ vehicle {{ id: "{name}" }} '
            f"position {{ latitude: {lat} longitude: 1.9 }} }} }}"
            for name, lat in places.items()
        ),
        feed,
    )


async def event(answer: aiohttp.ClientResponse) -> tuple[str, str, Any]:
    """The next event: its kind, its id, its data."""
    fields: dict[str, str] = {}
    async with asyncio.timeout(60):
        async for line in answer.content:
            text = line.decode().rstrip("\n")
            if not text and "data" in fields:
                return fields["event"], fields["id"], json.loads(fields["data"])
            name, _, value = text.partition(": ")
            fields[name] = value
    raise EOFError


def result(data: Any) -> dict[str, float]:
    return {each["id"]: each["lat"] for each in data["vehicles"]}


async def test_all_are_reported_once_then_what_changes_and_what_goes(
    client: aiohttp.ClientSession, city: City
) -> None:
    publish(city, a=47.90, b=47.91)
    async with client.get("vehicles/stream") as answer:
        variant, _, data = await event(answer)
        assert (variant, result(data)) == ("snapshot", {"f:a": 47.9, "f:b": 47.91})
        assert data["feeds"][0]["attribution"] == "La région"
        publish(city, a=47.90, c=47.92)
        variant, _, data = await event(answer)
        assert (variant, result(data), data["gone"]) == ("changes", {"f:c": 47.92}, ["f:b"])


async def test_who_comes_back_while_others_watch_is_reported_the_difference(
    client: aiohttp.ClientSession, city: City
) -> None:
    publish(city, a=47.90, b=47.91)
    async with client.get("vehicles/stream?feed=f") as others:
        await event(others)
        async with client.get("vehicles/stream?feed=f") as answer:
            _, known, _ = await event(answer)
        publish(city, a=47.95, b=47.91)
        await event(others)
        headers = {"last-event-id": known}
        async with client.get("vehicles/stream?feed=f", headers=headers) as answer:
            variant, _, data = await event(answer)
            assert (variant, result(data), data["gone"]) == ("changes", {"f:a": 47.95}, [])


async def test_lists_and_maps_over_http(client: aiohttp.ClientSession, city: City) -> None:
    publish(city, a=47.90, b=47.91)
    async with client.get("vehicles?limit=1") as answer:
        page = await answer.json()
        assert (answer.status, result(page)) == (200, {"f:a": 47.9})
        tag = answer.headers["etag"]
    async with client.get("vehicles?limit=1", headers={"if-none-match": tag}) as answer:
        assert answer.status == 304
    async with client.get("vehicles", params={"cursor": page["next"]}) as answer:
        assert result(await answer.json()) == {"f:b": 47.91}
    async with client.get("vehicles.geojson?bbox=1,47.905,2,48") as answer:
        assert answer.content_type == "application/geo+json", await answer.text()
        content = json.loads(await answer.read())
        assert [each["id"] for each in content["features"]] == ["f:b"]
    for bad, status in (
        ("limit=-1", 400),
        ("cursor=x", 400),
        ("bbox=1,2,3", 400),
        ("feed=none", 404),
        ("feed=" + "x" * 10_000, 414),
    ):
        async with client.get(f"vehicles?{bad}") as answer:
            assert (answer.status, bad[:8]) == (status, bad[:8])
    async with client.get("vehicles/stream?route=f:none") as answer:
        assert answer.status == 404


async def test_who_stops_reading_is_let_go_and_holds_no_one(
    city: City, serve_app: ServeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Connection, "stalled_seconds", 0.3)
    many = {f"v{number}": 47.9 for number in range(1200)}
    publish(city, **many)
    address = await serve_app(make_api(city.live, ManualClock(NOW)))
    stream = "/mobilite/v1/vehicles/stream"
    with socket.socket() as stalled:
        stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stalled.connect(("127.0.0.1", int(address.rpartition(":")[2])))
        stalled.sendall(f"GET {stream} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        await until(lambda: listener() == 1)
        async with (
            aiohttp.ClientSession(address, read_bufsize=2**22) as session,
            session.get(stream) as answer,
        ):
            await event(answer)
            await until(lambda: listener() == 1)
            publish(city, **{**many, "v0": 47.95})
            _, _, data = await event(answer)
            assert result(data) == {"f:v0": 47.95}


def listener() -> float:
    """The answers being given, streams included."""
    return REGISTRY.get_sample_value("http_requests_open", {"service": "mobilite"}) or 0


def view_of(city: City, clock: ManualClock) -> ItemSubscription:
    view = subscribe_vehicles(city.live, clock, VehicleFilter())
    view.refresh()
    return view


def test_a_slow_listener_is_reported_the_newest_of_each_in_one_piece(city: City) -> None:
    publish(city, a=47.90, b=47.91)
    view = view_of(city, ManualClock(NOW))
    known = view.newer_than(None)
    assert known is not None
    for step in range(5):
        publish(city, a=47.90 + step / 100, **({"c": 47.9} if step % 2 else {}))
        view.refresh()
    changes = view.newer_than(known.tag)
    assert changes is not None
    data = json.loads(changes.body)
    assert (result(data), sorted(data["gone"])) == ({"f:a": 47.94}, ["f:b", "f:c"])
    assert view.newer_than(changes.tag) is None
    assert view.newer_than(known.tag) is changes, "written once for all who know the same"


def test_who_is_too_far_behind_is_reported_everything(city: City) -> None:
    view = view_of(city, ManualClock(NOW))
    first = view.newer_than(None)
    assert first is not None
    for step in range(STATES_RETAINED + 1):
        publish(city, a=47.0 + step / 1000)
        view.refresh()
    again = view.newer_than(first.tag)
    assert again is not None
    assert again.event == "snapshot"
    elsewhere = view_of(city, ManualClock(NOW)).newer_than(None)
    assert elsewhere is not None
    for strange in (
        elsewhere.tag,
        "",
        "x",
        "a.b",
        first.tag + "99999",
        first.tag.replace(".", ".-"),
    ):
        other = view.newer_than(strange)
        assert other is not None
        assert other.event == "snapshot"


def test_age_alone_is_no_news_but_growing_stale_is(city: City) -> None:
    publish(city, a=47.90)
    clock = ManualClock(NOW)
    view = view_of(city, clock)
    first = view.newer_than(None)
    assert first is not None
    clock.advance(60)
    assert not view.refresh()
    assert view.newer_than(first.tag) is None
    clock.advance(60)
    assert view.refresh()
    stale = view.newer_than(first.tag)
    assert stale is not None
    assert json.loads(stale.body)["vehicles"][0]["stale"] is True
    clock.advance(300)
    view.refresh()
    gone = view.newer_than(stale.tag)
    assert gone is not None
    assert json.loads(gone.body)["gone"] == ["f:a"]
