"""A person with a paper, a phone and no account, through the real door: they agree, are served on
their arm, stop, and are not a minute later."""

import asyncio
import re
import time
from typing import Any

import pytest
from running_demo import StartDemo
from test_a_pilot_is_run import Heard, Person, bring_to_its_trial, listen, token

from socle.testing import MakeBus, StartServer, until

pytestmark = pytest.mark.e2e

LONGEST = 60.0
"""Seconds: what a withdrawal may take until nothing is given any more, which people are told."""


async def test_a_withdrawal_at_the_door(
    start_demo: StartDemo, start_server: StartServer, make_bus: MakeBus
) -> None:
    kafka, postgres = start_server("broker").address, start_server("postgres").address
    demo = await start_demo("--kafka", kafka, "--postgres", postgres)
    roles = ("coordinator", "patient", "professional")
    coordinator, holder, judge = [Person(demo, await token(demo, role)) for role in roles]
    await bring_to_its_trial(coordinator, holder, judge)
    made = await holder.do("POST", "/invitations", {"label": "Une lettre"})
    code = made["codes"][0]["code"].replace("-", "")
    own = {"origin": f"http://localhost:{demo.address.rpartition(':')[2]}", "accept": "text/html"}
    cookie: dict[str, str] = {}

    async def browse(method: str, path: str, form: Any = None, **other: str) -> tuple[int, str]:
        headers = own | cookie | other
        async with demo.client.request(
            method, demo.address + path, data=form, headers=headers, allow_redirects=False
        ) as answer:
            for line in answer.headers.getall("set-cookie", []):
                cookie["cookie"] = line.partition(";")[0]
            return answer.status, await answer.text()

    status, page = await browse("GET", f"/participer/c/{code}")
    assert status == 200, page
    form = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    form["decision"] = "yes"
    # Another site's form is nobody's decision.
    status, _ = await browse(
        "POST", f"/participer/c/{code}", form, origin="https://ailleurs.invalid"
    )
    assert (status, cookie) == (403, {})
    status, _ = await browse("POST", f"/participer/c/{code}", form)
    assert status == 303
    assert re.fullmatch(r"__Host-participant=[0-9A-Z]{24}", cookie["cookie"])
    stop = (await demo.get("/mobilite/v1/stops", q="gare"))["stops"][0]["id"]
    heard, bus = Heard(), await make_bus(source="test", address=kafka)
    listening = await listen(bus, heard)

    async def in_the_pilot() -> bool:
        heard.served.clear()
        await browse("GET", f"/mobilite/v1/stops/{stop}/departures?limit=1")
        await asyncio.sleep(1.5)
        return bool(heard.served)

    await until(in_the_pilot, seconds=60)
    status, _ = await browse("POST", "/participer/mes-participations/alertes/retrait", {})
    assert status == 303
    began = time.monotonic()
    while await in_the_pilot():
        assert time.monotonic() - began < LONGEST, "still in the pilot"
    _, page = await browse("GET", "/participer/mes-participations")
    assert "Vous ne participez plus" in page
    for task in listening:
        task.cancel()
    await asyncio.gather(*listening, return_exceptions=True)
