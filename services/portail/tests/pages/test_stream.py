"""The stream of a board: the page's own fragment, drawn once, for as long as somebody watches."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from event_listener import Listener
from region_api import Region
from region_data import GARE, at, board, departure

from socle.clock import ManualClock
from socle.testing import until


@asynccontextmanager
async def listening(
    client: aiohttp.ClientSession, portal: str, query: str = "", language: str = "fr"
) -> AsyncIterator[Listener]:
    headers = {"accept-language": language}
    async with client.get(f"{portal}/arrets/tao:gare/flux{query}", headers=headers) as answer:
        assert answer.status == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        yield Listener(answer)


async def test_a_change_comes_as_the_fragment_of_the_page_and_is_announced(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.boards[GARE] = board(departure("1", "09:03", "predicted"))
    async with listening(client, portal) as listener:
        name, fragment = await listener.next()
        assert name == "tableau"
        async with client.get(f"{portal}/arrets/tao:gare") as answer:
            page = (await answer.text()).splitlines()
        assert set(fragment.splitlines()) <= set(page)
        region.change(board(departure("1", "09:03", "cancelled")))
        name, fragment = await listener.next()
        assert "ton-gone" in fragment
        name, announcement = await listener.next()
        assert name == "annonce"
        assert announcement.replace("\N{NO-BREAK SPACE}", " ") == (
            "Supprimé : ligne A vers Hôpital de 09:03."
        )


async def test_a_line_that_did_not_change_is_named_and_no_more(
    region: Region, portal: str, client: aiohttp.ClientSession, manual_clock: ManualClock
) -> None:
    rows = [departure(str(n), f"09:{n}", "predicted") for n in range(10, 30)]
    region.boards[GARE] = board(*rows)
    async with listening(client, portal) as listener:
        _, full_board = await listener.next()
        assert full_board.count("Hôpital") == 20
        manual_clock.advance(60)
        late = departure("15", "09:15", "predicted", predicted=at("09:17"), delay=120)
        region.change(board(*rows[:5], late, *rows[6:]))
        _, change = await listener.next()
        assert change.count("Hôpital") == 1
        assert change.count("data-garde") == 19
        assert len(change) < len(full_board) / 4
        async with listening(client, portal) as newcomer:
            assert "data-garde" not in (await newcomer.next())[1]


async def test_many_listeners_are_one_for_the_api_which_is_left_when_the_last_leaves(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    async with listening(client, portal) as one, listening(client, portal) as two:
        assert await one.next() == await two.next()
        async with listening(client, portal, "?affichage=borne") as three:
            assert "ol class" not in (await three.next())[1]
        assert region.streams_opened == 1
        region.change(board(departure("1", "09:03")))
        assert await one.next() == await two.next()
        assert region.listening == 1
    await until(lambda: region.listening == 0)


async def test_each_language_has_a_stream_of_its_own(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.boards[GARE] = board(departure("1", "09:03", "cancelled"))
    async with (
        listening(client, portal, language="fr") as french,
        listening(client, portal, language="en") as english,
        listening(client, portal, language="en") as other,
    ):
        assert "supprimé" in (await french.next())[1]
        assert "cancelled" in (await english.next())[1]
        assert "cancelled" in (await other.next())[1]
        streams = [each for each in region.requests if "departures/stream" in each]
        languages = [each.partition("lang=")[2][:2] for each in streams]
        assert sorted(languages) == ["en", "fr"]
    await until(lambda: region.listening == 0)


async def test_while_the_api_is_away_the_board_is_marked_late_and_then_recovers(
    region: Region, portal: str, client: aiohttp.ClientSession
) -> None:
    region.boards[GARE] = board(departure("1", "09:03", "predicted"))
    async with listening(client, portal) as listener:
        await listener.next()
        region.go_away()
        _, fragment = await listener.next()
        assert "ne répond plus" in fragment
        region.come_back()
        _, fragment = await listener.next()
        assert "ne répond plus" not in fragment


async def test_a_stop_that_is_not_there_ends_the_stream(
    region: Region, portal: str, client: aiohttp.ClientSession, manual_clock: ManualClock
) -> None:
    region.boards.clear()
    async with listening(client, portal) as listener:
        assert await listener.answer.content.read() == b"retry: 3000\n\n"
