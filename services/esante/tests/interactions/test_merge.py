"""Patient/$merge over HTTP: two records become one, and nothing of a closed one is learnt."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from fhir_world import BASE, Answer, FhirWorld, open_world

from esante.interactions.flows import merge_patients
from socle.testing import ServeApp

IPP, INS = "urn:hopital:ipp", "urn:oid:1.2.250.1.213.1.4.10"
DOCTOR: dict[str, Any] = {
    "role": "professional",
    "scope": "user/*.cruds",
    "account": "doctor",
    "fhir_user": "Practitioner/doctor",
}


@pytest_asyncio.fixture
async def fhir(postgres_url: str, serve_app: ServeApp, tmp_path: Path) -> AsyncIterator[FhirWorld]:
    """A server that traces."""
    async with AsyncExitStack() as stack:
        yield await open_world(postgres_url, serve_app, tmp_path, stack, traces=tmp_path / "t")


def person(own: str, *identifiers: tuple[str, str], **more: Any) -> dict[str, Any]:
    listed = [{"system": system, "value": value} for system, value in identifiers]
    return (
        {"resourceType": "Patient", "id": own, "name": [{"family": own}]}
        | ({"identifier": listed} if listed else {})
        | more
    )


def about(resource_type: str, own: str, patient: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": resource_type,
        "id": own,
        "status": "final",
        "code": {"text": "poids"},
        "subject": {"reference": f"Patient/{patient}"},
    } | more


def circle(own: str, patient: str, member: str = "doctor") -> dict[str, Any]:
    return {
        "resourceType": "CareTeam",
        "id": own,
        "status": "active",
        "subject": {"reference": f"Patient/{patient}"},
        "participant": [{"member": {"reference": f"Practitioner/{member}"}}],
    }


async def store(fhir: FhirWorld, *resources: dict[str, Any]) -> None:
    for each in resources:
        answer = await fhir.send("PUT", f"/{each['resourceType']}/{each['id']}", each)
        assert answer.status in (200, 201), answer.body


async def merge(
    fhir: FhirWorld,
    source: str = "a",
    target: str = "b",
    *,
    preview: bool = False,
    extra: Any = (),
    **options: Any,
) -> Answer:
    parameters = [
        {"name": f"{name}-patient", "valueReference": {"reference": f"Patient/{own}"}}
        for name, own in (("source", source), ("target", target))
        if own
    ]
    parameters += [{"name": "preview", "valueBoolean": True}] if preview else []
    body = {"resourceType": "Parameters", "parameter": [*parameters, *extra]}
    return await fhir.send("POST", "/Patient/$merge", body, **options)


def parts(answer: Answer) -> dict[str, Any]:
    assert answer.status == 200, answer.body
    return {each["name"]: each["resource"] for each in answer.json["parameter"]}


async def read(fhir: FhirWorld, path: str) -> Any:
    answer = await fhir.send("GET", f"/{path}")
    assert answer.status == 200, answer.body
    return answer.json


async def test_a_merge(fhir: FhirWorld) -> None:
    binary = {"resourceType": "Binary", "id": "octets", "contentType": "text/plain", "data": "YQ=="}
    await store(
        fhir,
        person("a", (IPP, "1"), (IPP, "2")),
        person("b", (IPP, "2"), birthDate="1974-12-25"),
        about("Observation", "o", "a", valueQuantity={"value": 0.40}),
        about("Observation", "absolue", "a", subject={"reference": f"{BASE}/Patient/a"}),
        about("Observation", "version", "a", subject={"reference": "Patient/a/_history/1"}),
        about("Observation", "reste", "b"),
        {"resourceType": "Group", "id": "g", "type": "person", "actual": True}
        | {"member": [{"entity": {"reference": "Patient/a"}}]},
        {**binary, "securityContext": {"reference": "Patient/a"}},
    )
    large = bytes(300_000)
    context = {"X-Security-Context": "Patient/a"}
    sent = await fhir.send("PUT", "/Binary/grand", large, media="application/pdf", headers=context)
    assert sent.status == 201
    events = len(await fhir.events())
    preview = parts(await merge(fhir, preview=True))
    assert "6 ressources" in preview["outcome"]["issue"][0]["diagnostics"]
    assert (await read(fhir, "Patient/a")).get("active") is None
    assert len(await fhir.events()) == events
    merged = parts(await merge(fhir))
    assert merged["result"] == await read(fhir, "Patient/b")
    assert {"link", "identifier", "birthDate"} <= merged["result"].keys()
    assert preview["result"]["link"] == merged["result"]["link"]
    assert merged["result"]["identifier"][-1] == {"system": IPP, "value": "1", "use": "old"}
    assert len(merged["result"]["identifier"]) == 2
    assert merged["input"]["parameter"][0]["valueReference"] == {"reference": "Patient/a"}
    source = await read(fhir, "Patient/a")
    assert source["active"] is False
    assert source["link"] == [{"other": {"reference": "Patient/b"}, "type": "replaced-by"}]
    assert merged["result"]["link"] == [{"other": {"reference": "Patient/a"}, "type": "replaces"}]
    moved = await fhir.send("GET", "/Observation/o")
    assert moved.json["subject"] == {"reference": "Patient/b"}
    assert moved.json["meta"]["versionId"] == "2"
    assert (await read(fhir, "Observation/absolue"))["subject"]["reference"] == f"{BASE}/Patient/b"
    assert (await read(fhir, "Observation/version"))["subject"]["reference"] == "Patient/b"
    assert (await read(fhir, "Observation/o/_history/1"))["subject"]["reference"] == "Patient/a"
    assert (await read(fhir, "Observation/reste"))["meta"]["versionId"] == "1"
    assert (await read(fhir, "Group/g"))["member"][0]["entity"]["reference"] == "Patient/b"
    content = await fhir.send(
        "GET", "/Binary/grand", role="patient", patient="b", scope="patient/*.r"
    )
    assert content.body == large
    found = await read(fhir, "Observation?patient=b")
    assert len(found["entry"]) == 4
    assert "entry" not in await read(fhir, "Observation?patient=a")
    # A source names the person for what is written since: the merge can be repeated.
    await store(fhir, about("Observation", "tard", "a"))
    again = parts(await merge(fhir))
    assert "1 ressources" in again["outcome"]["issue"][0]["diagnostics"]
    assert again["result"]["link"] == merged["result"]["link"]
    # Both patients find it in their traces.
    for own in ("a", "b"):
        audits = await read(fhir, f"AuditEvent?patient={own}&_count=100")
        codes = [e["resource"]["subtype"][0].get("display") for e in audits["entry"]]
        assert codes.count("$merge") == 3, own


async def test_what_is_refused(fhir: FhirWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    await store(
        fhir,
        person("a", (IPP, "1")),
        person("b", (IPP, "2")),
        person("c", (IPP, "2")),
        person("ins1", (INS, "1"), (IPP, "i")),
        person("ins2", (INS, "2"), (IPP, "j")),
        person("ferme", active=False),
        person("fusionne", link=[{"other": {"reference": "Patient/c"}, "type": "replaced-by"}]),
        about("Observation", "o", "a"),
    )

    def named(name: str, value: str) -> Any:
        identifier = {"system": IPP, "value": value}
        return {"name": f"{name}-patient-identifier", "valueIdentifier": identifier}

    def result(**more: Any) -> Any:
        return [{"name": "result-patient", "resource": person("b", (IPP, "2"), **more)}]

    link = [{"other": {"reference": "Patient/a"}, "type": "replaces"}]
    for source, target, extra, status in (
        ("a", "a", (), 400),
        ("a", "", (), 400),
        ("a", "absent", (), 404),
        ("a", "ferme", (), 422),
        ("a", "fusionne", (), 422),
        ("fusionne", "a", (), 422),
        ("ins1", "ins2", (), 422),
        ("ins1", "b", (), 422),
        ("a", "", [named("target", "2")], 422),
        ("a", "", [named("target", "9")], 422),
        ("a", "b", [named("source", "2")], 422),
        ("a", "b", [{"name": "delete-source", "valueBoolean": True}], 400),
        ("a", "b", [{"name": "preview", "valueBoolean": "x"}], 400),
        ("a", "b", result(), 400),
        ("a", "b", result(link=link, active=False), 400),
        ("a", "c", result(link=link), 400),
    ):
        answer = await merge(fhir, source, target, extra=extra)
        assert answer.status == status, (source, target, extra, answer.body)
    monkeypatch.setattr(merge_patients, "MOST", 0)
    assert (await merge(fhir)).codes == ["too-costly"]
    monkeypatch.undo()
    for own in "abc":
        assert (await read(fhir, f"Patient/{own}"))["meta"]["versionId"] == "1"
    assert (await merge(fhir, "ins1", "", extra=[named("target", "j")])).status == 422
    # The patient that remains has the INS; the identifiers name one patient together.
    done = await merge(fhir, "", "ins1", extra=[named("source", "1")])
    assert parts(done)["result"]["identifier"][-1]["value"] == "1"
    link = [{"other": {"reference": "Patient/c"}, "type": "replaces"}]
    done = await merge(fhir, "c", "b", extra=result(link=link, gender="female"))
    assert parts(done)["result"]["gender"] == "female"


async def test_who_merges(fhir: FhirWorld) -> None:
    very = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "V"}
    await store(
        fhir,
        *(person(each) for each in "abcd"),
        *(circle(f"cercle-{each}", each) for each in "ab"),
        circle("cercle-autre", "c", "other"),
        about("Observation", "masquee", "a", meta={"security": [very]}),
    )
    patient: dict[str, Any] = {"role": "patient", "patient": "a", "scope": "patient/*.cruds"}
    for by, status in (
        (patient, 403),
        (DOCTOR | {"scope": "user/Patient.cruds"}, 403),
        (DOCTOR | {"scope": "user/*.rs"}, 403),
        (DOCTOR | {"scope": "user/*.cruds?_tag=x"}, 403),
        ({"scope": "system/Patient.cruds"}, 403),
        ({"scope": "system/*.rs"}, 403),
        (DOCTOR | {"account": "x", "fhir_user": "Practitioner/x"}, 404),
    ):
        assert (await merge(fhir, **by)).status == status, by
    closed, absent = await merge(fhir, "a", "c", **DOCTOR), await merge(fhir, "a", "z", **DOCTOR)
    assert closed.status == absent.status == 404
    assert closed.diagnostics.replace("/c", "/z") == absent.diagnostics
    # An emergency lets nobody merge, and stops those who may.
    motive = {"name": "reason", "valueString": "Patient inconscient, traitements inconnus"}
    opened = await fhir.send(
        "POST",
        "/Patient/b/$emergency-access",
        {"resourceType": "Parameters", "parameter": [motive]},
        **(DOCTOR | {"account": "urgence", "fhir_user": "Practitioner/urgence"}),
    )
    assert opened.status == 200, opened.body
    for by in ({}, DOCTOR):
        assert (await merge(fhir, **by)).status == 409
    assert (await merge(fhir, "c", "b", preview=True)).status == 409
    emergency: dict[str, Any] = DOCTOR | {"account": "urgence", "fhir_user": "Practitioner/urgence"}
    assert (await merge(fhir, "a", "b", **emergency)).status == 404
    await fhir.pool.execute("DELETE FROM record_opening WHERE source_type = 'Communication'")
    done = parts(await merge(fhir, **DOCTOR))
    # What is masked from the doctor moves too, and is not counted for them.
    assert "ressources" not in done["outcome"]["issue"][0]["diagnostics"]
    assert (await read(fhir, "Observation/masquee"))["subject"]["reference"] == "Patient/b"
    assert (await fhir.send("GET", "/Observation/masquee", **DOCTOR)).status == 404
    assert (await read(fhir, "CareTeam/cercle-a"))["subject"]["reference"] == "Patient/b"
