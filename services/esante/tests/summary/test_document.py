"""Composition/$document over HTTP: complete, or refused."""

import json

import pytest
from fhir_world import BASE, FhirWorld

from esante.summary.flows import compose_document

NOTE = {
    "resourceType": "Composition",
    "id": "note",
    "status": "final",
    "type": {"text": "Note"},
    "subject": {"reference": "Patient/marie"},
    "date": "2026-03-02",
    "title": "Note",
    "author": [{"reference": f"{BASE}/Practitioner/leroy/_history/1"}],
    "custodian": {"reference": "https://ailleurs.example/fhir/Organization/x"},
    "section": [
        {"title": "Poids", "entry": [{"reference": "Observation/poids"}]},
        {"title": "Encore", "entry": [{"reference": "Observation/poids"}]},
    ],
}
OTHERS = [
    {"resourceType": "Patient", "id": "marie"},
    {"resourceType": "Practitioner", "id": "leroy"},
]
WEIGHT = b"""{"resourceType": "Observation", "id": "poids", "status": "final",
  "code": {"text": "Poids"}, "subject": {"reference": "Patient/marie"},
  "valueQuantity": {"value": 70.50}}"""
DOCUMENT = "/Composition/note/$document"


async def test_a_document(fhir: FhirWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    for each in OTHERS:
        await fhir.send("PUT", f"/{each['resourceType']}/{each['id']}", each)
    assert (await fhir.send("PUT", "/Composition/note", NOTE)).status == 201
    # Incomplete as long as the weight is absent.
    absent = await fhir.send("GET", DOCUMENT)
    assert (absent.status, "Observation/poids" in absent.diagnostics) == (400, True), absent.body
    assert (await fhir.send("PUT", "/Observation/poids", WEIGHT)).status == 201
    for method in ("GET", "POST"):
        answer = await fhir.send(method, DOCUMENT)
        assert answer.status == 200, answer.body
        assert answer.json["type"] == "document"
        assert {"identifier", "timestamp"} <= answer.json.keys()
        assert [each["fullUrl"].removeprefix(BASE) for each in answer.json["entry"]] == [
            "/Composition/note",
            "/Patient/marie",
            "/Practitioner/leroy",
            "/Observation/poids",
        ]
        assert b"70.50" in answer.body
    validated = await fhir.send("POST", "/Bundle/$validate", json.loads(answer.body))
    assert "error" not in [each["severity"] for each in validated.json["issue"]], validated.body
    for path, scope, status in (
        (DOCUMENT, "system/Composition.r system/Patient.r system/Practitioner.r", 400),
        (DOCUMENT, "system/Patient.r", 403),
        (f"{DOCUMENT}?persist=true", "system/*.cruds", 400),
        ("/Composition/absente/$document", "system/*.cruds", 404),
    ):
        assert (await fhir.send("GET", path, scope=scope)).status == status, (path, scope)
    other = await fhir.send("GET", DOCUMENT, role="patient", patient="paul", scope="patient/*.rs")
    assert other.status == 404
    monkeypatch.setattr(compose_document, "_MAX_BYTES", 1000)
    large = await fhir.send("GET", DOCUMENT)
    assert (large.status, large.codes) == (400, ["too-costly"]), large.body
