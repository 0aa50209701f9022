"""A pilot from the idea to its pause, by HTTP at the door, as its coordinator, the Cr'Num's member
and its holder do it; and what the door then gives to whoever agreed."""

import asyncio
import hashlib
import hmac
import os
import sys
from base64 import urlsafe_b64decode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from running_demo import Demo, StartDemo

from gateway.events import ConsentV1, PilotV1, RequestServedV2
from regionlab.databases import database_url
from socle.bus import Bus
from socle.events import Received
from socle.testing import MakeBus, StartServer, until

pytestmark = pytest.mark.e2e

ROUTE = "/mobilite/v1/stops/{stop_id}/departures"
SHEET = {
    "title": "Être prévenu avant de partir",
    "field": "mobilite",
    "description": {
        "summary": "On prévient les voyageurs avant leur départ.",
        "owner": "Région",
        "problem": "Les gens apprennent les retards à l'arrêt.",
        "hypothesis": "Prévenus plus tôt, ils attendent moins.",
        "audience": "Les voyageurs d'Orléans.",
    },
    "processing": {
        "controller": "Région Centre-Val de Loire",
        "contact": "dpo@example.org",
        "purposes": ["mesurer l'effet des alertes"],
        "legal_basis": "consentement",
        "people": ["voyageurs volontaires"],
        "data": ["usages, sous pseudonyme"],
        "recipients": ["l'équipe du pilote"],
        "retention_days": 365,
        "security": "pseudonymes par pilote, sel détruit à la clôture",
    },
}

NOTICE = {
    "version": "1",
    "asked": "Consultez vos horaires.",
    "benefits": "Moins d'attente.",
    "risks": "Aucun.",
    "storage": "France",
}


def protocol() -> dict[str, Any]:
    """One of which everybody but one in ten thousand is on the arm that is tried."""
    now = datetime.now(UTC)
    return {
        "arms": [
            {"name": "habituel", "label": "Comme d'habitude", "weight": 1},
            {"name": "prevenu", "label": "Prévenu avant", "weight": 9_999},
        ],
        "control": "habituel",
        "routes": [ROUTE],
        "eligibility": "Toute personne majeure.",
        "planned_per_arm": 250,
        "indicators": [
            {
                "id": "suivi",
                "label": "A suivi un départ",
                "kind": "proportion",
                "source": "use:board-watched",
                "direction": "up",
                "role": "primary",
                "baseline": 0.5,
                "window_days": 14,
            }
        ],
        "stopping_rule": "Un incident grave.",
        "starts_at": (now - timedelta(days=1)).isoformat(),
        "ends_at": (now + timedelta(days=90)).isoformat(),
    }


async def token(demo: Demo, role: str) -> str:
    """Of one of the demo's people."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "regionlab", "token", "--role", role, "--data", str(demo.data)),
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await process.communicate()
    return told.decode().strip()


@dataclass
class Person:
    """Somebody at the door, with a pilot before them."""

    demo: Demo
    bearer: str

    async def ask(self, method: str, path: str, body: Any = None, *, at: str = "") -> Any:
        """The status and what was answered."""
        headers = {"authorization": f"Bearer {self.bearer}"} | ({"if-match": at} if at else {})
        url = f"{self.demo.address}{path}"
        async with self.demo.client.request(method, url, json=body, headers=headers) as answer:
            return answer.status, await answer.json(), answer.headers.get("etag")

    async def do(self, method: str, path: str, body: Any = None) -> Any:
        """Read the pilot, then change it; it must be done."""
        _, _, etag = await self.ask("GET", "/pilotes/v1/pilots/alertes")
        status, told, _ = await self.ask(method, f"/pilotes/v1/pilots/alertes{path}", body, at=etag)
        assert status < 300, (path, told)
        return told

    async def subject(self) -> str:
        _, told, _ = await self.ask("GET", "/pilotes/v1/me")
        return str(told["subject"])


@dataclass
class Heard:
    """What the bus tells of the pilot and of who was served in it."""

    pilot: PilotV1 | None = None
    served: list[tuple[str, str | None]] = field(default_factory=list)

    def follow(self, batch: Sequence[Received[PilotV1]]) -> None:
        for received in batch:
            self.pilot = received.data

    async def count(self, received: Received[RequestServedV2]) -> None:
        if received.data is not None:
            lines = (each for each in received.data.in_pilots if each.pilot_id == "alertes")
            self.served += [(each.arm, each.pseudonym) for each in lines]


async def listen(bus: Bus, heard: Heard) -> list[asyncio.Task[None]]:
    """From now on, until the tasks are cancelled."""
    table = bus.follow(PilotV1, into=heard.follow)
    served = bus.consume(RequestServedV2, group="test.pilot", handle=heard.count)
    return [asyncio.create_task(table.run()), asyncio.create_task(served)]


async def bring_to_its_trial(coordinator: Person, holder: Person, judge: Person) -> None:
    """Every gate with its evidence; the last one first refused, with what it lacks."""
    status, told, _ = await coordinator.ask("POST", "/pilotes/v1/pilots", SHEET | {"id": "alertes"})
    assert status == 201, told
    for person, role in ((holder, "project_holder"), (judge, "crnum_member")):
        member = {"role": role, "name": "Une personne"}
        await coordinator.do("PUT", f"/members/{await person.subject()}", member)
    await coordinator.do("POST", "/stage", {"to": "codesign"})
    await holder.do("POST", "/evidence", {"kind": "codesign_report", "reference": "GED/1"})
    await holder.do("PUT", "/protocol", protocol())
    await coordinator.do("POST", "/stage", {"to": "ready"})
    await holder.do("POST", "/evidence", {"kind": "impact_assessment", "reference": "GED/2"})
    await coordinator.do("POST", "/protocol/freeze")
    await coordinator.do("POST", "/stage", {"to": "opinion"})
    _, _, etag = await coordinator.ask("GET", "/pilotes/v1/pilots/alertes")
    status, told, _ = await coordinator.ask(
        "POST", "/pilotes/v1/pilots/alertes/stage", {"to": "trial"}, at=etag
    )
    assert status == 409
    missing = {each["evidence"] for each in told["missing"]}
    assert {"crnum_opinion", "smallest_effects", "information_notice"} <= missing
    await holder.do("POST", "/notices", NOTICE)
    opinion = {"opinion": "reserved", "motives": "Prévenir aussi par affiche."}
    await judge.do("POST", "/opinion", opinion)
    await holder.do("POST", "/effects")
    told = await coordinator.do("POST", "/stage", {"to": "trial"})
    assert (told["stage"], told["state"]) == ("trial", "running")


async def agree(bus: Bus, pilot: PilotV1, subject: str) -> str:
    """That person consents, as the service tells it; their pseudonym, by the contract's words."""
    salt = urlsafe_b64decode(f"{pilot.salt}=")
    pseudonym = hmac.new(salt, subject.encode(), hashlib.sha256).hexdigest()
    await bus.publish(
        ConsentV1(
            pilot_id="alertes",
            pseudonym=pseudonym,
            given_at=datetime.now(UTC),
            notice_version="1",
        )
    )
    return pseudonym


async def test_a_pilot_goes_through_its_gates_and_everybody_is_back_when_it_pauses(
    start_server: StartServer, start_demo: StartDemo, make_bus: MakeBus
) -> None:
    kafka, postgres = start_server("broker").address, start_server("postgres").address
    demo = await start_demo("--kafka", kafka, "--postgres", postgres)
    await refused_to_nobody(demo)
    people = [Person(demo, await token(demo, role)) for role in
              ("coordinator", "patient", "professional", "traveller")]  # fmt: skip
    coordinator, holder, judge, traveller = people
    heard, bus = Heard(), await make_bus(source="pilotes", address=kafka)
    listening = await listen(bus, heard)
    await bring_to_its_trial(coordinator, holder, judge)
    await until(lambda: heard.pilot is not None)
    assert heard.pilot is not None
    assert heard.pilot.state == "running"
    pseudonym = await agree(bus, heard.pilot, await traveller.subject())
    stop = (await demo.get("/mobilite/v1/stops", q="gare"))["stops"][0]["id"]

    async def served_on(arm: str) -> bool:
        heard.served.clear()
        status, _, _ = await traveller.ask("GET", f"/mobilite/v1/stops/{stop}/departures?limit=1")
        assert status == 200
        await asyncio.sleep(1.5)
        return bool(heard.served) and {*heard.served} == {(arm, pseudonym)}

    await until(lambda: served_on("prevenu"), seconds=60)
    # Whoever sees harm stops it: the judge may, the traveller may not, neither starts it again.
    for person, path in ((traveller, "pause"), (judge, "resume")):
        _, _, etag = await judge.ask("GET", "/pilotes/v1/pilots/alertes")
        url = f"/pilotes/v1/pilots/alertes/{path}"
        assert (await person.ask("POST", url, {"reason": "x"}, at=etag))[0] == 403
    told = await judge.do("POST", "/pause", {"reason": "Des gens ratent leur car."})
    assert told["state"] == "paused"
    await until(lambda: served_on("habituel"), seconds=30)
    await coordinator.do("POST", "/resume", {"reason": "Corrigé."})
    await until(lambda: served_on("prevenu"), seconds=30)
    await verify(demo, postgres)
    for task in listening:
        task.cancel()
    await asyncio.gather(*listening, return_exceptions=True)


async def verify(demo: Demo, postgres: str) -> None:
    """The command an operator runs: every decision that was made above is what was signed."""
    told = {
        "PILOTES_POSTGRES": database_url(postgres, "pilotes"),
        "PILOTES_KEY": (demo.data / "pilotes" / "salts.key").read_text().strip(),
        "PILOTES_SIGNING_KEYS": str(demo.data / "pilotes" / "keys.json"),
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pilotes", "verify"),
        env=os.environ | told,
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert (process.returncode, said.decode().splitlines()[-1]) == (0, "Tout tient.")


async def refused_to_nobody(demo: Demo) -> None:
    """Whoever says nothing of who they are moves nothing, and learns of nothing before a trial."""
    async with aiohttp.ClientSession() as nobody:
        url = f"{demo.address}/pilotes/v1/pilots"
        async with nobody.post(url, json=SHEET | {"id": "alertes"}) as answer:
            assert answer.status == 401
            assert "coordination" in (await answer.json())["detail"]
        async with nobody.get(url) as answer:
            assert await answer.json() == {"pilots": [], "next": None}
