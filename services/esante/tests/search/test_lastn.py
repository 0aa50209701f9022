"""Observation/$lastn over HTTP: the last values of each code, in the caller's rights."""

import pytest
from fhir_world import FhirWorld
from searched_region import found

from esante.search.flows import lastn

LOINC = "http://loinc.org"
LASTN = "/Observation/$lastn"
VALUES = [
    # id, day, codes, patient
    ("w1", "01", ["29463-7"], "marie"),
    ("w2", "02", ["29463-7"], "marie"),
    ("w3", "03", ["29463-7", "3141-9"], "marie"),
    ("w4", "04", ["3141-9"], "marie"),
    ("t1", "01", ["8310-5"], "marie"),
    ("t2", "05", ["8310-5"], "paul"),
    ("x1", "02", [], "marie"),
]


async def test_lastn(fhir: FhirWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    for patient in ("marie", "paul"):
        await fhir.send("PUT", f"/Patient/{patient}", {"resourceType": "Patient", "id": patient})
    for own, day, codes, patient in VALUES:
        observation = {
            "resourceType": "Observation",
            "id": own,
            "status": "final",
            "code": {"coding": [{"system": LOINC, "code": each} for each in codes]}
            if codes
            else {"text": "Humeur"},
            "subject": {"reference": f"Patient/{patient}"},
            "effectiveDateTime": f"2026-03-{day}",
        }
        answer = await fhir.send("PUT", f"/Observation/{own}", observation)
        assert answer.status == 201, answer.body
    # w3 has both codes: the two are one.
    for query, expected in (
        ("patient=marie", "w4 x1 t1"),
        ("subject=Patient/marie&max=2", "w4 w3 x1 t1"),
        ("patient=marie&max=100", "w4 w3 x1 w2 t1 w1"),
        ("patient=marie&code=29463-7", "w3"),
        ("patient=marie&code:in=http://hl7.org/fhir/ValueSet/administrative-gender", ""),
        ("patient=personne", ""),
    ):
        assert " ".join(await found(fhir, f"{LASTN}?{query}")) == expected, query
    body = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "patient", "valueString": "Patient/marie"},
            {"name": "max", "valuePositiveInt": 2},
        ],
    }
    answer = await fhir.send("POST", LASTN, body)
    assert [each["resource"]["id"] for each in answer.json["entry"]] == ["w4", "w3", "x1", "t1"]
    for query in ("code=29463-7", "patient=marie&max=0", "patient=marie&max=x", "patient=marie&q=1",
                  "patient=marie&_sort=date"):  # fmt: skip
        assert (await fhir.send("GET", f"{LASTN}?{query}")).status == 400, query
    mine = {"role": "patient", "patient": "marie", "scope": "patient/Observation.rs"}
    assert await found(fhir, f"{LASTN}?patient=paul", **mine) == []
    assert len(await found(fhir, f"{LASTN}?patient=marie", **mine)) == 3
    other = await fhir.send("GET", f"{LASTN}?patient=marie", scope="system/Patient.rs")
    assert other.status == 403
    monkeypatch.setattr(lastn, "MAX_ON_PAGE", 2)
    assert len(await found(fhir, f"{LASTN}?patient=marie&max=100")) == 6
    monkeypatch.setattr(lastn, "MAX_BYTES", 100)
    large = await fhir.send("GET", f"{LASTN}?patient=marie")
    assert (large.status, large.codes) == (400, ["too-costly"]), large.body
