"""A pilot from the idea to its pause, over HTTP through the gateway: its coordinator, a member of
the Cr'Num and its holder; and the arms that the gateway then assigns to participants."""

import asyncio
import hashlib
import hmac
import os
import sys
from base64 import urlsafe_b64decode
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from pilot_steps import SHEET, Person, ReceivedEvents, bring_to_its_trial, listen
from running_demo import Demo

from gateway.events import ConsentV1, PilotV1
from regionlab.launch.databases import database_url
from socle.bus import Bus
from socle.testing import MakeBus, until

pytestmark = pytest.mark.e2e

PILOT = "alertes-orleans"


async def agree(bus: Bus, pilot: PilotV1, subject: str) -> str:
    """Publish that person's consent, as the service does; returns their pseudonym."""
    salt = urlsafe_b64decode(f"{pilot.salt}=")
    pseudonym = hmac.new(salt, subject.encode(), hashlib.sha256).hexdigest()
    await bus.publish(
        ConsentV1(
            pilot_id=PILOT,
            pseudonym=pseudonym,
            given_at=datetime.now(UTC),
            notice_version="1",
        )
    )
    return pseudonym


async def test_a_pilot_goes_through_its_gates_and_everybody_is_back_when_it_pauses(
    demo: Demo, servers: Any, make_bus: MakeBus
) -> None:
    await anonymous_requests_are_refused(demo)
    people = [Person(demo, await demo.token(role), PILOT) for role in
              ("coordinator", "patient", "professional", "traveller")]  # fmt: skip
    coordinator, holder, judge, traveller = people
    received, bus = ReceivedEvents(PILOT), await make_bus(source="pilotes", address=servers.kafka)
    listening = await listen(bus, received)
    await bring_to_its_trial(coordinator, holder, judge)
    await until(lambda: received.pilot is not None)
    assert received.pilot is not None
    assert received.pilot.state == "running"
    pseudonym = await agree(bus, received.pilot, await traveller.subject())
    stop = (await demo.get("/mobilite/v1/stops", q="gare"))["stops"][0]["id"]

    async def served_on(arm: str) -> bool:
        received.served.clear()
        status, _, _ = await traveller.request(
            "GET", f"/mobilite/v1/stops/{stop}/departures?limit=1"
        )
        assert status == 200
        await asyncio.sleep(1.5)
        return bool(received.served) and {*received.served} == {(arm, pseudonym)}

    await until(lambda: served_on("prevenu"))
    # The reviewer can pause the trial, the traveller cannot; neither can resume it.
    for person, path in ((traveller, "pause"), (judge, "resume")):
        _, _, etag = await judge.request("GET", f"/pilotes/v1/pilots/{PILOT}")
        url = f"/pilotes/v1/pilots/{PILOT}/{path}"
        assert (await person.request("POST", url, {"reason": "x"}, at=etag))[0] == 403
    response = await judge.do("POST", "/pause", {"reason": "Des gens ratent leur car."})
    assert response["state"] == "paused"
    await until(lambda: served_on("habituel"))
    await coordinator.do("POST", "/resume", {"reason": "Corrigé."})
    await until(lambda: served_on("prevenu"))
    await verify(demo, servers.postgres)
    for task in listening:
        task.cancel()
    await asyncio.gather(*listening, return_exceptions=True)


async def verify(demo: Demo, postgres: str) -> None:
    """The command an operator runs: every decision that was made above is what was signed."""
    response = {
        "PILOTES_POSTGRES": database_url(postgres, "pilotes"),
        "PILOTES_KEY": (demo.data / "pilotes" / "salts.key").read_text().strip(),
        "PILOTES_SIGNING_KEYS": str(demo.data / "pilotes" / "keys.json"),
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pilotes", "verify"),
        env=os.environ | response,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    assert (process.returncode, output.decode().splitlines()[-1]) == (0, "Tout tient.")


async def anonymous_requests_are_refused(demo: Demo) -> None:
    """An anonymous caller changes nothing, and reads nothing before the trial."""
    async with aiohttp.ClientSession() as anonymous:
        url = f"{demo.address}/pilotes/v1/pilots"
        async with anonymous.post(url, json=SHEET | {"id": PILOT}) as answer:
            assert answer.status == 401
            assert "coordination" in (await answer.json())["detail"]
        async with anonymous.get(url) as answer:
            assert PILOT not in {each["id"] for each in (await answer.json())["pilots"]}
