"""A consent that is withdrawn while a record is read page by page, as a professional exports it:
`$export` is for programs."""

from typing import Any

from fhir_world import FhirWorld

CAMILLE: dict[str, Any] = {
    "role": "professional",
    "scope": "user/*.cruds",
    "account": "camille",
    "fhir_user": "Practitioner/camille",
}
SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"


def consent(patient: str, status: str = "active") -> Any:
    actor = {"role": {"text": "x"}, "reference": {"reference": "Practitioner/camille"}}
    return {
        "resourceType": "Consent",
        "id": f"consent-{patient}",
        "status": status,
        "scope": {"coding": [{"system": SCOPE, "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": f"Patient/{patient}"},
        "policyRule": {"text": "x"},
        "provision": {"type": "permit", "actor": [actor]},
    }


def note(patient: str, number: int) -> Any:
    return {
        "resourceType": "Observation",
        "id": f"o{number}-{patient}",
        "status": "final",
        "code": {"text": "poids"},
        "subject": {"reference": f"Patient/{patient}"},
    }


async def put(fhir: FhirWorld, *resources: Any) -> None:
    for each in resources:
        answer = await fhir.send("PUT", f"/{each['resourceType']}/{each['id']}", each)
        assert answer.status in (200, 201), answer.body


async def first_page(fhir: FhirWorld, path: str) -> tuple[bytes, str]:
    """The first page, and the path of the next."""
    answer = await fhir.send("GET", path, **CAMILLE)
    assert answer.status == 200, answer.body
    links = {each["relation"]: each["url"] for each in answer.json["link"]}
    return answer.body, links["next"].partition("/fhir")[2]


async def test_the_next_page_has_nothing_of_the_record(fhir: FhirWorld) -> None:
    for each in ("lucie", "marc"):
        await put(fhir, {"resourceType": "Patient", "id": each}, consent(each))
        await put(fhir, *(note(each, number) for number in range(3)))
    read, everything = await first_page(fhir, "/Patient/lucie/$everything?_count=1")
    assert b'"lucie"' in read or b"Patient/lucie" in read
    read, search = await first_page(fhir, "/Observation?_count=1&_sort=-_lastUpdated")
    assert b"Patient/marc" in read
    await put(fhir, consent("lucie", "inactive"))
    assert (await fhir.send("GET", everything, **CAMILLE)).status == 404
    rest = await fhir.send("GET", f"{search}&_count=50", **CAMILLE)
    found = [each["resource"]["id"] for each in rest.json["entry"]]
    assert found == ["o1-marc", "o0-marc"]
    assert (await fhir.send("GET", "/$export", **CAMILLE)).status == 403
