"""Brings a pilot to its trial over HTTP through the gateway; receives its events from the bus."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from running_demo import Demo

from gateway.events import PilotV1, RequestServedV2
from socle.bus import Bus
from socle.events import Received

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
    "easy": {
        "title": "Essai",
        "summary": "Nous essayons.",
        "asked": "Regardez vos horaires.",
        "benefits": "Vous attendez moins.",
        "risks": "Il n'y en a pas.",
        "arms": ["Comme avant.", "Nouveau."],
        "data": ["Vos usages."],
    },
    "english": {
        "title": "Trial",
        "summary": "We try.",
        "asked": "Look at your boards.",
        "benefits": "Less waiting.",
        "risks": "None.",
        "arms": ["As before.", "New."],
        "data": ["Your uses."],
    },
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


@dataclass
class Person:
    """A person calling the gateway about one pilot."""

    demo: Demo
    bearer: str
    pilot: str

    async def request(self, method: str, path: str, body: Any = None, *, at: str = "") -> Any:
        """The status, the JSON body and the ETag."""
        headers = {"authorization": f"Bearer {self.bearer}"} | ({"if-match": at} if at else {})
        url = f"{self.demo.address}{path}"
        async with self.demo.client.request(method, url, json=body, headers=headers) as answer:
            return answer.status, await answer.json(), answer.headers.get("etag")

    async def do(self, method: str, path: str, body: Any = None) -> Any:
        """Read the pilot, then change it; the change must succeed."""
        _, _, etag = await self.request("GET", f"/pilotes/v1/pilots/{self.pilot}")
        status, body, _ = await self.request(
            method, f"/pilotes/v1/pilots/{self.pilot}{path}", body, at=etag
        )
        assert status < 300, (path, body)
        return body

    async def subject(self) -> str:
        _, body, _ = await self.request("GET", "/pilotes/v1/me")
        return str(body["subject"])


@dataclass
class ReceivedEvents:
    """The pilot's events and its usage, received from the bus."""

    id: str
    pilot: PilotV1 | None = None
    served: list[tuple[str, str | None]] = field(default_factory=list)

    def follow(self, batch: Sequence[Received[PilotV1]]) -> None:
        for received in batch:
            if received.key == self.id:
                self.pilot = received.data

    async def count(self, received: Received[RequestServedV2]) -> None:
        if received.data is not None:
            lines = (each for each in received.data.in_pilots if each.pilot_id == self.id)
            self.served += [(each.arm, each.pseudonym) for each in lines]


async def listen(bus: Bus, received: ReceivedEvents) -> list[asyncio.Task[None]]:
    """From now on, until the tasks are cancelled."""
    table = bus.follow(PilotV1, into=received.follow)
    served = bus.consume(RequestServedV2, group=f"test.{received.id}", handle=received.count)
    return [asyncio.create_task(table.run()), asyncio.create_task(served)]


async def bring_to_its_trial(coordinator: Person, holder: Person, judge: Person) -> None:
    """Every gate with its evidence; the last one first refused, with what it lacks."""
    sheet = SHEET | {"id": coordinator.pilot}
    status, body, _ = await coordinator.request("POST", "/pilotes/v1/pilots", sheet)
    assert status == 201, body
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
    address = f"/pilotes/v1/pilots/{coordinator.pilot}"
    _, _, etag = await coordinator.request("GET", address)
    status, body, _ = await coordinator.request(
        "POST", f"{address}/stage", {"to": "trial"}, at=etag
    )
    assert status == 409
    missing = {each["evidence"] for each in body["missing"]}
    assert {"crnum_opinion", "smallest_effects", "information_notice"} <= missing
    await holder.do("POST", "/notices", NOTICE)
    opinion = {"opinion": "reserved", "motives": "Prévenir aussi par affiche."}
    await judge.do("POST", "/opinion", opinion)
    await holder.do("POST", "/effects")
    # Nobody may have watched a board of this demo yet.
    body = await coordinator.do("POST", "/stage", {"to": "trial", "reason": "Le service ouvre."})
    assert (body["stage"], body["state"]) == ("trial", "running")
