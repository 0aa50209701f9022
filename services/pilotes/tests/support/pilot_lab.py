"""The record over HTTP on its own database, with requests as the gateway sends them, signed with
the caller's identity. And one pilot, as its team writes it."""

import base64
import json
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from joserfc import jwt
from joserfc.jwk import ECKey

from pilotes.record.adapters.decision_signing import DecisionSigner
from pilotes.record.flows.desk import Desk
from pilotes.settings import PilotesSettings
from pilotes.wiring.app import make_api
from pilotes.wiring.feedback import trial_pages, trial_routers
from pilotes.wiring.lab import coordinator_pages
from pilotes.wiring.messages import message_pages, wire_messages
from pilotes.wiring.pages import make_pages
from pilotes.wiring.people import people_pages, people_routers, wire_people
from pilotes.wiring.record import record_routers, wire_desk
from pilotes.wiring.resources import NAME
from pilotes.wiring.results import figure_routers, public_pages
from socle.auth import (
    ALGORITHM,
    ISSUER,
    TOKEN_HEADER,
    Caller,
    CallerVerification,
    GatewayKeys,
    SigningKeys,
    Verifier,
)
from socle.clock import ManualClock, SystemClock
from socle.postgres import Pool, open_pool
from socle.testing import ServeApp

GATEWAY_KEY = ECKey.generate_key("P-256")
KEYS = SigningKeys({"first": ECKey.generate_key("P-256")})
PUBLIC = "https://lab.example"
SALT_KEY = "a key that seals the salts of tests"
PUSH_KEY = base64.urlsafe_b64encode(bytes([1] * 32)).decode()

COORDINATOR = ("coordinator", "sacha")
OTHER_COORDINATOR = ("coordinator", "alix")
HOLDER = ("professional", "porteuse")
JUDGE = ("professional", "membre-crnum")
PARTNER = ("integrator", "partenaire")
SOMEBODY = ("traveller", "marc")
PARTICIPANT = ("traveller", "lucie")
"""Takes part where a test has them do so."""
ANONYMOUS = ("anonymous", "")

PILOT = {
    "id": "alertes",
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
PROTOCOL: dict[str, Any] = {
    "arms": [
        {"name": "habituel", "label": "Comme d'habitude", "weight": 5000},
        {"name": "prevenu", "label": "Prévenu avant", "weight": 5000},
    ],
    "control": "habituel",
    "routes": ["/mobilite/v1/stops/{stop_id}/departures"],
    "eligibility": "Toute personne majeure qui prend le tram.",
    "rules": {"minimum_age": 18},
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
            "target": 0.65,
            "window_days": 14,
        },
        {
            "id": "confort",
            "label": "Facilité d'usage",
            "kind": "score",
            "source": "survey:sortie:sus",
            "direction": "up",
            "role": "secondary",
            "window_days": 28,
        },
    ],
    "stopping_rule": "Un incident grave, ou un garde-fou franchi.",
    "starts_at": "2026-01-05T00:00:00Z",
    "ends_at": "2026-06-30T00:00:00Z",
}
SURVEY = {"title": "À la sortie", "sus": True, "after_days": [28]}
"""The questionnaire that the protocol counts."""


def reading_draft(language: str, *, arms: int = 2, data: int = 1) -> dict[str, Any]:
    """Another reading of the notice, with as many arms and data as the record has."""
    easy = language == "fr"
    return {
        "title": "Être prévenu" if easy else "To be warned",
        "summary": "Nous vous prévenons." if easy else "We warn you.",
        "asked": "Regardez vos horaires." if easy else "Look at your boards.",
        "benefits": "Vous attendez moins." if easy else "You wait less.",
        "risks": "Il n'y en a pas." if easy else "There is none.",
        "arms": [f"Choix {at}" if easy else f"Choice {at}" for at in range(arms)],
        "data": [f"Usage {at}" if easy else f"Use {at}" for at in range(data)],
    }


NOTICE: dict[str, Any] = {
    "version": "2026-02-20",
    "asked": "Consultez vos horaires comme d'habitude.",
    "benefits": "Peut-être moins d'attente à l'arrêt.",
    "risks": "Aucun que nous connaissions.",
    "storage": "France, chez un hébergeur de la Région",
    "easy": reading_draft("fr"),
    "english": reading_draft("en"),
}


@dataclass(slots=True)
class Answer:
    """A response."""

    status: int
    headers: Any
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def detail(self) -> str:
        """The sentence of a problem."""
        return str(self.json["detail"])

    @property
    def missing(self) -> list[str]:
        """The requirements that a refused gate names, for programs."""
        return [each["evidence"] for each in self.json["missing"]]


@dataclass(slots=True)
class Lab:
    """The service, its pool, and a client."""

    address: str
    pool: Pool
    client: aiohttp.ClientSession
    desk: Desk
    signer: DecisionSigner
    clock: ManualClock
    tokens: dict[tuple[str, str], str] = field(default_factory=dict)

    async def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        who: tuple[str, str] = COORDINATOR,
        at: int | str | None = None,
    ) -> Answer:
        """Send a request to /pilotes/v1 + path. `at`: the revision that was read, or a raw
        If-Match."""
        headers = {TOKEN_HEADER.decode(): self.token(who)}
        if at is not None:
            headers["if-match"] = at if isinstance(at, str) else f'"{at}"'
        url = f"{self.address}/pilotes/v1{path}"
        async with self.client.request(method, url, json=body, headers=headers) as answer:
            return Answer(answer.status, answer.headers, await answer.read())

    async def revision(self, pilot: str = "alertes") -> int:
        """The revision in force."""
        return int((await self.request("GET", f"/pilots/{pilot}")).json["revision"])

    async def change(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        who: tuple[str, str] = COORDINATOR,
        pilot: str = "alertes",
    ) -> Answer:
        """Change a pilot at its current revision; it must succeed. `path`: under its address."""
        now = await self.revision(pilot)
        answer = await self.request(method, f"/pilots/{pilot}{path}", body, who=who, at=now)
        assert answer.status < 300, answer.body
        return answer

    async def request_stage(self, to: str, reason: str = "", *, pilot: str = "alertes") -> Answer:
        """Request a stage, as a coordinator who reads first."""
        now = await self.revision(pilot)
        return await self.request(
            "POST", f"/pilots/{pilot}/stage", {"to": to, "reason": reason}, at=now
        )

    async def create_pilot(self, pilot: str = "alertes") -> None:
        """A pilot with its members."""
        answer = await self.request("POST", "/pilots", PILOT | {"id": pilot})
        assert answer.status == 201, answer.body
        for (_, subject), role in (
            (HOLDER, "project_holder"),
            (JUDGE, "crnum_member"),
            (PARTNER, "partner"),
        ):
            member = {"role": role, "name": subject.capitalize()}
            await self.change("PUT", f"/members/{subject}", member, pilot=pilot)

    async def reach_stage(
        self,
        stage: str,
        pilot: str = "alertes",
        *,
        protocol: dict[str, Any] = PROTOCOL,
        survey: dict[str, Any] = SURVEY,
    ) -> None:
        """A pilot with everything that leads to that stage."""
        await self.create_pilot(pilot)
        for name, work in self.steps_by_stage(protocol, survey):
            if name == stage:
                return
            for method, path, body, who in work:
                await self.change(method, path, body, who=who, pilot=pilot)

    def steps_by_stage(
        self, protocol: dict[str, Any] = PROTOCOL, survey: dict[str, Any] = SURVEY
    ) -> list[tuple[str, list[tuple[str, str, Any, tuple[str, str]]]]]:
        """By stage, what is given and the step that follows."""

        def paper(kind: str) -> tuple[str, str, Any, tuple[str, str]]:
            return "POST", "/evidence", {"kind": kind, "reference": f"GED/{kind}"}, HOLDER

        def step(to: str) -> tuple[str, str, Any, tuple[str, str]]:
            return "POST", "/stage", {"to": to}, COORDINATOR

        opinion = {"opinion": "favorable", "motives": "Utile et prudent."}
        return [
            ("idea", [step("codesign")]),
            ("codesign", [paper("codesign_report"), ("PUT", "/protocol", protocol, HOLDER),
                          step("ready")]),
            ("ready", [paper("impact_assessment"),
                       ("POST", "/protocol/freeze", None, COORDINATOR),
                       ("PUT", "/surveys/sortie", survey, HOLDER),
                       ("POST", "/notices", NOTICE, HOLDER), step("opinion")]),
            ("opinion", [("POST", "/opinion", opinion, JUDGE),
                         ("POST", "/effects", None, HOLDER), step("trial")]),
            ("trial", [step("evaluation")]),
            ("evaluation", [paper("evaluation_report"), paper("generalisation_plan"),
                            step("generalise")]),
            ("generalise", [paper("adoption_follow_up"), step("closed")]),
            ("closed", []),
        ]  # fmt: skip

    async def amend(
        self, protocol: dict[str, Any], notice_version: str, *, processing: Any = None
    ) -> None:
        """A substantial amendment, from its proposal to the notice that puts it in force."""
        body = {"protocol": protocol, "reason": "Il faut davantage.", "processing": processing}
        await self.change("POST", "/protocol/amendments", body)
        opinion = {"opinion": "favorable", "motives": "Toujours utile."}
        await self.change("POST", "/opinion", opinion, who=JUDGE)
        await self.change("POST", "/effects", who=HOLDER)
        arms = len(protocol["arms"])
        data = len((processing or PILOT["processing"])["data"])
        draft = NOTICE | {
            "version": notice_version,
            "easy": reading_draft("fr", arms=arms, data=data),
            "english": reading_draft("en", arms=arms, data=data),
        }
        await self.change("POST", "/notices", draft, who=HOLDER)

    async def pilot_events(self, pilot: str = "alertes") -> list[dict[str, Any] | None]:
        """The announcements in the outbox for the gateway, in order; None: a tombstone."""
        rows = await self.pool.fetch(
            "SELECT value FROM outbox WHERE topic = 'pilotes.pilot.v1' AND key = $1 ORDER BY id",
            pilot,
        )
        return [json.loads(row["value"]) if row["value"] else None for row in rows]

    def token(self, who: tuple[str, str]) -> str:
        if who not in self.tokens:
            caller = Caller(*who, frozenset(), None, None, None, "house", {})
            now = int(time.time())
            claims = caller.claims() | {
                "iss": ISSUER,
                "aud": NAME,
                "nbf": now - 5,
                "exp": now + 3600,
            }
            self.tokens[who] = jwt.encode({"alg": ALGORITHM, "kid": "t"}, claims, GATEWAY_KEY)
        return self.tokens[who]


async def open_lab(
    url: str,
    serve: ServeApp,
    folder: Path,
    stack: AsyncExitStack,
    clock: ManualClock,
    *,
    push_services: str | None = None,
) -> Lab:
    """Start a lab on that database. `push_services`: as in `PilotesSettings`."""
    pool = await stack.enter_async_context(open_pool(url, application_name=NAME))
    # The services send what `PROTOCOL` counts.
    await pool.execute("INSERT INTO seen_fact VALUES ('board-watched', 'infinity')")
    client = await stack.enter_async_context(aiohttp.ClientSession())
    jwks = folder / "door.json"
    jwks.write_text(json.dumps({"keys": [GATEWAY_KEY.as_dict(private=False) | {"kid": "t"}]}))
    verifier = Verifier(GatewayKeys(str(jwks), client, SystemClock()), audiences={NAME})
    settings = PilotesSettings(
        postgres=url,
        key=SALT_KEY,
        signing_keys=folder / "keys.json",
        public=PUBLIC,
        smtp_host="mail.example",
        smtp_from="lab@example.org",
        push_key=PUSH_KEY,
        push_contact="mailto:lab@example.org",
        push_services=push_services,
    )
    desk, signer = wire_desk(pool, KEYS, settings, clock)
    people = wire_people(pool, settings, clock, signer)
    pages = make_pages(PUBLIC)
    routers = (
        *record_routers(desk, signer, KEYS),
        *people_routers(desk, people, pages),
        *trial_routers(pool, desk, people),
        *figure_routers(pool, desk, pages, read=signer.read, public=PUBLIC),
    )
    page_routers = (
        *people_pages(people, pages),
        *trial_pages(pool, desk, people, pages, read=signer.read),
        *public_pages(pool, desk, pages, read=signer.read),
        *message_pages(desk, people, wire_messages(pool, settings, clock), pages),
        *coordinator_pages(
            pool, desk, people, pages, read=signer.read, session=client, gateway=None
        ),
    )
    app = make_api(routers, page_routers, pages, clock=clock)
    address = await serve(CallerVerification(app, verifier))
    return Lab(address, pool, client, desk, signer, clock)
