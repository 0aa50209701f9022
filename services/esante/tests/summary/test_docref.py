"""DocumentReference/$docref over HTTP: stored documents, and the summary that is composed."""

from typing import Any

from fhir_world import BASE, Answer, FhirWorld

DOCREF = "/DocumentReference/$docref?patient=p"
LOINC = "http://loinc.org"
REPORT, SUMMARY = "11502-2", "60591-5"
MINE: dict[str, Any] = {"role": "patient", "patient": "p", "scope": "patient/*.rs"}


def document(own: str, code: str, date: str, *, of: str = "p", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "DocumentReference",
        "id": own,
        "status": "current",
        "type": {"coding": [{"system": LOINC, "code": code}]},
        "subject": {"reference": f"Patient/{of}"},
        "date": date,
        "content": [{"attachment": {"contentType": "text/plain", "data": "YQ=="}}],
    } | more


def names(answer: Answer) -> list[str]:
    """The ids of the documents; the address of one that is composed."""
    assert answer.status == 200, answer.body
    found = [each["resource"] for each in answer.json.get("entry", [])]
    assert answer.json["total"] == len(found)
    return [e.get("id") or e["content"][0]["attachment"]["url"] for e in found]


async def test_docref(fhir: FhirWorld) -> None:
    period = {"context": {"period": {"start": "2019-03-01", "end": "2019-03-08"}}}
    for each in (
        {"resourceType": "Patient", "id": "p"},
        {"resourceType": "Patient", "id": "q"},
        document("ancien", REPORT, "2020-01-01T00:00:00Z"),
        document("nouveau", REPORT, "2025-01-01T00:00:00Z"),
        document("remplace", REPORT, "2026-01-01T00:00:00Z", status="superseded"),
        document("sejour", "18842-5", "2021-01-01T00:00:00Z", **period),
        document("autre", REPORT, "2025-06-01T00:00:00Z", of="q"),
    ):
        path = f"/{each['resourceType']}/{each['id']}"
        assert (await fhir.send("PUT", path, each)).status == 201
    composed = f"{BASE}/Patient/p/$summary"
    for query, expected in (
        ("", ["nouveau", "sejour", composed]),
        (f"&type={LOINC}%7C{REPORT}", ["nouveau"]),
        (f"&type={LOINC}%7C{SUMMARY}", [composed]),
        ("&on-demand=true", [composed]),
        (f"&on-demand=true&type={REPORT}", []),
        ("&start=2019-02-01&end=2019-12-31", ["sejour"]),
        ("&start=2020", ["nouveau", "ancien"]),
        (f"&start=2018&end=2020&type={REPORT}", ["ancien"]),
    ):
        assert names(await fhir.send("GET", DOCREF + query)) == expected, query
    code = {"coding": [{"system": LOINC, "code": REPORT}]}
    parameters = [
        {"name": "patient", "valueId": "p"},
        {"name": "type", "valueCodeableConcept": code},
        {"name": "start", "valueDateTime": "2019-01-01"},
    ]
    body = {"resourceType": "Parameters", "parameter": parameters}
    answer = await fhir.send("POST", "/DocumentReference/$docref", body)
    assert names(answer) == ["nouveau", "ancien"]
    assert (await fhir.send("GET", composed.removeprefix(BASE))).json["type"] == "document"
    for wrong in ("&start=hier", "&start=2020,2021", "&on-demand=oui", "&profile=x"):
        assert (await fhir.send("GET", DOCREF + wrong)).status == 400, wrong
    assert (await fhir.send("GET", "/DocumentReference/$docref")).status == 400
    assert names(await fhir.send("GET", DOCREF, **MINE)) == ["nouveau", "sejour", composed]
    only: dict[str, Any] = MINE | {"scope": "patient/DocumentReference.rs"}
    assert names(await fhir.send("GET", DOCREF, **only)) == ["nouveau", "sejour"]
    closed = await fhir.send("GET", "/DocumentReference/$docref?patient=q", **MINE)
    absent = await fhir.send("GET", "/DocumentReference/$docref?patient=r", **MINE)
    assert closed.status == absent.status == 404
    assert closed.diagnostics.replace("/q", "/r") == absent.diagnostics
    without: dict[str, Any] = MINE | {"scope": "patient/Patient.rs"}
    assert (await fhir.send("GET", DOCREF, **without)).status == 403
