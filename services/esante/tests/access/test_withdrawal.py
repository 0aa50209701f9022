"""A change of who sees a record is in effect in every process once it is acknowledged."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from fhir_world import FhirWorld, open_world

from socle.testing import ServeApp

CAMILLE: dict[str, Any] = {
    "role": "professional",
    "scope": "user/*.cruds",
    "account": "camille",
    "fhir_user": "Practitioner/camille",
}
QUERIES = ("", "?_id=lucie,marc", "?_id=lucie", "?_id=marc")


def team(own_id: str, patient: str) -> Any:
    return {
        "resourceType": "CareTeam",
        "id": own_id,
        "status": "active",
        "subject": {"reference": f"Patient/{patient}"},
        "participant": [{"member": {"reference": "Practitioner/camille"}}],
    }


def denial(patient: str) -> Any:
    system = "http://terminology.hl7.org/CodeSystem/consentscope"
    return {
        "resourceType": "Consent",
        "id": "denial",
        "status": "active",
        "scope": {"coding": [{"system": system, "code": "patient-privacy"}]},
        "category": [{"text": "x"}],
        "patient": {"reference": f"Patient/{patient}"},
        "policyRule": {"text": "x"},
        "provision": {"type": "deny"},
    }


async def put(fhir: FhirWorld, resource: Any) -> None:
    path = f"/{resource['resourceType']}/{resource['id']}"
    assert (await fhir.send("PUT", path, resource)).status in (200, 201)


async def assert_visible(fhir: FhirWorld, *patients: str) -> None:
    """Searches and reads find those patients alone."""
    for query in QUERIES:
        answer = await fhir.send("GET", f"/Patient{query}", **CAMILLE)
        found = {each["resource"]["id"] for each in answer.json.get("entry", ())}
        named = query.rpartition("=")[2].split(",") if query else patients
        assert found == set(patients).intersection(named), query
    for each in ("lucie", "marc"):
        status = (await fhir.send("GET", f"/Patient/{each}", **CAMILLE)).status
        assert status == (200 if each in patients else 404), each


async def test_a_withdrawal_is_in_effect_in_every_process(
    fhir: FhirWorld, postgres_url: str, serve_app: ServeApp, tmp_path: Path
) -> None:
    async with AsyncExitStack() as stack:
        other = await open_world(postgres_url, serve_app, tmp_path, stack)
        for each in ("lucie", "marc"):
            await put(fhir, {"resourceType": "Patient", "id": each})
        for changed, visible in (
            (team("one", "lucie"), ("lucie",)),
            (team("one", "marc"), ("marc",)),  # as many as before
            (team("two", "lucie"), ("lucie", "marc")),
            (denial("lucie"), ("marc",)),
            (denial("marc"), ("lucie",)),
            (denial("lucie") | {"status": "inactive"}, ("lucie", "marc")),
            (team("two", "lucie") | {"status": "inactive"}, ("marc",)),
        ):
            await put(fhir, changed)
            for each in (other, fhir, other):
                await assert_visible(each, *visible)
