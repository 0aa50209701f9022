"""A running installation, and the people and programs that call it.

Callers of an installation that is no demo are a file:

    [program]                      # it writes the records: system/*.cruds
    token = "…"

    [nurse]
    token = "…"
    person = "Practitioner/1"
"""

import json
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import aiohttp
from record_access.attempts import Attempt
from record_access.planting import PROGRAM
from yarl import URL

from regionlab.launch.tokens import new_token

_TIME_LIMIT = aiohttp.ClientTimeout(total=60)
_NO_PERSON = "Practitioner/none"


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who sends requests."""

    token: str | None
    person: str = _NO_PERSON
    """The reference of the person."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One response. `headers`: names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Installation:
    """`url`: its FHIR base. `data`: the folder of a demo, for the key that no plan limits."""

    url: str
    data: Path
    callers: dict[str, Caller] = field(default_factory=dict)
    _client: aiohttp.ClientSession = field(init=False)

    async def __aenter__(self) -> Self:
        key = self.data / "gateway" / "maison.key"
        headers = {"x-api-key": key.read_text().strip()} if key.exists() else {}
        self._client = aiohttp.ClientSession(headers=headers, timeout=_TIME_LIMIT)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()

    def attackers(self) -> dict[str, Caller]:
        """The callers other than the program that writes the records."""
        return {name: each for name, each in self.callers.items() if name != PROGRAM}

    async def send(self, attempt: Attempt, caller: str) -> Answer:
        """Send one request in the name of a caller."""
        token = self.callers[caller].token
        headers = {"authorization": f"Bearer {token}"} if token else {}
        data = None
        if attempt.body is not None:
            headers["content-type"] = attempt.media
            is_text = isinstance(attempt.body, str)
            data = (attempt.body if is_text else json.dumps(attempt.body)).encode()
        url = URL(self.url + attempt.path, encoded=True)
        headers |= attempt.headers
        async with self._client.request(attempt.method, url, data=data, headers=headers) as answer:
            found = {name.lower(): value for name, value in answer.headers.items()}
            return Answer(answer.status, found, await answer.read())

    async def list_patients(self, number: int) -> list[str]:
        """The ids of some patients."""
        path = f"/Patient?_count={number}&_elements=id"
        bundle = json.loads((await self.send(Attempt("GET", path), PROGRAM)).body)
        return [each["resource"]["id"] for each in bundle.get("entry", ())][:number]


def read_callers(path: Path) -> dict[str, Caller]:
    """The callers of a file. Raises KeyError or TypeError for a malformed one."""
    return {name: Caller(**each) for name, each in tomllib.loads(path.read_text("utf-8")).items()}


def demo_callers(data: Path, victim: str) -> dict[str, Caller]:
    """The people and programs of a demo, in every role, with scopes that go as far as a mistake
    could. `victim`: the id of the patient whose record is closed."""
    camille, lucie = "Practitioner/899700000001", "Patient/demo-lucie"
    almost = "system/*.CRUDS system/* System/*.rs user/*.cruds patient/*.cruds system/*.sr"
    of = {
        PROGRAM: ("integrator", "", None, _NO_PERSON),
        "professional": ("professional", "", None, camille),
        "professional, of one patient": ("professional", "patient/*.cruds", victim, camille),
        "professional, narrowed": (
            "professional",
            f"user/*.rs?_id={victim} user/Observation.cruds",
            None,
            camille,
        ),
        "professional, as a program": ("professional", "system/*.cruds user/*.s", None, camille),
        "patient": ("patient", "", None, lucie),
        "patient, as a professional": ("patient", "user/*.cruds system/*.cruds", None, lucie),
        "program, almost right": ("integrator", almost, None, _NO_PERSON),
        "program, of another type": ("integrator", "system/Practitioner.cruds", None, _NO_PERSON),
        "traveller": ("traveller", "user/*.cruds patient/*.cruds", victim, _NO_PERSON),
        "coordinator": ("coordinator", "system/*.cruds", None, _NO_PERSON),
    }
    found = {
        name: Caller(new_token(data, role, scope, patient), person)
        for name, (role, scope, patient, person) in of.items()
    }
    return found | {"anonymous": Caller(None), "false token": Caller("e30.e30.e30")}
