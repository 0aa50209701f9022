"""A copy with a part of the elements (`_summary`, `_elements`) is not written.
https://hl7.org/fhir/R4/search.html#elements"""

from typing import Any

from fhir_bundles import bundle, entry
from fhir_world import Answer, FhirWorld

PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p1",
    "active": True,
    "name": [{"family": "Durand"}],
}


def assert_refused(answer: Answer, place: str) -> None:
    assert (answer.status, answer.codes) == (422, ["business-rule"])
    assert "SUBSETTED" in answer.diagnostics
    assert answer.json["issue"][0]["expression"] == [place]


async def test_a_partial_copy_is_refused_wherever_it_is_written(fhir: FhirWorld) -> None:
    assert (await fhir.send("PUT", "/Patient/p1", PATIENT)).status == 201
    for query in ("_elements=active", "_summary=true"):
        copy = (await fhir.send("GET", f"/Patient/p1?{query}")).json
        assert_refused(await fhir.send("PUT", "/Patient/p1", copy), "Patient.meta.tag")
        assert_refused(await fhir.send("POST", "/Patient", copy), "Patient.meta.tag")
        condition = "/Patient?active=true"
        assert_refused(await fhir.send("PUT", condition, copy), "Patient.meta.tag")
        for each in (entry("PUT", "Patient/p1", copy), entry("POST", "Patient", copy)):
            place = "Bundle.entry[0].resource.meta.tag"
            assert_refused(await fhir.send("POST", "", bundle(each)), place)
            batch = await fhir.send("POST", "", bundle(each, bundle_type="batch"))
            response = batch.json["entry"][0]["response"]
            assert response["status"].startswith("422")
            assert response["outcome"]["issue"][0]["code"] == "business-rule"
    stored = await fhir.send("GET", "/Patient/p1")
    assert (stored.json["meta"]["versionId"], stored.json["name"]) == ("1", PATIENT["name"])


async def test_a_patch_does_not_tag_a_resource_as_partial(fhir: FhirWorld) -> None:
    assert (await fhir.send("PUT", "/Patient/p1", PATIENT)).status == 201
    tag = {
        "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
        "code": "SUBSETTED",
    }
    patch = [{"op": "add", "path": "/meta/tag", "value": [tag]}]
    answer = await fhir.send("PATCH", "/Patient/p1", patch, media="application/json-patch+json")
    assert_refused(answer, "Patient.meta.tag")


async def test_a_tag_of_another_system_is_not_of_partial_copies(fhir: FhirWorld) -> None:
    tag = {"system": "urn:other", "code": "SUBSETTED"}
    answer = await fhir.send("PUT", "/Patient/p1", PATIENT | {"meta": {"tag": [tag]}})
    assert answer.status == 201
