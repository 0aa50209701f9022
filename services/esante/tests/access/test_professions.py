"""What a patient opens to a profession, closes to it, and masks from the social domain."""

from typing import Any

from fhir_world import FhirWorld

NOS = "https://mos.esante.gouv.fr/NOS/"
G15 = f"{NOS}TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante"
A07 = f"{NOS}TRE_A07-StatutVisibiliteDocument/FHIR/TRE-A07-StatutVisibiliteDocument"
SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"
DOCTOR: dict[str, Any] = {
    "role": "professional",
    "scope": "user/*.cruds",
    "account": "doctor",
    "fhir_user": "Practitioner/doctor",
    "professions": "10",
}
NURSE = DOCTOR | {"account": "nurse", "fhir_user": "Practitioner/nurse", "professions": "60"}
SOCIAL = DOCTOR | {"account": "social", "fhir_user": "Practitioner/social", "professions": "41"}
UNKNOWN = DOCTOR | {"account": "other", "fhir_user": "Practitioner/other", "professions": None}
LUCIE: dict[str, Any] = {"role": "patient", "scope": "patient/*.cruds", "patient": "lucie"}
CALLERS = {"doctor": DOCTOR, "nurse": NURSE, "social": SOCIAL, "unknown": UNKNOWN}


def consent(effect: str, code: str) -> Any:
    coding = {"system": G15, "code": code}
    named = {"resourceType": "PractitionerRole", "id": "role", "code": [{"coding": [coding]}]}
    actor = {"role": {"text": "profession"}, "reference": {"reference": "#role"}}
    return {
        "resourceType": "Consent",
        "id": "consent",
        "contained": [named],
        "status": "active",
        "scope": {"coding": [{"system": SCOPE, "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": "Patient/lucie"},
        "policyRule": {"text": "cercle de soins"},
        "provision": {"type": effect, "actor": [actor]},
    }


def note(own_id: str, *labels: str) -> Any:
    found: Any = {
        "resourceType": "Observation",
        "id": own_id,
        "status": "final",
        "code": {"text": "poids"},
        "subject": {"reference": "Patient/lucie"},
    }
    security = [{"system": A07, "code": each} for each in labels]
    return found | ({"meta": {"security": security}} if security else {})


async def put(fhir: FhirWorld, resource: Any, **by: Any) -> None:
    answer = await fhir.send("PUT", f"/{resource['resourceType']}/{resource['id']}", resource, **by)
    assert answer.status in (200, 201), answer.body


async def who_sees(fhir: FhirWorld, own_id: str) -> set[str]:
    """Those to whom a read and a search of an Observation agree that it is visible."""
    found = set()
    for name, by in CALLERS.items():
        status = (await fhir.send("GET", f"/Observation/{own_id}", **by)).status
        bundle = (await fhir.send("GET", f"/Observation?_id={own_id}", **by)).json
        assert (status == 200) == ("entry" in bundle), (name, status)
        found |= {name} if status == 200 else set()
    return found


async def test_a_professional_opens_no_record_to_a_profession(fhir: FhirWorld) -> None:
    await put(fhir, {"resourceType": "Patient", "id": "lucie"})
    member = [{"member": {"reference": "Practitioner/doctor"}}]
    team = {"resourceType": "CareTeam", "id": "circle", "status": "active", "participant": member}
    await put(fhir, team | {"subject": {"reference": "Patient/lucie"}})
    opening = consent("permit", "60")
    actor = opening["provision"]["actor"]
    inner = opening | {"provision": {"actor": actor, "provision": [{"type": "permit"}]}}
    for each in (opening, inner):
        refused = await fhir.send("PUT", "/Consent/consent", each, **DOCTOR)
        assert (refused.status, "profession" in refused.diagnostics) == (403, True)
    denial = consent("deny", "60")
    narrowed = opening["contained"][0] | {"organization": {"reference": "Organization/1"}}
    for own_id, each in (("a", denial), ("b", opening | {"contained": [narrowed]})):
        await put(fhir, each | {"id": own_id}, **DOCTOR)
    await put(fhir, opening, **LUCIE)


async def test_a_profession_is_permitted_denied_and_masked_from(fhir: FhirWorld) -> None:
    await put(fhir, {"resourceType": "Patient", "id": "lucie"})
    for each in (note("plain"), note("social", "MASQUE_PSOCIAL"), note("all", "MASQUE_PS")):
        await put(fhir, each)
    assert await who_sees(fhir, "plain") == set()
    await put(fhir, consent("permit", "10"), **LUCIE)
    assert await who_sees(fhir, "plain") == {"doctor"}
    members = [{"member": {"reference": each["fhir_user"]}} for each in CALLERS.values()]
    team = {"resourceType": "CareTeam", "id": "circle", "status": "active", "participant": members}
    await put(fhir, team | {"subject": {"reference": "Patient/lucie"}})
    assert await who_sees(fhir, "plain") == set(CALLERS)
    assert await who_sees(fhir, "social") == {"doctor", "nurse"}
    assert await who_sees(fhir, "all") == set()
    await put(fhir, consent("deny", "60"), **LUCIE)
    assert await who_sees(fhir, "plain") == {"doctor", "social"}
    # A consent is withdrawn: what it opened and closed ends with it.
    await put(fhir, consent("deny", "60") | {"status": "inactive"}, **LUCIE)
    assert await who_sees(fhir, "plain") == set(CALLERS)
