"""What a colleague would mention is taken with a warning; `Prefer: handling=strict` refuses it.

docs/decisions/0096, https://hl7.org/fhir/R4/http.html#ops
"""

from typing import Any

import pytest
from fhir_world import Answer, FhirWorld
from prometheus_client import REGISTRY
from synthea_bundles import patient, practitioners

OUTCOME = {"prefer": "return=OperationOutcome"}
STRICT = {"prefer": "handling=strict, return=OperationOutcome"}
MARRIED = {"system": "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus", "code": "M"}
SOUND = {"resourceType": "Patient", "id": "p1", "maritalStatus": {"coding": [MARRIED]}}
ODD = {"resourceType": "Patient", "id": "p1"} | {
    "maritalStatus": {"coding": [MARRIED | {"display": "M"}]}
}
AT = "Patient.maritalStatus.coding[0].display"


def counted(topic: str) -> float:
    return REGISTRY.get_sample_value("esante_write_warnings_total", {"topic": topic}) or 0


def warned(outcome: Any) -> list[str]:
    """Where the warnings of an OperationOutcome are."""
    assert outcome["resourceType"] == "OperationOutcome"
    return [each["expression"][0] for each in outcome["issue"] if each["severity"] == "warning"]


def entry(method: str, url: str, resource: Any) -> dict[str, Any]:
    return {"request": {"method": method, "url": url}, "resource": resource}


def bundle(bundle_type: str, *entries: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": bundle_type, "entry": list(entries)}


async def write(fhir: FhirWorld, way: str, headers: dict[str, str]) -> Answer:
    """Write what deserves a warning in one of the ways to write."""
    patch = [{"op": "add", "path": "/maritalStatus/coding/0/display", "value": "M"}]
    if way == "create":
        return await fhir.send("POST", "/Patient", ODD, headers=headers)
    if way == "conditional create":
        condition = headers | {"if-none-exist": "identifier=urn:s|none"}
        return await fhir.send("POST", "/Patient", ODD, headers=condition)
    if way == "update":
        return await fhir.send("PUT", "/Patient/p1", ODD, headers=headers)
    if way == "conditional update":
        return await fhir.send("PUT", "/Patient?_id=p1", ODD, headers=headers)
    media = "application/json-patch+json"
    return await fhir.send("PATCH", "/Patient/p1", patch, headers=headers, media=media)


@pytest.mark.parametrize("bundle_type", ["batch", "transaction"])
async def test_an_entry_has_its_warnings_in_its_outcome(fhir: FhirWorld, bundle_type: str) -> None:
    sent = bundle(bundle_type, entry("POST", "Patient", SOUND), entry("PUT", "Patient/p1", ODD))
    strict = await fhir.send("POST", "", sent, headers=STRICT)
    if bundle_type == "transaction":
        assert (strict.status, strict.codes) == (400, ["code-invalid"])
        assert strict.json["issue"][0]["expression"] == [AT.replace("Patient", PLACE, 1)]
        assert (await fhir.send("GET", "/Patient?_summary=count")).json["total"] == 0
    else:
        statuses = [each["response"]["status"][:3] for each in strict.json["entry"]]
        assert statuses == ["201", "400"]
    before = counted("display")
    done = await fhir.send("POST", "", sent, headers=OUTCOME)
    assert done.status == 200
    second = done.json["entry"][1]
    assert "resource" not in second
    assert warned(second["response"]["outcome"]) == [AT]
    assert counted("display") == before + 1
    # Without the preference, nothing of it.
    again = await fhir.send("POST", "", bundle(bundle_type, entry("POST", "Patient", ODD)))
    assert "outcome" not in again.json["entry"][0]["response"]


PLACE = "Bundle.entry[1].resource"


async def test_every_way_to_write_warns_and_refuses_when_strict(fhir: FhirWorld) -> None:
    for way in ("create", "conditional create", "update", "conditional update", "patch"):
        assert (await fhir.send("PUT", "/Patient/p1", SOUND)).status in (200, 201)
        strict = await write(fhir, way, STRICT)
        assert (way, strict.status, strict.codes) == (way, 400, ["code-invalid"])
        assert strict.json["issue"][0]["expression"] == [AT]
        before = counted("display")
        done = await write(fhir, way, OUTCOME)
        assert (way, done.status, warned(done.json)) == (way, done.status, [AT])
        assert done.status in (200, 201)
        assert counted("display") == before + 1


@pytest.mark.parametrize("conditional", [False, True])
async def test_what_synthea_writes_is_taken(fhir: FhirWorld, conditional: bool) -> None:
    if conditional:
        assert (await fhir.send("POST", "", practitioners())).status == 200
        # A second bundle finds what the first has created.
        assert (await fhir.send("POST", "", practitioners())).status == 200
    sent = patient(conditional=conditional)
    done = await fhir.send("POST", "", sent, headers=OUTCOME)
    assert done.status == 200, done.body
    outcomes = [each["response"].get("outcome") for each in done.json["entry"]]
    assert [at for each in outcomes if each for at in warned(each)] == [
        "Patient.identifier[1].type.coding[0].display",
        AT,
        "Observation.category[0].coding[0].code",
        "Observation.valueQuantity.code",
        "ExplanationOfBenefit.careTeam[0].role.coding[0].display",
    ]
    for resource_type in ("Patient", "Practitioner", "Organization", "ExplanationOfBenefit"):
        found = await fhir.send("GET", f"/{resource_type}?_summary=count")
        assert (resource_type, found.json["total"]) == (resource_type, 1)
    benefit = (await fhir.send("GET", "/ExplanationOfBenefit")).json["entry"][0]["resource"]
    practitioner = (await fhir.send("GET", "/Practitioner")).json["entry"][0]["resource"]
    assert benefit["provider"]["reference"] == f"Practitioner/{practitioner['id']}"


async def test_a_label_that_means_nothing_is_refused(fhir: FhirWorld) -> None:
    system = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
    for label in (
        {"system": system, "code": "SECRET"},
        {"system": "v3-Confidentiality", "code": "R"},
    ):
        refused = await fhir.send("POST", "/Patient", SOUND | {"meta": {"security": [label]}})
        assert refused.status == 400
        assert "meta.security[0]" in refused.json["issue"][0]["expression"][0]
