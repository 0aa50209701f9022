"""The log states that journeys were searched, and nothing of where anybody goes."""

import logging

import aiohttp
import pytest
from api_client import get
from valley import HOSPITAL, VILLAGE

SECRETS = ("58123", "15123", "Secrète", "Secr%C3%A8te", "2026-03-02T07:41")
POINT = "47.58123,1.15123"


async def test_no_place_and_no_time_of_a_search_is_logged(
    client: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    at = {"at": "2026-03-02T07:41:00+01:00"}
    page = await get(client, "journeys", to=HOSPITAL, via="bus:gare", **at, **{"from": POINT})
    journey_id = page["journeys"][0]["id"]
    await get(client, f"journeys/{journey_id}")
    async with client.post(f"journeys/{journey_id}/watch") as stream:
        assert await stream.content.readany()
    await get(client, "isochrones", minutes="30", **at, **{"from": POINT})
    await get(client, "journeys", 400, to="12 rue Secrète", **{"from": VILLAGE})
    await get(client, "journeys", 404, to="bus:Secrète", **{"from": POINT})
    await get(client, "journeys", 400, to=HOSPITAL, max_walk="58123", **{"from": POINT})
    # The server of tests has an access log, that of the services has none.
    records = [each for each in caplog.records if each.name != "uvicorn.access"]
    logged = [str(record.__dict__) for record in records]
    assert sum("/mobilite/v1/journeys" in each for each in logged) >= 5
    for each in logged:
        assert not any(secret in each for secret in (*SECRETS, journey_id)), each
