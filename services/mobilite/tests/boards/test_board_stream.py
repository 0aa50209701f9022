"""The stream of a board: sent again on a change, only the latest value, and a clean end."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import ExitStack
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from boards import City, paris, update
from cities import LINE

from mobilite.boards.api.departures import BoardRenderer
from mobilite.boards.flows.show_departures import Board
from mobilite.boards.flows.watch_departures import BoardSubscriptions, Render
from mobilite.live.flows import LiveState
from mobilite.streams.flows.subscription import RenderedView
from mobilite.streams.flows.subscriptions import HEARTBEAT, Subscriptions
from mobilite.wiring.app import make_api
from socle.clock import ManualClock
from socle.errors import Refusal
from socle.service import Draining
from socle.testing import ServeApp, until

NOW = paris("07:30:00")
ANOTHER_BUS = {
    "stops.txt": LINE["stops.txt"] + "b1,Pont,47.940,1.900\nb2,Port,47.950,1.900\n",
    "trips.txt": LINE["trips.txt"] + "r,daily,b,Port\n",
    "stop_times.txt": LINE["stop_times.txt"]
    + "b,08:00:00,08:00:00,b1,1\nb,08:10:00,08:10:00,b2,2\n",
}
"""Another trip, at stops of its own."""
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
    city.publish(update(f'trip_id: "{trip}" start_date: "20260302"', more=f"delay: {seconds}"))


async def event(answer: aiohttp.ClientResponse) -> dict[str, Any]:
    """The next event: its id, its board, and the retry of a stream's beginning."""
    fields: dict[str, Any] = {}
    async with asyncio.timeout(60):
        async for line in answer.content:
            text = line.decode().rstrip("\n")
            if not text and "data" in fields:
                return {**fields, "board": json.loads(fields["data"])}
            name, _, value = text.partition(": ")
            fields[name] = value
    raise EOFError


async def test_a_board_is_reported_at_once_and_again_on_every_change(
    client: aiohttp.ClientSession, city: City
) -> None:
    async with client.get(BOARD) as answer:
        assert answer.content_type == "text/event-stream"
        first = await event(answer)
        assert 2000 <= int(first["retry"]) < 5000
        assert first["board"]["departures"][0]["state"] == "scheduled"
        delayed(city, 60)
        second = await event(answer)
        assert second["board"]["departures"][0]["delay"] == 60
        assert second["id"] != first["id"]


async def test_who_comes_back_with_the_last_event_is_reported_only_what_is_new(
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
        async with asyncio.timeout(60):
            assert await answer.content.read() == b""


async def test_a_stream_ends_when_its_stop_is_gone(
    client: aiohttp.ClientSession, city: City
) -> None:
    async with client.get(BOARD) as answer:
        await event(answer)
        city.schedule({**LINE, **{n: t.replace("s1,", "s0,") for n, t in LINE.items()}})
        async with asyncio.timeout(60):
            assert await answer.content.read() == b""


class Counting:
    """Renders boards, and counts how often."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, state: LiveState, board: Board, languages: tuple[str, ...]) -> RenderedView:
        self.count += 1
        return BoardRenderer()(state, board, languages)


def watched_boards(city: City, clock: ManualClock, render: Render) -> BoardSubscriptions:
    return BoardSubscriptions(Subscriptions(city.live, clock), city.live, clock, render)


async def test_listeners_of_one_board_share_one_computation(city: City) -> None:
    render = Counting()
    boards = watched_boards(city, ManualClock(NOW), render)
    with ExitStack() as stack:
        board = boards.open("f:s1", limit=1)
        listeners = [stack.enter_context(boards.listen(board, None)) for _ in range(50)]
        result = [await anext(listener) for listener in listeners]
        await asyncio.sleep(0)  # the first look of those who watch
        before = render.count
        delayed(city, 60)
        again = await asyncio.gather(*(anext(listener) for listener in listeners))
        assert render.count == before + 1
        assert all(one is result[0] for one in result)
        assert all(one is again[0] for one in again)


async def test_a_slow_listener_is_reported_the_newest_only(city: City) -> None:
    boards = watched_boards(city, ManualClock(NOW), BoardRenderer())
    with boards.listen(boards.open("f:s1", limit=1), None) as listener:
        await anext(listener)
        for seconds in (60, 120, 180):
            delayed(city, seconds)
        result = await anext(listener)
        assert result is not None
        assert json.loads(result.body)["departures"][0]["delay"] == 180


async def test_only_boards_of_stops_that_are_touched_are_made_again(city: City) -> None:
    city.schedule({**LINE, **ANOTHER_BUS})
    other_bus = 'trip_id: "b" start_date: "20260302"'
    city.publish(update(other_bus), source=1)
    delayed(city, 0)  # every board changes when a feed's real time begins
    displayed: list[str] = []

    def render(state: LiveState, board: Board, languages: tuple[str, ...]) -> RenderedView:
        displayed.append(board.found.schedule.timetable.stop_ids[board.found.stop])
        return BoardRenderer()(state, board, languages)

    boards = watched_boards(city, ManualClock(NOW), render)
    here = boards.listen(boards.open("f:s1", limit=1), None)
    there = boards.listen(boards.open("f:b1", limit=1), None)
    with here, there:
        await anext(here)
        await anext(there)
        await until(lambda: len(displayed) == 4)  # opened, then refreshed for their listeners
        displayed.clear()
        city.publish(update('trip_id: "t" start_date: "20260302"', more="delay: 60"), "g")
        delayed(city, 60)
        await anext(here)
        assert displayed == ["s1"]
        city.publish(update(other_bus, more="delay: 60"), source=1)
        await anext(there)
        assert displayed == ["s1", "b1"]


async def test_a_silent_board_gives_a_sign_of_life(city: City) -> None:
    clock = ManualClock(NOW)
    boards = watched_boards(city, clock, BoardRenderer())
    with boards.listen(boards.open("f:s1", limit=1), None) as listener:
        await anext(listener)
        clock.advance(HEARTBEAT)
        assert await anext(listener) is None


async def test_a_board_no_one_watches_is_forgotten(city: City) -> None:
    render = Counting()
    boards = watched_boards(city, ManualClock(NOW), render)
    boards.open("f:s1", limit=1)
    boards.open("f:s1", limit=1)
    assert render.count == 2


async def test_a_full_house_reports_so_and_has_room_again(city: City) -> None:
    clock = ManualClock(NOW)
    subscriptions = Subscriptions(city.live, clock, max_listeners=1)
    boards = BoardSubscriptions(subscriptions, city.live, clock, BoardRenderer())
    with boards.listen(boards.open("f:s1", limit=1), None), pytest.raises(Refusal) as refused:
        boards.open("f:s1", limit=1)
    assert refused.value.category == "unavailable"
    assert boards.open("f:s1", limit=1)
