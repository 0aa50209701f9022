"""Traces are AuditEvents for those who have the right to them; nobody changes one."""

import base64
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from fhir.resources.R4B.auditevent import AuditEvent
from fhir_world import Answer, FhirWorld, open_world

from esante.traces.flows.render_audit_events import share_of_core
from socle.testing import ServeApp

MARC = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"text": "poids"},
    "subject": {"reference": "Patient/marc"},
}
ALERT = {
    "resourceType": "AuditEvent",
    "type": {"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "110112"},
    "recorded": "2026-01-01T08:00:00Z",
    "agent": [{"requestor": True, "who": {"display": "Logiciel"}, "altId": "camille"}],
    "source": {"observer": {"display": "Logiciel"}},
}

AUDITOR: dict[str, Any] = {
    "role": "integrator",
    "scope": "system/AuditEvent.rs",
    "account": "audit",
}


@pytest_asyncio.fixture
async def fhir(postgres_url: str, serve_app: ServeApp, tmp_path: Path) -> AsyncIterator[FhirWorld]:
    """A server that traces, with two records."""
    async with AsyncExitStack() as stack:
        world = await open_world(postgres_url, serve_app, tmp_path, stack, traces=tmp_path / "t")
        for name in ("lucie", "marc"):
            patient = {"resourceType": "Patient", "id": name, "name": [{"family": name}]}
            await world.send("PUT", f"/Patient/{name}", patient, account="import")
            await world.send("PUT", f"/CareTeam/{name}", circle(name), account="import")
        yield world


def circle(patient: str) -> dict[str, Any]:
    """The circle of a patient, with both professionals."""
    members = [{"member": {"reference": f"Practitioner/{each}"}} for each in ("camille", "ines")]
    return {
        "resourceType": "CareTeam",
        "id": patient,
        "status": "active",
        "subject": {"reference": f"Patient/{patient}"},
        "participant": members,
    }


def professional(name: str) -> dict[str, Any]:
    """The caller of that name."""
    return {
        "account": name,
        "role": "professional",
        "scope": "user/*.rs",
        "fhir_user": f"Practitioner/{name}",
    }


def events(answer: Answer) -> list[dict[str, Any]]:
    """The AuditEvents of a search."""
    assert answer.status == 200, answer.body
    return [each["resource"] for each in answer.json.get("entry", ())]


async def test_a_patient_sees_who_has_seen_their_record_and_nothing_of_others(
    fhir: FhirWorld,
) -> None:
    await fhir.create(MARC, account="import")
    await fhir.send("GET", "/Patient/lucie", **professional("camille"))
    await fhir.send("GET", "/Patient?family=lucie,marc", **professional("camille"))
    own: dict[str, Any] = {"role": "patient", "patient": "lucie", "scope": "patient/AuditEvent.rs"}
    found = events(await fhir.send("GET", "/AuditEvent?patient=lucie&altid=camille", **own))
    assert sorted(each["subtype"][0]["code"] for each in found) == ["read", "search-type"]
    assert "marc" not in str(found)
    for each in found:
        AuditEvent.model_validate(each)
    read = next(each for each in found if each["action"] == "R")
    assert [each["type"]["coding"][0]["code"] for each in read["agent"]] == [
        "110152",
        "110153",
        "IRCP",
    ]
    assert all("network" in each for each in read["agent"][:2])
    assert read["agent"][0]["name"] == "app"
    assert read["purposeOfEvent"][0]["coding"][0]["code"] == "TREAT"
    assert [each["what"]["reference"] for each in read["entity"]] == [
        "Patient/lucie/_history/1",
        "Patient/lucie",
    ]
    other = await fhir.send("GET", "/AuditEvent?patient=marc", **own)
    assert events(other) == []


async def test_a_professional_sees_their_own_and_an_auditor_all(fhir: FhirWorld) -> None:
    for name in ("camille", "ines"):
        await fhir.send("GET", "/Patient/lucie", **professional(name))
    mine = await fhir.send("GET", "/AuditEvent?patient=lucie", **professional("camille"))
    assert {each["agent"][2]["altId"] for each in events(mine)} == {"camille"}
    audited = events(await fhir.send("GET", "/AuditEvent?date=ge2020&_count=100", **AUDITOR))
    assert {each["agent"][2]["altId"] for each in audited} == {"import", "camille", "ines"}
    again = events(await fhir.send("GET", "/AuditEvent?date=ge2020&_count=100", **AUDITOR))
    assert len(again) == len(audited) + 1, "a search of traces is one trace"
    query = next(e for e in again if e["agent"][2]["altId"] == "audit")["entity"][0]["query"]
    assert base64.b64decode(query) == b"AuditEvent?date=ge2020&_count=100"


async def test_the_acceptance_of_an_invitation_is_in_the_record_of_the_patient(
    fhir: FhirWorld,
) -> None:
    person = {"resourceType": "RelatedPerson", "id": "paul", "name": [{"family": "Petit"}]}
    patient = {"reference": "Patient/lucie"}
    await fhir.send("PUT", "/RelatedPerson/paul", person | {"patient": patient}, account="import")
    made = await fhir.send(
        "POST", "/RelatedPerson/paul/$invite", {"resourceType": "Parameters"}, account="import"
    )
    code = next(each["valueString"] for each in made.json["parameter"] if each["name"] == "code")
    wrong = {"code": "0000-0000-0000-0000"}
    of_paul: dict[str, Any] = {"account": "paul", "patient": "marc"}
    assert (await fhir.carers("POST", "invitations", wrong, **of_paul)).status == 404
    assert (await fhir.carers("POST", "invitations", {"code": code}, **of_paul)).status == 200
    own: dict[str, Any] = {"role": "patient", "patient": "lucie", "scope": "patient/AuditEvent.rs"}
    (found,) = events(await fhir.send("GET", "/AuditEvent?patient=lucie&altid=paul", **own))
    AuditEvent.model_validate(found)
    subtype = found["subtype"][0]
    assert (subtype["display"], found["outcome"]) == ("$accept-invitation", "0")
    reference = {"reference": "RelatedPerson/paul", "display": "Petit"}
    assert (found["agent"][2]["who"], purpose_of(found)) == (reference, ("FAMRQT", None))
    whats = [each["what"]["reference"] for each in found["entity"]]
    assert whats == ["RelatedPerson/paul", "Patient/lucie"]
    audited = events(await fhir.send("GET", "/AuditEvent?altid=paul&_count=100", **AUDITOR))
    assert sorted(each["outcome"] for each in audited) == ["0", "4"]
    assert code not in str(audited)
    assert "Patient/marc" not in str(audited)


async def test_an_emergency_and_what_is_read_under_it_are_traced_as_such(fhir: FhirWorld) -> None:
    doctor = professional("other")
    await fhir.create(MARC | {"subject": {"reference": "Patient/lucie"}}, account="import")
    reason = "Patiente inconsciente, traitements inconnus"
    sent = {"resourceType": "Parameters", "parameter": [{"name": "reason", "valueString": reason}]}
    assert (await fhir.send("GET", "/Patient/lucie", **doctor)).status == 404
    opened = await fhir.send("POST", "/Patient/lucie/$emergency-access", sent, **doctor)
    assert opened.status == 200, opened.body
    assert (await fhir.send("GET", "/Patient/lucie", **doctor)).status == 200
    assert len((await fhir.send("GET", "/Observation?patient=lucie", **doctor)).json["entry"]) == 1
    await fhir.send("GET", "/Patient/lucie", **professional("camille"))
    own: dict[str, Any] = {"role": "patient", "patient": "lucie", "scope": "patient/AuditEvent.rs"}
    found = events(await fhir.send("GET", "/AuditEvent?patient=lucie&_sort=date", **own))
    why = [
        (each["agent"][2]["altId"], each["subtype"][0]["code"], purpose_of(each))
        for each in found
        if each["agent"][2]["altId"] in ("other", "camille")
    ]
    assert sorted(why) == [
        ("camille", "read", ("TREAT", None)),
        ("other", "110127", ("BTG", reason)),
        ("other", "read", ("BTG", reason)),
        ("other", "read", ("TREAT", None)),  # refused, before
        ("other", "search-type", ("BTG", reason)),
    ]
    for each in found:
        AuditEvent.model_validate(each)


async def test_the_reason_of_an_emergency_is_in_the_traces_of_its_record_alone(
    fhir: FhirWorld,
) -> None:
    doctor = professional("other")
    member = [{"member": {"reference": "Practitioner/other"}}]
    team = circle("marc") | {"id": "ward", "participant": member}
    await fhir.send("PUT", "/CareTeam/ward", team, account="import")
    for reason in ("Patiente inconsciente", "Transférée en réanimation"):
        given = [{"name": "reason", "valueString": reason}]
        sent = {"resourceType": "Parameters", "parameter": given}
        opened = await fhir.send("POST", "/Patient/lucie/$emergency-access", sent, **doctor)
        assert opened.status == 200, opened.body
    found = await fhir.send("GET", "/Patient?_sort=_id", **doctor)
    assert [each["id"] for each in events(found)] == ["lucie", "marc"]
    purposes = {}
    for name in ("lucie", "marc"):
        own: dict[str, Any] = {"role": "patient", "patient": name, "scope": "patient/*.rs"}
        query = f"/AuditEvent?patient={name}&altid=other&subtype=search-type"
        (event,) = events(await fhir.send("GET", query, **own))
        purposes[name] = purpose_of(event)
    assert purposes == {"lucie": ("BTG", "Transférée en réanimation"), "marc": ("TREAT", None)}
    query = "/AuditEvent?altid=other&subtype=search-type&date=ge2020"
    found = await fhir.send("GET", query, **AUDITOR)
    (together,) = (e for e in events(found) if not any("what" in o for o in e["entity"]))
    assert purpose_of(together) == ("BTG", None), "in nobody's record: without the words"


async def test_an_operation_names_each_patient_to_themselves_alone(fhir: FhirWorld) -> None:
    seen = {"performer": [{"reference": "Patient/lucie"}]}
    await fhir.create(MARC | seen, account="import")
    answer = await fhir.send("GET", "/Patient/marc/$everything", account="reader")
    assert b"Patient/lucie" in answer.body
    for name, others in (("lucie", "marc"), ("marc", "lucie")):
        own: dict[str, Any] = {"role": "patient", "patient": name, "scope": "patient/*.rs"}
        found = await fhir.send("GET", f"/AuditEvent?patient={name}&altid=reader", **own)
        (event,) = events(found)
        assert f"Patient/{name}" in str(event)
        assert f"Patient/{others}" not in str(event)


def purpose_of(event: dict[str, Any]) -> tuple[str, str | None]:
    """The code and the text of the purpose of use."""
    (purpose,) = event["purposeOfEvent"]
    assert event["agent"][2]["purposeOfUse"] == [purpose]
    return purpose["coding"][0]["code"], purpose.get("text")


async def test_requirements_of_the_french_guide(fhir: FhirWorld) -> None:
    """tde: create, read, and the search parameters."""
    made = await fhir.create(ALERT)
    read = await fhir.send("GET", f"/AuditEvent/{made.json['id']}", **AUDITOR)
    assert read.status == 200
    await fhir.send("GET", "/Patient/lucie", account="camille")
    for query in (
        "date=ge2026-01-01",
        "type=rest",
        "subtype=read",
        "agent-name=app",
        "altid=camille",
        "entity=Patient/lucie",
        "patient=lucie",
        "period-start=ge2020-01-01",
    ):
        found = events(await fhir.send("GET", f"/AuditEvent?{query}&_count=100", **AUDITOR))
        assert any(each["action"] == "R" for each in found if "action" in each), query


async def test_each_resource_of_a_transaction_is_found(fhir: FhirWorld) -> None:
    entry = {"resource": MARC, "request": {"method": "POST", "url": "Observation"}}
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry] * 3}
    answer = (await fhir.send("POST", "", bundle, account="device")).json
    own: dict[str, Any] = {"role": "patient", "patient": "marc", "scope": "patient/AuditEvent.rs"}
    for each in answer["entry"]:
        place = each["response"]["location"].partition("/_history")[0]
        query = f"/AuditEvent?entity={place}&altid=device"
        (event,) = events(await fhir.send("GET", query, **own))
        AuditEvent.model_validate(event)
        assert len(event["entity"]) == 4, "three resources and the patient"


async def test_no_one_changes_an_audit_event(fhir: FhirWorld) -> None:
    made = (await fhir.create(ALERT)).json
    place = f"/AuditEvent/{made['id']}"
    for method, body in (("PUT", made), ("PATCH", [{"op": "test"}]), ("DELETE", None)):
        refused = await fhir.send(method, place, body)
        assert (refused.status, "ne se modifie pas" in refused.diagnostics) == (405, True)
    entry = {"resource": made, "request": {"method": "PUT", "url": place[1:]}}
    for bundle_type in ("transaction", "batch"):
        bundle = {"resourceType": "Bundle", "type": bundle_type, "entry": [entry]}
        answer = await fhir.send("POST", "", bundle)
        assert b"ne se modifie pas" in answer.body
    assert (await fhir.send("GET", place, **AUDITOR)).json["meta"]["versionId"] == "1"
    tried = events(await fhir.send("GET", f"/AuditEvent?entity={place[1:]}", **AUDITOR))
    codes = {each["subtype"][0]["code"] for each in tried if each["outcome"] == "4"}
    assert {"update", "patch", "delete"} <= codes, "attempts are traced"


def test_the_more_traces_wait_the_more_of_a_core_makes_audit_events() -> None:
    shares = [share_of_core(waiting, 1.0) for waiting in (0, 5_000, 20_000, 40_000, 10**9)]
    assert shares == pytest.approx([0.1, 0.15, 0.3, 0.5, 0.5])


def test_the_less_a_process_works_the_more_of_a_core_makes_audit_events() -> None:
    shares = [share_of_core(0, busy) for busy in (0.0, 0.2, 0.4, 0.7, 1.5)]
    assert shares == pytest.approx([0.5, 0.3, 0.1, 0.1, 0.1])
    assert share_of_core(20_000, 0.4) == pytest.approx(0.3)


async def test_audit_events_of_traces_are_announced_while_a_subscription_selects_them(
    fhir: FhirWorld,
) -> None:
    announced = "SELECT count(*) FROM outbox WHERE key LIKE 'AuditEvent/%'"
    await fhir.send("GET", "/Patient/lucie", account="before")
    assert len(events(await fhir.send("GET", "/AuditEvent?altid=before", **AUDITOR))) == 1
    assert await fhir.pool.fetchval(announced) == 0
    subscription = {
        "resourceType": "Subscription",
        "status": "requested",
        "reason": "Accès au dossier",
        "end": "2999-01-01T00:00:00Z",
        "criteria": "AuditEvent?altid=after",
        "channel": {"type": "rest-hook", "endpoint": "https://abonne.exemple.org/recu"},
    }
    made = await fhir.create(subscription, account="before")
    assert made.status == 201, made.body
    await fhir.send("GET", "/Patient/lucie", account="after")
    (event,) = events(await fhir.send("GET", "/AuditEvent?altid=after", **AUDITOR))
    keys = await fhir.pool.fetch("SELECT key FROM outbox WHERE key LIKE 'AuditEvent/%'")
    assert f"AuditEvent/{event['id']}" in {each["key"] for each in keys}
