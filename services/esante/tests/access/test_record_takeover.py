"""Ways into the record of another patient that a professional can try by writing."""

from typing import Any

import pytest
from fhir_bundles import bundle, entry
from fhir_world import BASE, FhirWorld

EVE: dict[str, Any] = {
    "role": "professional",
    "scope": "user/*.cruds",
    "account": "eve",
    "fhir_user": "Practitioner/eve",
}
DOCTOR = EVE | {"account": "doctor", "fhir_user": "Practitioner/doctor"}
MARC: dict[str, Any] = {"role": "patient", "scope": "patient/*.cruds", "patient": "marc"}
LUCIE = MARC | {"patient": "lucie"}
SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"
ODD = (
    "Patient/lucie/_history/1#x",
    "Patient/lucie/_history/1#",
    f"{BASE}/Patient/lucie/_history/!",
)


async def put(fhir: FhirWorld, *resources: Any) -> None:
    for each in resources:
        answer = await fhir.send("PUT", f"/{each['resourceType']}/{each['id']}", each)
        assert answer.status in (200, 201), answer.body


def team(subject: str, member: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "CareTeam",
        "id": "circle",
        "status": "active",
        "subject": {"reference": subject},
        "participant": [{"member": {"reference": member}}],
    } | more


def consent(patient: str, effect: str, actor: str) -> dict[str, Any]:
    return {
        "resourceType": "Consent",
        "id": "consent",
        "status": "active",
        "scope": {"coding": [{"system": SCOPE, "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": patient},
        "policyRule": {"text": "cercle de soins"},
        "provision": {
            "type": effect,
            "actor": [{"role": {"text": "x"}, "reference": {"reference": actor}}],
        },
    }


async def sees(fhir: FhirWorld, by: dict[str, Any]) -> bool:
    return (await fhir.send("GET", "/Patient/lucie", **by)).status == 200


@pytest.mark.parametrize("subject", ODD)
async def test_what_does_not_place_a_resource_opens_nothing(fhir: FhirWorld, subject: str) -> None:
    patient = {"resourceType": "Patient", "id": "lucie"}
    await put(fhir, patient, patient | {"id": "marc"}, team("Patient/lucie", "Practitioner/doctor"))
    of_marc = {
        "participant": [
            {"member": {"reference": each}} for each in ("Practitioner/eve", "Patient/marc")
        ]
    }
    for by, resource in (
        (EVE, team(subject, "Practitioner/eve")),
        (MARC, team(subject, "Practitioner/eve") | of_marc),
        (EVE, consent(subject, "permit", "Practitioner/eve")),
        (EVE, consent(subject, "deny", "Practitioner/doctor")),
    ):
        await fhir.send("POST", f"/{resource['resourceType']}", resource, **by)
        assert not await sees(fhir, EVE), resource
        assert await sees(fhir, DOCTOR), resource


async def test_a_refusal_of_a_role_is_also_of_who_got_in_by_it(fhir: FhirWorld) -> None:
    role = {"resourceType": "PractitionerRole", "id": "role"}
    await put(
        fhir,
        {"resourceType": "Patient", "id": "lucie"},
        role | {"practitioner": {"reference": "Practitioner/eve"}},
        team("Patient/lucie", "PractitionerRole/role"),
    )
    await put(fhir, role | {"practitioner": {"reference": "Practitioner/other"}})
    assert await sees(fhir, EVE)
    refusal = consent("Patient/lucie", "deny", "PractitionerRole/role")
    assert (await fhir.send("PUT", "/Consent/consent", refusal, **LUCIE)).status == 201
    assert not await sees(fhir, EVE)


async def test_changing_what_a_record_has_does_not_make_it_new(fhir: FhirWorld) -> None:
    note = {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "code": {"text": "poids"},
        "subject": {"reference": "Patient/lucie"},
    }
    await put(fhir, note)
    patient = {"resourceType": "Patient", "id": "lucie"}
    patch = {
        "resourceType": "Parameters",
        "parameter": [
            {
                "name": "operation",
                "part": [
                    {"name": "type", "valueCode": "replace"},
                    {"name": "path", "valueString": "Observation.status"},
                    {"name": "value", "valueCode": "amended"},
                ],
            }
        ],
    }
    taken = bundle(entry("PUT", "Patient/lucie", patient), entry("PATCH", "Observation/o1", patch))
    assert (await fhir.send("POST", "", taken, **EVE)).status == 403
    assert not await sees(fhir, EVE)


async def test_an_emergency_does_not_erase_what_announces_it(fhir: FhirWorld) -> None:
    await put(fhir, {"resourceType": "Patient", "id": "lucie"})
    reason = {"name": "reason", "valueString": "Patiente inconsciente, traitements inconnus"}
    sent = {"resourceType": "Parameters", "parameter": [reason]}
    opened = await fhir.send("POST", "/Patient/lucie/$emergency-access", sent, **EVE)
    found = {each["name"]: each for each in opened.json["parameter"]}
    notice = "/" + found["communication"]["valueReference"]["reference"]
    content = (await fhir.send("GET", notice, **EVE)).json
    assert (await fhir.send("DELETE", notice, **EVE)).status == 403
    assert (
        await fhir.send("PUT", notice, content | {"status": "entered-in-error"}, **EVE)
    ).status == 403
    assert (await fhir.send("GET", notice, **LUCIE)).json["payload"] == content["payload"]


async def test_a_label_in_any_case_masks_a_read_too(fhir: FhirWorld) -> None:
    label = {"system": "urn:labels", "code": "Masque_PS"}
    note = {
        "resourceType": "Observation",
        "id": "o1",
        "meta": {"security": [label]},
        "status": "final",
        "code": {"text": "poids"},
        "subject": {"reference": "Patient/lucie"},
    }
    patient = {"resourceType": "Patient", "id": "lucie"}
    await put(fhir, patient, note, team("Patient/lucie", "Practitioner/eve"))
    assert await sees(fhir, EVE)
    assert (await fhir.send("GET", "/Observation/o1", **EVE)).status == 404
