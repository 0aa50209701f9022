"""The stream of a board: told again on a change, the newest only, and a polite end."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from boards import City, paris, update
from cities import LINE

from mobilite.api.app import make_api
from mobilite.api.departures import BoardTeller
from mobilite.flows.live import LiveState
from mobilite.flows.show_departures import Board
from mobilite.flows.watch_departures import WatchedBoards
from mobilite.flows.watching import HEARTBEAT, Told
from socle.clock import ManualClock
from socle.service import Draining
from socle.testing import ServeApp

NOW = paris("07:30:00")
BOARD = "stops/f:s1/departures/stream?limit=1"


@pytest.fixture
def city() -> City:
    city = City(now=NOW)
    city.schedule(LINE)
    return city


@pytest.fixture
def draining() -> Draining:
    return Draining()


@pytest_asyncio.fixture
async def client(
    city: City, draining: Draining, serve_app: ServeApp
) -> AsyncIterator[aiohttp.ClientSession]:
    api = make_api(city.live, ManualClock(NOW))

    async def app(scope: Any, receive: Any, send: Any) -> None:
        draining.put_in(scope)
        await api(scope, receive, send)

    address = await serve_app(app)
    async with aiohttp.ClientSession(f"{address}/mobilite/v1/") as session:
        yield session


def delayed(city: City, seconds: int, trip: str = "t") -> None:
    city.says(update(f'trip_id: "{trip}" start_date: "20260302"', more=f"delay: {seconds}"))


async def event(answer: aiohttp.ClientResponse) -> dict[str, Any]:
    """The next event: its id, its board, and the retry of a stream's beginning."""
    fields: dict[str, Any] = {}
    async with asyncio.timeout(10):
        async for line in answer.content:
            text = line.decode().rstrip("\n")
            if not text and "data" in fields:
                return {**fields, "board": json.loads(fields["data"])}
            name, _, value = text.partition(": ")
            fields[name] = value
    raise EOFError


async def test_a_board_is_told_at_once_and_again_on_every_change(
    client: aiohttp.ClientSession, city: City
) -> None:
    async with client.get(BOARD) as answer:
        assert answer.content_type == "text/event-stream"
        first = await event(answer)
        assert first["retry"] == "3000"
        assert first["board"]["departures"][0]["state"] == "scheduled"
        delayed(city, 60)
        second = await event(answer)
        assert second["board"]["departures"][0]["delay"] == 60
        assert second["id"] != first["id"]


async def test_who_comes_back_with_the_last_event_is_told_only_what_is_new(
    client: aiohttp.ClientSession, city: City
) -> None:
    async with client.get(BOARD) as answer:
        known = (await event(answer))["id"]
    async with client.get(BOARD, headers={"last-event-id": known}) as answer:
        assert (await answer.content.readline()).startswith(b"retry:")
        delayed(city, 60)
        assert (await event(answer))["board"]["departures"][0]["delay"] == 60


async def test_a_stream_ends_when_the_process_stops(
    client: aiohttp.ClientSession, draining: Draining
) -> None:
    async with client.get(BOARD) as answer:
        await event(answer)
        draining.end_streams()
        async with asyncio.timeout(10):
            assert await answer.content.read() == b""


async def test_a_stream_ends_when_its_stop_is_gone(
    client: aiohttp.ClientSession, city: City
) -> None:
    async with client.get(BOARD) as answer:
        await event(answer)
        city.schedule({**LINE, **{n: t.replace("s1,", "s0,") for n, t in LINE.items()}})
        async with asyncio.timeout(10):
            assert await answer.content.read() == b""


class Counting:
    """Renders boards, and counts how often."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, state: LiveState, board: Board) -> Told:
        self.count += 1
        return BoardTeller()(state, board)


async def test_listeners_of_one_board_share_one_computation(city: City) -> None:
    render = Counting()
    boards = WatchedBoards(city.live, ManualClock(NOW), render)
    listeners = [boards.listen(boards.open("f:s1", limit=1), None) for _ in range(50)]
    told = [await anext(listener) for listener in listeners]
    assert render.count == 1
    delayed(city, 60)
    again = [await anext(listener) for listener in listeners]
    assert render.count == 2
    assert all(one is told[0] for one in told)
    assert all(one is again[0] for one in again)
    for listener in listeners:
        await listener.aclose()  # type: ignore[attr-defined]  # an async generator


async def test_a_slow_listener_is_told_the_newest_only(city: City) -> None:
    boards = WatchedBoards(city.live, ManualClock(NOW), BoardTeller())
    listener = boards.listen(boards.open("f:s1", limit=1), None)
    await anext(listener)
    for seconds in (60, 120, 180):
        delayed(city, seconds)
    told = await anext(listener)
    assert told is not None
    assert json.loads(told.body)["departures"][0]["delay"] == 180


async def test_what_happens_to_another_feed_computes_nothing(city: City) -> None:
    render = Counting()
    boards = WatchedBoards(city.live, ManualClock(NOW), render)
    board = boards.open("f:s1", limit=1)
    city.says(update('trip_id: "t" start_date: "20260302"', more="delay: 60"), "g")
    board.current()
    assert render.count == 1


async def test_a_silent_board_gives_a_sign_of_life(city: City) -> None:
    clock = ManualClock(NOW)
    boards = WatchedBoards(city.live, clock, BoardTeller())
    listener = boards.listen(boards.open("f:s1", limit=1), None)
    await anext(listener)
    clock.advance(HEARTBEAT)
    assert await anext(listener) is None


async def test_a_board_nobody_watches_is_forgotten(city: City) -> None:
    render = Counting()
    boards = WatchedBoards(city.live, ManualClock(NOW), render)
    boards.open("f:s1", limit=1)
    boards.open("f:s1", limit=1)
    assert render.count == 2
