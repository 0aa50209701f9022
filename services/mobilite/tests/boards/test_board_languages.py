"""The sentences of a board and of its alerts, in the reader's language: French or English."""

from string import Formatter
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from api_client import ConnectApi
from boards import City, city_of_one_bus, paris, update

from mobilite.boards.api.board_texts import TEXTS
from mobilite.wiring.app import make_api
from socle.clock import ManualClock

BOARD = "stops/f:s1/departures"
STRIKE = """entity { id: "a" alert { cause: STRIKE effect: NO_SERVICE
  informed_entity { route_id: "r" } informed_entity { route_id: "q9" } } }"""


@pytest.fixture
def city() -> City:
    city = city_of_one_bus()
    city.publish(STRIKE)
    return city


@pytest_asyncio.fixture
async def client(city: City, connect_api: ConnectApi) -> aiohttp.ClientSession:
    return await connect_api(make_api(city.live, ManualClock(city.now)))


async def board(client: aiohttp.ClientSession, accept: str | None, **query: str) -> Any:
    headers = {} if accept is None else {"accept-language": accept}
    async with client.get(BOARD, headers=headers, params=query) as answer:
        assert answer.status == 200
        assert answer.headers["vary"] == "accept-language"
        return await answer.json()


@pytest.mark.parametrize(
    ("accept", "query", "english"),
    [
        (None, {}, False),
        ("fr-FR,fr;q=0.9,en;q=0.8", {}, False),
        ("en-GB,en;q=0.9,fr;q=0.8", {}, True),
        ("fr;q=0.5,en", {}, True),
        ("de,en;q=0.7", {}, True),
        ("de", {}, False),
        ("en;q=0", {}, False),
        ("fr", {"lang": "en"}, True),
    ],
)
async def test_a_board_is_in_the_language_of_its_reader(
    client: aiohttp.ClientSession, accept: str | None, query: dict[str, str], english: bool
) -> None:
    content = await board(client, accept, at="2027-03-02T07:30:00+01:00", **query)
    (alert,) = (await board(client, accept, **query))["alerts"]
    real_time = content["feeds"][0]["real_time"]["message"]
    result = content["message"], real_time, alert["cause_text"], alert["header"], alert["language"]
    assert result == (
        (
            "The timetable of this network ends on 31 December 2026.",
            "This network publishes alerts but no live times: scheduled times.",
            *("Strike", "No service", "en"),
        )
        if english
        else (
            "Les horaires de ce réseau s'arrêtent le 31/12/2026.",
            "Pas de temps réel sur ce réseau, seulement des alertes : horaires théoriques.",
            *("Grève", "Service interrompu", "fr"),
        )
    )
    assert ("not in its timetable" in alert["note"]) == english


async def test_the_days_of_a_board_are_written_in_both_languages(
    client: aiohttp.ClientSession, city: City
) -> None:
    city.publish(update('trip_id: "t" start_date: "20260302"', more="delay: 0"))
    at = paris("10:00:00").isoformat()
    assert (await board(client, "fr", at=at))["message"] == (
        "Plus de départ le lundi 02/03 : le prochain est le mardi 03/03 à 08:00."
    )
    assert (await board(client, "en", at=at))["message"] == (
        "No more departures on Monday 2 March: the next one is on Tuesday 3 March at 08:00."
    )


async def test_a_language_has_an_entity_tag_and_a_stream_of_its_own(
    client: aiohttp.ClientSession,
) -> None:
    async with client.get(BOARD, headers={"accept-language": "fr"}) as answer:
        tag = answer.headers["etag"]
    known = {"if-none-match": tag}
    async with client.get(BOARD, headers={"accept-language": "fr", **known}) as answer:
        assert answer.status == 304
    async with client.get(BOARD, headers={"accept-language": "en", **known}) as answer:
        assert answer.status == 200
    for accept, sentence in (("fr", "seulement des alertes"), ("en", "alerts but no live times")):
        async with client.get(f"{BOARD}/stream", headers={"accept-language": accept}) as answer:
            assert sentence in (await answer.content.readuntil(b"departures")).decode()


def test_both_languages_have_the_same_sentences_and_placeholders() -> None:
    french, english = (
        {name: [field for _, field, *_ in Formatter().parse(text) if field] for name, text in of}
        for of in (TEXTS["fr"].items(), TEXTS["en"].items())
    )
    assert {name: sorted(each) for name, each in french.items()} == {
        name: sorted(each) for name, each in english.items()
    }
