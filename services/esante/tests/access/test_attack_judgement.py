"""The attack finds what a server reveals of a closed record, also where a patient reads of their
own requests and their own record, which grow meanwhile. The server here only imitates one."""

import base64
import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from record_access.attack import Attack
from record_access.attempts import Attempt
from record_access.own_requests import OwnRequests
from record_access.planting import PROGRAM, Planting

LUCIE = "Patient/lucie"
BASE = "https://region.example.org/fhir"
EVERYTHING = "?_lastUpdated=gt2000&_total=accurate"
PAGE = 3


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def audit_event(number: int, *references: str, query: str = "", who: str = LUCIE) -> Any:
    entities: list[Any] = [{"what": {"reference": each}} for each in references]
    if query:
        entities.append({"query": base64.b64encode(query.encode()).decode()})
    agents = [{"who": {"display": "app"}}, {"who": {"reference": who}, "requestor": True}]
    return {"resourceType": "AuditEvent", "id": f"e{number}", "agent": agents, "entity": entities}


@dataclass
class Server:
    """Every request is an AuditEvent, each third one a measure in the record of Lucie, written
    later, together. `leaks`: what it reveals of the record that is written."""

    leaks: str = ""
    planted: int = 0
    waiting: list[Any] = field(default_factory=list)
    record: list[Any] = field(default_factory=list)
    """Of Lucie, the newest first."""
    sent: int = 0

    async def send(self, attempt: Attempt, caller: str) -> Answer:
        if caller == PROGRAM:
            return self.by_program(attempt)
        self.sent += 1
        path, _, query = attempt.path.partition("?")
        parts = path.strip("/").split("/")
        if len(parts) == 3 and parts[0] == "Patient" and parts[2] == "*":
            answer = self.compartment(parts[1], query)
        elif attempt.path == f"/{EVERYTHING}":
            leaked = self.planted if self.leaks == "total" else 0
            answer = self.page(
                self.record[:PAGE], EVERYTHING, total=100 + len(self.record) + leaked
            )
        else:
            answer = Answer(404, b"{}")
        names = [f"Patient/{parts[1]}"] if len(parts) > 1 else []
        measure = {"resourceType": "Observation", "id": f"o{self.sent}"}
        self.waiting += [audit_event(self.sent, *names), *([measure] if self.sent % 3 == 0 else [])]
        if self.sent % 7 == 0:
            self.record[:0], self.waiting = reversed(self.waiting), []
        return answer

    def by_program(self, attempt: Attempt) -> Answer:
        path, _, query = attempt.path.partition("?")
        if path == "/metadata":
            return Answer(200, json.dumps({"rest": [{"resource": []}]}).encode())
        if attempt.method == "POST":
            self.planted += 1
        if path == f"/{LUCIE}/*":
            return self.page([], path, total=len(self.record))
        if path.startswith(f"/{LUCIE}/"):
            found = [each for each in self.record if query.startswith(f"_id={each['id']}&")]
            return self.page(found, path)
        return Answer(200, b"{}", {"etag": 'W/"1"'})

    def compartment(self, patient: str, query: str) -> Answer:
        """The pages of a closed record: the AuditEvents of what Lucie has requested of it."""
        found = [each for each in self.record if f"Patient/{patient}" in json.dumps(each)]
        if patient.startswith("v"):
            found += {
                "event": [audit_event(0, f"Patient/{patient}", who="Practitioner/1")],
                "version": [audit_event(0, f"Patient/{patient}/_history/1")],
                "query": [audit_event(0, f"Patient/{patient}", query="Patient?name=unknown")],
                "resource": [{"resourceType": "Observation", "id": patient}],
            }.get(self.leaks, [])
        start = int(query.removeprefix("_cursor=") or 0)
        following = start + PAGE if len(found) > start + PAGE else None
        return self.page(found[start : start + PAGE], f"Patient/{patient}/*", following)

    @staticmethod
    def page(
        found: Any, path: str, following: int | None = None, total: int | None = None
    ) -> Answer:
        bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset", "link": []}
        if following is not None:
            url = f"{BASE}/{path}?_cursor={following}"
            bundle["link"].append({"relation": "next", "url": url})
        if total is not None:
            bundle["total"] = total
        return Answer(
            200, json.dumps(bundle | {"entry": [{"resource": e} for e in found]}).encode()
        )


@pytest.mark.parametrize("leaks", ["", "total", "event", "version", "query", "resource"])
async def test_what_is_own_is_no_finding_and_everything_else_is(leaks: str) -> None:
    report = await Attack(Planting(Server(leaks)), {"patient": LUCIE}, share=1).run()
    found = {each.what for each in report.findings}
    if not leaks:
        assert not found
    elif leaks == "total":
        assert found == {"reveals that a record was written"}
    else:
        assert found == {"differs (200, of what is absent 200)"}


def test_an_own_request_has_no_other_person_and_nothing_unknown() -> None:
    own = OwnRequests(LUCIE)
    for attempt in (
        Attempt("GET", "/Observation?patient=v1&code=a%7Cb"),
        Attempt("POST", "/Patient/_search", "identifier=urn%3Ax%7Cy"),
        Attempt("GET", "/Task/v1/_history/2"),
    ):
        own.note(attempt, Answer(404, b""))
    location = {"location": f"{BASE}/Basic/7/_history/1"}
    own.note(Attempt("POST", "/Basic", {"resourceType": "Basic"}), Answer(201, b"{}", location))
    for event in (
        audit_event(1, "Patient/v1", query="Observation?patient=v1&code=a|b"),
        audit_event(1, query="Patient?identifier=urn%3Ax%7Cy"),
        audit_event(1, "Task/v1/_history/2", LUCIE),
        audit_event(1, "Basic/7/_history/1"),
    ):
        assert own.is_own(event), event
    both = audit_event(1, "Patient/v1")
    both["agent"].append({"who": {"reference": "Practitioner/1"}})
    named = audit_event(1, "Patient/v1")
    named["entity"][0]["name"] = "Lucie"
    for event in (
        both,
        named,
        audit_event(1, "Patient/v2"),
        audit_event(1, "Patient/v1/_history/1"),
        audit_event(1, query="Observation?patient=v1"),
        audit_event(1, who="Practitioner/1"),
        {"resourceType": "Observation", "id": "v1"},
    ):
        assert not own.is_own(event), event
