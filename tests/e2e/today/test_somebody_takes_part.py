"""A person with a paper code, a phone and no account, through the real gateway: they consent, are
served on their arm, are counted, report a problem, withdraw, and are erased within a minute."""

import asyncio
import json
import re
import time
from dataclasses import dataclass, field
from typing import Any

import pytest
from pilot_steps import Person, ReceivedEvents, bring_to_its_trial, listen
from running_demo import Demo

from regionlab.launch.databases import database_url
from socle.postgres import Pool, open_pool
from socle.testing import MakeBus, until

pytestmark = pytest.mark.e2e

PILOT = "alertes-en-ville"
MINE = "/participer/mes-participations"
REPORTS = f"/pilotes/v1/pilots/{PILOT}/reports"
OPINIONS = f"/pilotes/v1/pilots/{PILOT}/contributions"
LONGEST = 60.0
"""Seconds until a withdrawal takes effect everywhere, as the pages state."""


@dataclass
class Phone:
    """A separate browser, which stores its one cookie."""

    demo: Demo
    cookie: dict[str, str] = field(default_factory=dict)

    async def browse(
        self, method: str, path: str, form: Any = None, *, json_body: Any = None, **other: str
    ) -> tuple[int, str]:
        """Send a form or JSON, as our own pages do. `other`: headers."""
        port = self.demo.address.rpartition(":")[2]
        own = {"origin": f"http://localhost:{port}", "accept": "text/html"}
        async with self.demo.client.request(
            method,
            self.demo.address + path,
            data=form,
            json=json_body,
            headers=own | self.cookie | other,
            allow_redirects=False,
        ) as answer:
            for line in answer.headers.getall("set-cookie", []):
                self.cookie["cookie"] = line.partition(";")[0]
            return answer.status, await answer.text()

    async def facts(self) -> set[str]:
        """What was counted of them, as it is handed out to them."""
        _, body = await self.browse("GET", "/participer/mes-donnees.json")
        (pilot,) = json.loads(body)["pilots"]
        return {each["fact"] for each in pilot["facts"] if each["kind"] == "use"}


async def test_a_participant_is_served_counted_and_withdraws(
    demo: Demo, servers: Any, make_bus: MakeBus
) -> None:
    roles = ("coordinator", "patient", "professional")
    coordinator, holder, judge = [Person(demo, await demo.token(role), PILOT) for role in roles]
    await bring_to_its_trial(coordinator, holder, judge)
    made = await holder.do("POST", "/invitations", {"label": "Une lettre"})
    phone = Phone(demo)
    await agrees(phone, made["codes"][0]["code"].replace("-", ""))
    stop = (await demo.get("/mobilite/v1/stops", q="gare"))["stops"][0]["id"]
    board = f"/mobilite/v1/stops/{stop}/departures?limit=1"
    received, bus = ReceivedEvents(PILOT), await make_bus(source="test", address=servers.kafka)
    listening = await listen(bus, received)

    async def in_the_pilot() -> bool:
        received.served.clear()
        await phone.browse("GET", board)
        await asyncio.sleep(1.5)
        return bool(received.served)

    await until(in_the_pilot)
    async with open_pool(database_url(servers.postgres, "pilotes"), application_name="test") as log:
        await counted(phone, board, log)
        await speaks(phone, holder)
        await gives_an_opinion(Phone(demo), holder)
        status, _ = await phone.browse("POST", f"{MINE}/{PILOT}/retrait", {})
        assert status == 303
        began = time.monotonic()
        while await in_the_pilot():
            assert time.monotonic() - began < LONGEST, "still in the pilot"
        # Nor are the gateway's events about them since.
        assert (await phone.facts(), await uses(log)) == (set(), [])
    _, page = await phone.browse("GET", MINE)
    assert "Vous ne participez plus" in page
    for task in listening:
        task.cancel()
    await asyncio.gather(*listening, return_exceptions=True)


async def agrees(phone: Phone, code: str) -> None:
    """They read the notice and consent; another site's form is refused."""
    path = f"/participer/c/{code}"
    status, page = await phone.browse("GET", path)
    assert status == 200, page
    form = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    form["decision"] = "yes"
    status, _ = await phone.browse("POST", path, form, origin="https://ailleurs.invalid")
    assert (status, phone.cookie) == (403, {})
    status, _ = await phone.browse("POST", path, form)
    assert status == 303
    assert re.fullmatch(r"__Host-participant=[0-9A-Z]{24}", phone.cookie["cookie"])


async def counted(phone: Phone, board: str, log: Pool) -> None:
    """The watched board: named by the service, published by the gateway, folded by pilotes."""

    async def is_counted() -> bool:
        # Again: what was watched in the second of their consent does not count.
        await phone.browse("GET", board)
        return "board-watched" in await phone.facts()

    await until(is_counted)
    assert set(await uses(log)) == {("prevenu", "board-watched")}
    # The gateway and the service both measure it: each line has both values or none.
    cpu_seconds = await log.fetch("SELECT cpu_seconds FROM use WHERE pilot_id = $1", PILOT)
    assert all(row["cpu_seconds"] is not None for row in cpu_seconds)
    assert sum(row["cpu_seconds"] for row in cpu_seconds) > 0


async def uses(log: Pool) -> list[tuple[str, str]]:
    """All that the pilot's log holds: arm and fact."""
    rows = await log.fetch("SELECT arm, fact FROM use WHERE pilot_id = $1", PILOT)
    return [(row["arm"], row["fact"]) for row in rows]


async def speaks(phone: Phone, holder: Person) -> None:
    """They report a problem, on the page and through the API; another site cannot."""
    path, form = f"{MINE}/{PILOT}/signalement", {"what": "acces", "said": "Trop petit."}
    json_body = {"kind": "comment", "said": "Utile."}
    elsewhere = {"origin": "https://ailleurs.invalid"}
    assert (await phone.browse("POST", path, form, **elsewhere))[0] == 403
    assert (await phone.browse("POST", REPORTS, json_body=json_body, **elsewhere))[0] == 403
    assert (await phone.browse("POST", path, form))[0] == 303
    assert (await phone.browse("POST", REPORTS, json_body=json_body))[0] == 201
    assert (await Phone(phone.demo).browse("POST", REPORTS, json_body=json_body))[0] == 401
    _, body, _ = await holder.request("GET", REPORTS)
    assert [(each["kind"], each["role"]) for each in body["reports"]] == [
        ("comment", "participant"),
        ("accessibility", "participant"),
    ]


async def gives_an_opinion(phone: Phone, holder: Person) -> None:
    """Somebody who takes part in nothing says what they think, by the page or by a program of
    theirs, and reads the answer; another site has nobody say anything."""
    page = f"/participer/pilotes/{PILOT}/avis"
    form, elsewhere = {"said": "Bravo."}, {"origin": "https://ailleurs.invalid"}
    assert (await phone.browse("GET", page))[0] == 200
    assert (await phone.browse("POST", f"{page}/envoi", form, **elsewhere))[0] == 403
    assert (await phone.browse("POST", f"{page}/envoi", form))[0] == 303
    assert (await phone.browse("POST", f"{page}/envoi", {"said": "a" * 1_000_000}))[0] == 413
    json_body = {"pilot_id": PILOT, "said": "Bravo."}
    # The same comment, repeated by a program, counts once.
    url = f"{phone.demo.address}/pilotes/v1/contributions"
    async with phone.demo.client.post(url, json=json_body) as answer:
        assert answer.status == 202
    _, body, _ = await holder.request("GET", f"{OPINIONS}/received")
    (one,) = body["contributions"]
    verdict = {"state": "published", "answer": "Merci."}
    path = f"{OPINIONS}/{one['number']}"
    assert (await holder.request("PUT", path, verdict, at='"1"'))[0] == 200
    _, text = await phone.browse("GET", page)
    assert "Réponse de l’équipe" in text
    assert phone.cookie == {}
