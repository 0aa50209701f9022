"""Random sequences of changes: what is visible equals what a slow reference allows, in each of two
processes, whose open records the other's changes withdraw."""

import os
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from fhir_world import FhirWorld, open_world
from record_access.reference import Json, Person, State, is_visible, records_of

from socle.clock import ManualClock
from socle.testing import ServeApp, sized

SEED = int(os.environ.get("REGIONLAB_ACCESS_SEED", "20260302"))
STEPS = int(os.environ.get("REGIONLAB_ACCESS_STEPS", sized(25, deep=400)))
PATIENTS = ("a", "b", "c")
PEOPLE = (
    Person("camille", frozenset({"Practitioner/camille", "Organization/cabinet"})),
    Person("ines", frozenset({"Practitioner/ines", "Organization/centre"})),
    Person("nora", frozenset({"Practitioner/nora", "Organization/cabinet"})),
)
MEMBERS = ("Practitioner/camille", "Practitioner/ines", "Organization/cabinet", "Patient/a")
V3 = "http://terminology.hl7.org/CodeSystem/"
COUNT_ALL = "_count=200&_total=accurate"


def by(person: Person) -> dict[str, Any]:
    references = {each.partition("/")[0]: each for each in person.references}
    return {
        "role": "professional",
        "scope": "user/*.cruds",
        "account": person.account,
        "fhir_user": references["Practitioner"],
        "organisation": references["Organization"].partition("/")[2],
    }


class Changes:
    """Random changes, of the servers and of the reference. `servers`: of one database."""

    def __init__(self, servers: Sequence[FhirWorld], clock: ManualClock) -> None:
        self.servers, self.clock, self.random, self.state = servers, clock, Random(SEED), State()
        self.places = Random(SEED)

    @property
    def fhir(self) -> FhirWorld:
        """One of the servers."""
        return self.places.choice(self.servers)

    async def put(self, resource: Json, author: Person | None = None) -> bool:
        local = f"{resource['resourceType']}/{resource['id']}"
        options = {} if author is None else by(author)
        answer = await self.fhir.send("PUT", f"/{local}", resource, **options)
        if answer.status in (200, 201):
            is_new = answer.status == 201
            self.state.resources[local] = resource
            if is_new and author is not None:
                self.state.authors[local] = author.account
            return True
        assert answer.status in (403, 404), answer.body
        return False

    async def step(self) -> None:
        change = self.random.choice(
            (
                self.team,
                self.consent,
                self.consent,
                self.note,
                self.note,
                self.emergency,
                self.delete,
                self.time,
                self.message,
            )
        )
        await change()

    def period(self) -> Json:
        days = sorted(self.random.sample(range(1, 12), 2))
        kind = self.random.random()
        if kind < 0.6:
            return {}
        start, end = (f"2026-01-{day:02}" for day in days)
        return {"period": {"start": start} if kind < 0.7 else {"start": start, "end": end}}

    async def team(self) -> None:
        names = self.random.sample(MEMBERS, 2)
        participants = [{"member": {"reference": each}} | self.period() for each in names]
        number, patient = self.random.choice("12"), self.random.choice(PATIENTS)
        status = self.random.choice(("active", "active", "inactive"))
        await self.put(
            {
                "resourceType": "CareTeam",
                "id": f"team{number}",
                "status": status,
                "subject": {"reference": f"Patient/{patient}"},
                "participant": participants,
            }
            | self.period()
        )

    async def consent(self) -> None:
        provision = self.provision(0)
        root = self.random.choice(("deny", "permit", None))
        provision = (
            {**provision, "type": root}
            if root
            else {name: value for name, value in provision.items() if name != "type"}
        )
        scope = {"coding": [{"system": f"{V3}consentscope", "code": "patient-privacy"}]}
        patient = self.random.choice(PATIENTS)
        found = {
            "resourceType": "Consent",
            "id": f"consent-{patient}-{self.random.choice('12')}",
            "status": self.random.choice(("active", "active", "inactive")),
            "scope": scope,
            "category": [{"text": "x"}],
            "patient": {"reference": f"Patient/{patient}"},
            "policyRule": {"text": "x"},
        }
        await self.put(found | ({"provision": provision} if provision else {}))

    def provision(self, depth: int) -> Json:
        random = self.random
        found: Json = {"type": random.choice(("deny", "permit"))} | self.period()
        if random.random() < 0.5:
            role = {"text": "x"}
            names = random.sample(
                ("Practitioner/ines", "Organization/cabinet", "Practitioner/nora"), 1
            )
            found["actor"] = [{"role": role, "reference": {"reference": each}} for each in names]
        match random.randrange(8):
            case 0:
                resource_type = random.choice(("Observation", "Patient", "Communication"))
                system = "http://hl7.org/fhir/resource-types"
                found["class"] = [{"system": system, "code": resource_type}]
            case 1:
                coding = {"system": "urn:c", "code": random.choice("xy")}
                found["code"] = [{"coding": [coding]}]
            case 2:
                label = random.choice("NRV")
                found["securityLabel"] = [{"system": f"{V3}v3-Confidentiality", "code": label}]
            case 3:
                local = f"Observation/n{random.randrange(8)}"
                found["data"] = [{"meaning": "instance", "reference": {"reference": local}}]
            case 4:
                purpose = random.choice(("TREAT", "HRESCH", "BTG"))
                found["purpose"] = [{"system": f"{V3}v3-ActReason", "code": purpose}]
        if depth < 2 and random.random() < 0.5:
            found["provision"] = [self.provision(depth + 1) for _ in range(random.randint(1, 2))]
        return found

    async def note(self) -> None:
        label = self.random.choice((None, None, "V", "MASQUE_PS", "R"))
        resource: Json = {
            "resourceType": "Observation",
            "id": f"n{self.random.randrange(8)}",
            "status": "final",
            "code": {"coding": [{"system": "urn:c", "code": self.random.choice("xy")}]},
        }
        if label is not None:
            system = f"{V3}v3-Confidentiality" if len(label) == 1 else "urn:a07"
            resource["meta"] = {"security": [{"system": system, "code": label}]}
        if self.random.random() < 0.85:
            resource["subject"] = {"reference": f"Patient/{self.random.choice(PATIENTS)}"}
        author = self.random.choice((None, *PEOPLE))
        local = f"Observation/{resource['id']}"
        before = self.state.resources.get(local)
        written = await self.put(resource, author)
        if author is not None and before is not None and not is_visible(self.state, author, before):
            assert not written

    async def message(self) -> None:
        """A resource in two records."""
        one, other = self.random.sample(PATIENTS, 2)
        await self.put(
            {
                "resourceType": "Communication",
                "id": f"m{self.random.randrange(3)}",
                "status": "completed",
                "subject": {"reference": f"Patient/{one}"},
                "recipient": [{"reference": f"Patient/{other}"}],
            }
        )

    async def emergency(self) -> None:
        person, patient = self.random.choice(PEOPLE), self.random.choice(PATIENTS)
        reason = {"name": "reason", "valueString": "motif de plus de dix lettres"}
        body = {"resourceType": "Parameters", "parameter": [reason]}
        path = f"/Patient/{patient}/$emergency-access"
        answer = await self.fhir.send("POST", path, body, **by(person))
        if answer.status == 200:
            self.state.emergencies.append((person.account, patient, self.state.now + 1))
            parts = {each["name"]: each for each in answer.json["parameter"]}
            local = parts["communication"]["valueReference"]["reference"]
            self.state.resources[local] = (await self.fhir.send("GET", f"/{local}")).json
        else:
            assert answer.status in (404, 429), answer.body

    async def delete(self) -> None:
        removable = [e for e in self.state.resources if not e.startswith("Patient/")]
        if removable:
            local = self.random.choice(sorted(removable))
            del self.state.resources[local]
            self.state.authors.pop(local, None)
            assert (await self.fhir.send("DELETE", f"/{local}")).status < 300

    async def time(self) -> None:
        self.state.hour += self.random.choice((1, 2, 23))
        self.state.day, self.state.hour = (
            self.state.day + self.state.hour // 24,
            self.state.hour % 24,
        )
        hours = self.state.now - 24
        begins = datetime(2026, 1, 1, tzinfo=UTC).timestamp() + hours * 3600
        self.clock.advance(begins - self.clock.now().timestamp())

    async def check(self) -> None:
        for person in PEOPLE:
            allowed = {
                local
                for local, each in self.state.resources.items()
                if is_visible(self.state, person, each)
            }
            for resource_type in ("Observation", "Patient", "Communication"):
                await self.check_type(person, resource_type, allowed)

    async def check_type(self, person: Person, resource_type: str, allowed: set[str]) -> None:
        """Searches, totals, reads, chains, `_has` and histories of one person agree."""
        expected = {each for each in allowed if each.startswith(f"{resource_type}/")}
        answer = await self.fhir.send("GET", f"/{resource_type}?{COUNT_ALL}", **by(person))
        bundle = answer.json
        found = {f"{resource_type}/{each['resource']['id']}" for each in bundle.get("entry", ())}
        assert (found, bundle["total"]) == (expected, len(expected)), (person, resource_type)
        await self.check_named(person, resource_type, allowed)
        stored = sorted(e for e in self.state.resources if e.startswith(f"{resource_type}/"))
        for local in self.random.sample(stored, min(2, len(stored))):
            for path in (local, f"{local}/_history/1", f"{local}/_history"):
                status = (await self.fhir.send("GET", f"/{path}", **by(person))).status
                if local not in expected or path == local:
                    assert (status == 200) == (local in expected), (person, path, status)
        if resource_type == "Patient":
            has = f"/Patient?_has:Observation:patient:code=x&{COUNT_ALL}"
            bundle = (await self.fhir.send("GET", has, **by(person))).json
            notes = [
                self.state.resources[each] for each in allowed if each.startswith("Observation")
            ]
            with_note = {
                f"Patient/{patient}"
                for each in notes
                if each["code"]["coding"][0]["code"] == "x"
                for patient in records_of(each)
            }
            named = {f"Patient/{each['resource']['id']}" for each in bundle.get("entry", ())}
            assert (named, bundle["total"]) == (with_note & expected, len(with_note & expected))
        if resource_type == "Observation":
            path = (
                "/Observation?patient.active:missing=true&_include=Observation:patient&_count=200"
            )
            bundle = (await self.fhir.send("GET", path, **by(person))).json
            places = [each["resource"] for each in bundle.get("entry", ())]
            included = {f"Patient/{e['id']}" for e in places if e["resourceType"] == "Patient"}
            assert included <= allowed, (person, included - allowed)

    async def check_named(self, person: Person, resource_type: str, allowed: set[str]) -> None:
        """A search that names a patient finds what is visible of what refers to them."""
        patient = self.random.choice(PATIENTS)
        named = f"Patient/{patient}"
        by_patient = "_id" if resource_type == "Patient" else "patient"
        path = f"/{resource_type}?{by_patient}={patient}&{COUNT_ALL}"
        answer = (await self.fhir.send("GET", path, **by(person))).json
        found = {f"{resource_type}/{each['resource']['id']}" for each in answer.get("entry", ())}
        expected = {
            local
            for local in allowed
            if local.startswith(f"{resource_type}/")
            and (
                local == named
                or self.state.resources[local].get("subject", {}).get("reference") == named
            )
        }
        assert (found, answer["total"]) == (expected, len(expected)), (person, path)


@pytest.mark.deep
async def test_what_is_visible_is_what_is_allowed(
    postgres_url: str, serve_app: ServeApp, tmp_path: Path
) -> None:
    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    async with AsyncExitStack() as stack:
        servers = [
            await open_world(
                postgres_url, serve_app, tmp_path, stack, clock=clock, emergency_accesses=1000
            )
            for _ in range(2)
        ]
        changes = Changes(servers, clock)
        await changes.put({"resourceType": "Patient", "id": "a"})
        await changes.put({"resourceType": "Patient", "id": "b"}, PEOPLE[0])
        await changes.put({"resourceType": "Patient", "id": "c"}, PEOPLE[1])
        for _ in range(STEPS):
            await changes.step()
            await changes.check()
