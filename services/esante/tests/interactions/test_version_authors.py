"""`_history` names who wrote each version, whatever the interaction."""

from typing import Any

from fhir_bundles import bundle, entry
from fhir_world import FhirWorld

from esante.interactions.api.history_interactions import VERSION_AUTHOR

DOCTOR: dict[str, Any] = {
    "role": "professional",
    "scope": "user/*.cruds",
    "account": "doctor",
    "fhir_user": "Practitioner/doctor",
}
LUCIE: dict[str, Any] = {
    "role": "patient",
    "scope": "patient/*.cruds",
    "patient": "lucie",
    "account": "l",
}
PATCH = [{"op": "replace", "path": "/status", "value": "amended"}]


def note(own_id: str, text: str) -> Any:
    return {
        "resourceType": "Observation",
        "id": own_id,
        "status": "final",
        "code": {"text": text},
        "subject": {"reference": "Patient/lucie"},
    }


async def authors(fhir: FhirWorld, place: str, **by: Any) -> list[Any]:
    """Who wrote each version, newest first."""
    found = []
    for each in (await fhir.send("GET", f"/{place}/_history", **by)).json["entry"]:
        (extension,) = each["request"]["extension"]
        assert extension["url"] == VERSION_AUTHOR
        value = extension["valueReference"]
        found.append(value.get("reference") or value["identifier"]["value"])
    return found


async def test_each_version_has_its_author(fhir: FhirWorld) -> None:
    await fhir.send("PUT", "/Patient/lucie", {"resourceType": "Patient", "id": "lucie"})
    members = [{"member": {"reference": "Practitioner/doctor"}}]
    circle = {"resourceType": "CareTeam", "id": "circle", "status": "active"}
    subject = {"reference": "Patient/lucie"}
    await fhir.send(
        "PUT", "/CareTeam/circle", circle | {"subject": subject, "participant": members}
    )
    names = ("o1", "o2")
    several = (entry("PUT", f"Observation/{each}", note(each, "a")) for each in names)
    assert (await fhir.send("POST", "", bundle(*several), **DOCTOR)).status == 200
    await fhir.send("PUT", "/Observation/o1", note("o1", "b"))
    again = (entry("PUT", f"Observation/{each}", note(each, "c")) for each in names)
    assert (await fhir.send("POST", "", bundle(*again), **LUCIE)).status == 200
    media = "application/json-patch+json"
    patched = await fhir.send("PATCH", "/Observation/o1", PATCH, media=media, **DOCTOR)
    assert patched.status == 200, patched.body
    for by in (DOCTOR, LUCIE):
        doctor, lucie = "Practitioner/doctor", "Patient/lucie"
        assert await authors(fhir, "Observation/o1", **by) == [doctor, lucie, "p", doctor]
        assert await authors(fhir, "Observation/o2", **by) == [lucie, doctor]
    both = (entry("DELETE", f"Observation/{each}") for each in names)
    assert (await fhir.send("POST", "", bundle(*both), **DOCTOR)).status == 200
    for each in names:
        assert (await authors(fhir, f"Observation/{each}"))[0] == "Practitioner/doctor"
