"""The runs of a day over HTTP."""

from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from api_client import ConnectApi
from boards import update
from region import MESSAGES, Region, small_region


@pytest.fixture
def region(tmp_path: Path) -> Region:
    return small_region(tmp_path)


@pytest_asyncio.fixture
async def client(region: Region, connect_api: ConnectApi) -> aiohttp.ClientSession:
    return await connect_api(region.app())


async def get(client: aiohttp.ClientSession, **query: str) -> Any:
    async with client.get("trips", params=query) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()


def names(page: Any) -> list[tuple[str, str | None]]:
    return [(trip["trip_id"], trip["start_time"]) for trip in page["trips"]]


async def test_the_runs_of_today_come_in_the_order_they_start(
    client: aiohttp.ClientSession,
) -> None:
    page = await get(client)
    assert names(page)[:5] == [
        ("tao:a1", None),
        ("remi:a1", None),
        ("tao:b1", None),
        ("tao:plus", None),
        ("tao:n", "09:00:00"),
    ]
    assert names(page)[-1] == ("tao:a2", None)
    first, _, cancelled, added = page["trips"][:4]
    assert first["first"] == {
        "stop_id": "tao:gare-A2",
        "name": "Gare d'Orléans",
        "time": {
            "scheduled": "2026-03-02T08:00:00+01:00",
            "predicted": "2026-03-02T08:01:00+01:00",
            "delay": 60,
        },
        "state": "predicted",
    }
    assert first["last"]["stop_id"] == "tao:loire"
    assert (cancelled["cancelled"], added["outside_timetable"]) == (True, True)


async def test_runs_are_chosen_by_network_line_and_day(client: aiohttp.ClientSession) -> None:
    assert names(await get(client, feed="remi")) == [("remi:a1", None)]
    assert names(await get(client, route="tao:A", date="20260307")) == [("tao:a1", None)]
    assert names(await get(client, route="tao:A", feed="remi")) == []
    assert names(await get(client, date="20300101")) == []


async def test_pages_hold_every_run_once(client: aiohttp.ClientSession) -> None:
    complete = names(await get(client))
    for limit in ("1", "3"):
        found, page = [], await get(client, limit=limit)
        found += names(page)
        while page["next"] is not None:
            page = await get(client, limit=limit, cursor=page["next"])
            found += names(page)
        assert found == complete


async def test_a_run_that_its_operator_took_out_is_not_listed(
    client: aiohttp.ClientSession, region: Region
) -> None:
    deleted = 'trip_id: "a2" start_date: "20260302" schedule_relationship: DELETED'
    region.city.publish(MESSAGES + update(deleted, entity="x"), "tao")
    assert ("tao:a2", None) not in names(await get(client))


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ({"feed": "z"}, 404, "« z » n’existe pas"),
        ({"route": "tao:Z"}, 404, "« tao:Z » n’existe pas"),
        ({"route": "nulle-part"}, 404, "« nulle-part » n’existe pas"),
        ({"limit": "-1"}, 400, "de 1 à 500"),
        ({"cursor": "x"}, 400, "cursor"),
        ({"cursor": "ImEi"}, 400, "cursor"),
        ({"date": "demain"}, 400, "AAAAMMJJ"),
    ],
)
async def test_what_cannot_be_answered_reports_why(
    client: aiohttp.ClientSession, query: dict[str, str], status: int, words: str
) -> None:
    async with client.get("trips", params=query) as answer:
        problem = await answer.json(content_type="application/problem+json")
    assert (answer.status, words in problem["detail"]) == (status, True), problem["detail"]
