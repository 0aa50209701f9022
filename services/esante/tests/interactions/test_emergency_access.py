"""Emergency access: an hour, a reason, the circle is notified, and nothing else is disclosed."""

from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fhir_world import Answer, FhirWorld, open_world

from socle.clock import ManualClock
from socle.testing import ServeApp

DOCTOR: dict[str, Any] = {
    "role": "professional",
    "scope": "user/*.cruds",
    "account": "doctor",
    "fhir_user": "Practitioner/doctor",
}
LUCIE: dict[str, Any] = {"role": "patient", "scope": "patient/*.rs", "patient": "lucie"}
REASON = "Patiente inconsciente, traitements inconnus"
INS = "urn:oid:1.2.250.1.213.1.4.10"
V3 = "http://terminology.hl7.org/CodeSystem/v3-ActReason"


def parameters(**values: str) -> Any:
    found = [{"name": name, "valueString": value} for name, value in values.items()]
    return {"resourceType": "Parameters", "parameter": found}


async def open_record(fhir: FhirWorld, path: str = "/lucie", **options: Any) -> Answer:
    by = {**DOCTOR, **options.pop("by", {})}
    sent = parameters(**({"reason": REASON} | options))
    return await fhir.send("POST", f"/Patient{path}/$emergency-access", sent, **by)


async def populate(fhir: FhirWorld) -> None:
    coded = {"system": "http://loinc.org", "code": "1-1"}
    note = {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "code": {"coding": [coded]},
        "subject": {"reference": "Patient/lucie"},
    }
    very = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "V"}
    team = {
        "resourceType": "CareTeam",
        "id": "circle",
        "status": "active",
        "subject": {"reference": "Patient/lucie"},
        "participant": [{"member": {"reference": "Practitioner/x"}}],
    }
    identifier = [{"system": INS, "value": "279035121518989"}]
    patient = {"resourceType": "Patient", "id": "lucie", "name": [{"family": "Exemple"}]}
    for each in (
        patient | {"identifier": identifier},
        note,
        note | {"id": "masked", "meta": {"security": [very]}},
        team,
    ):
        answer = await fhir.send("PUT", f"/{each['resourceType']}/{each['id']}", each)
        assert answer.status == 201, answer.body


async def refuse_emergencies(fhir: FhirWorld) -> None:
    scope = "http://terminology.hl7.org/CodeSystem/consentscope"
    consent = {
        "resourceType": "Consent",
        "id": "no",
        "status": "active",
        "scope": {"coding": [{"system": scope, "code": "patient-privacy"}]},
        "category": [{"text": "accès"}],
        "patient": {"reference": "Patient/lucie"},
        "policyRule": {"text": "x"},
        "provision": {"type": "deny", "purpose": [{"system": V3, "code": "BTG"}]},
    }
    assert (await fhir.send("PUT", "/Consent/no", consent)).status == 201


async def status(fhir: FhirWorld, path: str = "/Observation/o1") -> int:
    return (await fhir.send("GET", path, **DOCTOR)).status


async def test_a_record_is_open_for_an_hour_and_its_circle_is_notified(
    postgres_url: str, serve_app: ServeApp, tmp_path: Path
) -> None:
    clock = ManualClock(datetime(2026, 3, 2, 8, tzinfo=UTC))
    async with AsyncExitStack() as stack:
        fhir = await open_world(postgres_url, serve_app, tmp_path, stack, clock=clock)
        await populate(fhir)
        name = [{"family": "Durand", "given": ["Camille"]}]
        doctor = {"resourceType": "Practitioner", "id": "doctor", "name": name}
        await fhir.send("PUT", "/Practitioner/doctor", doctor)
        assert await status(fhir) == 404
        answer = await open_record(fhir)
        assert answer.status == 200, answer.body
        assert await status(fhir) == 200
        assert await status(fhir, "/Observation/masked") == 404
        (found,) = (await fhir.send("GET", "/Communication", **LUCIE)).json["entry"]
        notice = found["resource"]
        assert [each["reference"] for each in notice["recipient"]] == [
            "CareTeam/circle",
            "Patient/lucie",
        ]
        text = notice["payload"][0]["contentString"]
        assert "02/03/2026 à 09:00" in text
        assert "par Camille Durand" in text
        assert notice["sender"]["reference"] == "Practitioner/doctor"
        assert notice["sender"]["display"] == "Camille Durand"
        assert REASON in text
        # It opens nothing to others, and does not let its bearer into the circle.
        other = DOCTOR | {"account": "other", "fhir_user": "Practitioner/other"}
        assert (await fhir.send("GET", "/Observation/o1", **other)).status == 404
        team = {"resourceType": "CareTeam", "subject": {"reference": "Patient/lucie"}}
        assert (await fhir.send("POST", "/CareTeam", team, **DOCTOR)).status == 403
        clock.advance(timedelta(minutes=59).total_seconds())
        assert await status(fhir) == 200
        assert (await open_record(fhir)).status == 200
        clock.advance(timedelta(minutes=59).total_seconds())
        assert await status(fhir) == 200
        clock.advance(timedelta(minutes=2).total_seconds())
        assert await status(fhir) == 404


async def test_by_an_identifier(fhir: FhirWorld) -> None:
    await populate(fhir)
    opened = await open_record(fhir, "", identifier=f"{INS}|279035121518989")
    assert opened.status == 200, opened.body
    values = {each["name"]: each for each in opened.json["parameter"]}
    assert values["patient"]["valueReference"]["reference"] == "Patient/lucie"
    assert values["name"]["valueString"] == "Exemple"
    for wrong in ("279035121518989", f"{INS}|", f"{INS}|1,{INS}|279035121518989", ""):
        assert (await open_record(fhir, "", identifier=wrong)).status == 422, wrong
    absent = await open_record(fhir, "", identifier=f"{INS}|1")
    await refuse_emergencies(fhir)
    closed = await open_record(fhir, "", identifier=f"{INS}|279035121518989")
    assert (absent.status, absent.body) == (closed.status, closed.body)
    assert absent.status == 404
    assert (await open_record(fhir)).body == (await open_record(fhir, "/never")).body
    # What refuses emergencies closes a record that one has opened.
    assert await status(fhir) == 404


@pytest.mark.parametrize("reason", ["", "court", "x" * 1001, " " * 50])
async def test_a_reason_is_given(fhir: FhirWorld, reason: str) -> None:
    await populate(fhir)
    answer = await open_record(fhir, reason=reason)
    assert answer.status in (400, 422), answer.body
    assert await status(fhir) == 404
    assert (await fhir.send("GET", "/Communication?_summary=count")).json["total"] == 0


async def test_who_is_allowed_and_how_often(
    postgres_url: str, serve_app: ServeApp, tmp_path: Path
) -> None:
    async with AsyncExitStack() as stack:
        fhir = await open_world(postgres_url, serve_app, tmp_path, stack, emergency_accesses=2)
        await populate(fhir)
        program = {"role": "integrator", "scope": "system/*.cruds"}
        patient = {"role": "patient", "scope": "patient/*.cruds", "patient": "marc"}
        for by in (program, patient, {"scope": "user/Observation.cruds"}):
            assert (await open_record(fhir, by=by)).status == 403, by
        found = [(await open_record(fhir)).status for _ in range(3)]
        assert found == [200, 200, 429]
        total = (await fhir.send("GET", "/Communication?_summary=count")).json["total"]
        assert total == 2
