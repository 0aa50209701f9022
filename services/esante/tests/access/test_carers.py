"""Carers and legal representatives: how their account is linked to a RelatedPerson, what they see,
and that it ends at once."""

from typing import Any

from fhir_world import BASE, FhirWorld

A07 = "https://mos.esante.gouv.fr/NOS/TRE_A07-StatutVisibiliteDocument/FHIR/TRE-A07"
CATEGORY = "http://terminology.hl7.org/CodeSystem/communication-category"
ROLES = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
TYPES = "http://hl7.org/fhir/resource-types"
SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"
LUCIE: dict[str, Any] = {"role": "patient", "scope": "patient/*.cruds", "patient": "lucie"}
NURSE: dict[str, Any] = {
    "role": "professional",
    "scope": "user/*.cruds",
    "account": "nurse",
    "fhir_user": "Practitioner/nurse",
}
EVE = NURSE | {"account": "eve", "fhir_user": "Practitioner/eve"}


def carer(person: str = "paul", *, account: str = "paul", patient: str = "lucie") -> dict[str, Any]:
    found = {"role": "carer", "scope": "patient/*.cruds user/*.cruds", "patient": patient}
    return found | {"account": account, "fhir_user": f"RelatedPerson/{person}"}


PAUL = carer()


def related(own_id: str = "paul", code: str = "HUSB", **more: Any) -> dict[str, Any]:
    relationship = [{"coding": [{"system": ROLES, "code": code}]}]
    of = {"resourceType": "RelatedPerson", "id": own_id, "patient": {"reference": "Patient/lucie"}}
    return of | {"relationship": relationship} | more


def about(resource_type: str, own_id: str, *labels: str, patient: str = "lucie") -> dict[str, Any]:
    subject = {"reference": f"Patient/{patient}"}
    more: dict[str, Any] = {
        "Observation": {"status": "final", "code": {"text": "poids"}, "subject": subject},
        "Communication": {"status": "completed", "subject": subject},
        "CarePlan": {"status": "active", "intent": "plan", "subject": subject},
        "MedicationStatement": {
            "status": "active",
            "subject": subject,
            "medicationCodeableConcept": {"text": "x"},
        },
    }[resource_type]
    found = {"resourceType": resource_type, "id": own_id, **more}
    security = [{"system": A07, "code": each} for each in labels]
    return found | ({"meta": {"security": security}} if security else {})


def consent(own_id: str, effect: str, *actors: str, **conditions: Any) -> dict[str, Any]:
    named = [{"role": {"text": "proche"}, "reference": {"reference": each}} for each in actors]
    provision = {"type": effect, **({"actor": named} if named else {}), **conditions}
    return {
        "resourceType": "Consent",
        "id": own_id,
        "status": "active",
        "scope": {"coding": [{"system": SCOPE, "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": "Patient/lucie"},
        "policyRule": {"text": "cercle de soins"},
        "provision": provision,
    }


async def put(fhir: FhirWorld, resource: Any, **by: Any) -> None:
    answer = await fhir.send("PUT", f"/{resource['resourceType']}/{resource['id']}", resource, **by)
    assert answer.status in (200, 201), answer.body


async def fill(fhir: FhirWorld) -> None:
    """The record of Lucie, with the nurse in her circle, and one of Max."""
    for each in ("lucie", "max"):
        await put(fhir, {"resourceType": "Patient", "id": each})
    member = [{"member": {"reference": "Practitioner/nurse"}}]
    team = {"resourceType": "CareTeam", "id": "circle", "status": "active", "participant": member}
    await put(fhir, team | {"subject": {"reference": "Patient/lucie"}})
    for each in (
        about("Observation", "weight"),
        about("CarePlan", "plan"),
        about("Communication", "note"),
        about("Communication", "from-patient", "INVISIBLE_PATIENT"),
        about("Communication", "from-third", "MASQUE_PT"),
        about("Communication", "from-legal", "INVISIBLE_REPRESENTANTS_LEGAUX"),
        about("MedicationStatement", "pill"),
        about("Communication", "of-max", patient="max"),
    ):
        await put(fhir, each)
    await put(fhir, related(), **LUCIE)


async def invite(fhir: FhirWorld, person: str = "paul", kind: str = "carer", **by: Any) -> Any:
    sent = {
        "resourceType": "Parameters",
        "parameter": [{"name": "kind", "valueString": kind}],
    }
    return await fhir.send("POST", f"/RelatedPerson/{person}/$invite", sent, **by)


async def link(fhir: FhirWorld, person: str = "paul", kind: str = "carer", **by: Any) -> None:
    made = await invite(fhir, person, kind, **(by or LUCIE))
    assert made.status == 200, made.body
    code = next(each["valueString"] for each in made.json["parameter"] if each["name"] == "code")
    accepted = await fhir.carers("POST", "invitations", {"code": code.lower()}, account="paul")
    assert (accepted.status, accepted.json["patient"]) == (200, "lucie"), accepted.body
    again = await fhir.carers("POST", "invitations", {"code": code}, account="other")
    assert again.status == 404


async def seen(fhir: FhirWorld, **by: Any) -> set[str]:
    """What a read and a search agree that the caller sees, by id."""
    found = set()
    for resource_type, own_id in (
        *(("Patient", each) for each in ("lucie", "max")),
        *(("Observation", "weight"), ("CarePlan", "plan"), ("MedicationStatement", "pill")),
        *(("Communication", each) for each in ("note", "of-max")),
        *(("Communication", f"from-{each}") for each in ("patient", "third", "legal")),
        *(("CareTeam", "circle"), ("RelatedPerson", "paul")),
    ):
        status = (await fhir.send("GET", f"/{resource_type}/{own_id}", **by)).status
        bundle = (await fhir.send("GET", f"/{resource_type}?_id={own_id}", **by)).json
        assert (status == 200) == ("entry" in bundle), (own_id, status)
        found |= {own_id} if status == 200 else set()
    return found


async def opens(fhir: FhirWorld, **by: Any) -> bool:
    """Whether the notebook is open to the caller."""
    return (await fhir.send("GET", "/Communication/note", **by)).status == 200


NEEDED = {"lucie", "plan", "note", "circle", "paul"}


async def test_a_link_opens_what_a_carer_needs_and_nothing_before_it(fhir: FhirWorld) -> None:
    await fill(fhir)
    await put(fhir, consent("named", "permit", "RelatedPerson/paul"), **LUCIE)
    assert await seen(fhir, **PAUL) == set()
    await put(fhir, consent("named", "permit") | {"status": "inactive"}, **LUCIE)
    await link(fhir)
    assert await seen(fhir, **PAUL) == NEEDED
    # Neither another account, nor another RelatedPerson or patient in a token opens anything.
    for other in (carer(account="eve"), carer("eve")):
        assert not await opens(fhir, **other)
    pills = [{"system": TYPES, "code": "MedicationStatement"}]
    named = consent("pills", "permit", "RelatedPerson/paul", **{"class": pills})
    await put(fhir, named, **LUCIE)
    assert await seen(fhir, **PAUL) == NEEDED | {"pill"}
    plans = [{"system": TYPES, "code": "CarePlan"}]
    await put(fhir, consent("plans", "deny", "RelatedPerson/paul", **{"class": plans}), **LUCIE)
    assert await seen(fhir, **PAUL) == (NEEDED | {"pill"}) - {"plan"}
    await put(fhir, consent("all", "deny"), **LUCIE)
    assert not await opens(fhir, **PAUL)


async def test_a_carer_sees_neither_alerts_nor_announcements_of_emergencies(
    fhir: FhirWorld,
) -> None:
    await fill(fhir)
    alert = about("Communication", "alert") | {
        "category": [{"coding": [{"system": CATEGORY, "code": "alert"}]}],
        "payload": [{"contentString": "Poids : 92 kg"}],
    }
    await put(fhir, alert)
    reason = {"name": "reason", "valueString": "malaise dans la rue"}
    sent = {"resourceType": "Parameters", "parameter": [reason]}
    await fhir.send("POST", "/Patient/lucie/$emergency-access", sent, **EVE)
    found = (await fhir.send("GET", "/Communication?category=alert")).json["entry"]
    ids = {each["resource"]["id"] for each in found}
    assert len(ids) == 2
    for kind, status in (("carer", 404), ("representative", 200)):
        period = {"period": {"end": "2120-01-01"}}
        await put(fhir, related(code="GUARD", **period), **NURSE)
        await link(fhir, kind=kind, **NURSE)
        listed = (await fhir.send("GET", "/Communication", **PAUL)).json["entry"]
        seen_ids = {each["resource"]["id"] for each in listed}
        assert "note" in seen_ids
        assert seen_ids & ids == (ids if status == 200 else set())
        for path in (f"/Communication/{each}{end}" for each in ids for end in ("", "/_history")):
            assert (await fhir.send("GET", path, **PAUL)).status == status, (kind, path)


async def test_the_access_ends_with_the_related_person(fhir: FhirWorld) -> None:
    await fill(fhir)
    past, later = {"period": {"end": "2020-01-01"}}, {"period": {"end": "2120-01-01"}}
    moved = {"patient": {"reference": "Patient/max"}}
    for end in ({"active": False}, moved, None):
        await put(fhir, related(**later))
        await link(fhir)
        assert await opens(fhir, **PAUL)
        await put(fhir, related(**past), **LUCIE)
        assert not await opens(fhir, **PAUL)
        assert (await fhir.carers("GET", "records", account="paul")).json == {"records": []}
        await put(fhir, related(**later), **LUCIE)
        (listed,) = (await fhir.carers("GET", "records", account="paul")).json["records"]
        for person, found in (("paul", [listed]), ("eve", [])):
            one = await fhir.carers("GET", f"records?related_person={person}", account="paul")
            assert one.json == {"records": found}
        assert (listed["patient"], listed["kind"]) == ("lucie", "carer")
        assert await opens(fhir, **PAUL)
        waiting = (await invite(fhir, **LUCIE)).json["parameter"][1]["valueString"]
        if end is None:
            await fhir.send("DELETE", "/RelatedPerson/paul", **LUCIE)
        else:
            await put(fhir, related(**end))
        assert not await opens(fhir, **PAUL)
        assert await seen(fhir, **carer(patient="max")) == set()
        # Neither a later version nor the code that waited brings it back.
        await put(fhir, related(**later))
        assert not await opens(fhir, **PAUL)
        late = await fhir.carers("POST", "invitations", {"code": waiting}, account="paul")
        assert late.status == 404


async def test_a_carer_writes_messages_and_nothing_else(fhir: FhirWorld) -> None:
    await fill(fhir)
    await link(fhir)
    note = about("Communication", "new")
    del note["id"]
    named = note | {"sender": {"reference": "RelatedPerson/paul"}}
    written = await fhir.send("POST", "/Communication", named, **PAUL)
    assert written.status == 201, written.body
    history = await fhir.send("GET", f"/Communication/{written.json['id']}/_history", **LUCIE)
    assert b"RelatedPerson/paul" in history.body
    of_max = note | {"subject": {"reference": "Patient/max"}}
    of_nurse = note | {"sender": {"reference": "Practitioner/nurse"}}
    named_nurse = note | {"sender": {"reference": "RelatedPerson/paul", "display": "Infirmière"}}
    own = related(period={"end": "2120-01-01"})
    for method, path, body in (
        ("POST", "/Communication", of_max),
        ("POST", "/Communication", of_nurse),
        ("POST", "/Communication", named_nurse),
        ("PUT", "/Communication/note", about("Communication", "note")),
        ("DELETE", "/Communication/note", None),
        ("PUT", "/RelatedPerson/paul", own),
        ("POST", "/RelatedPerson", own),
        ("POST", "/RelatedPerson/paul/$invite", None),
        ("POST", "/Consent", consent("x", "permit", "Practitioner/eve")),
        ("POST", "/Observation", about("Observation", "x")),
        ("POST", "/Patient", {"resourceType": "Patient"}),
        ("POST", "/Subscription", {"resourceType": "Subscription"}),
        ("POST", "/Patient/lucie/$emergency-access", None),
    ):
        refused = await fhir.send(method, path, body, **PAUL)
        assert refused.status == 403, (method, path, refused.body)
    assert await fhir.pool.fetchval("SELECT count(*) FROM resource WHERE type = 'Consent'") == 0


async def test_who_invites_and_whom(fhir: FhirWorld) -> None:
    await fill(fhir)
    assert (await invite(fhir, **EVE)).status == 404
    reason = {"name": "reason", "valueString": "malaise dans la rue"}
    sent = {"resourceType": "Parameters", "parameter": [reason]}
    await fhir.send("POST", "/Patient/lucie/$emergency-access", sent, **EVE)
    assert (await invite(fhir, **EVE)).status == 403
    assert (await fhir.send("PUT", "/RelatedPerson/paul", related(), **EVE)).status == 403
    assert (await invite(fhir, **(LUCIE | {"patient": "max"}))).status == 404
    assert (await invite(fhir, **NURSE)).status == 200
    assert (await invite(fhir, "nobody", **NURSE)).status == 404
    # A representative is declared by a professional of the circle, with an end.
    for by, status in ((LUCIE, 403), (NURSE, 422)):
        assert (await invite(fhir, kind="representative", **by)).status == status
    await put(fhir, related(code="GUARD"), **NURSE)
    assert (await invite(fhir, kind="representative", **NURSE)).status == 422
    await put(fhir, related(active=False), **NURSE)
    assert (await invite(fhir, **NURSE)).status == 422
    await put(fhir, related(), **NURSE)
    code = (await invite(fhir, **NURSE)).json["parameter"][1]["valueString"]
    for typed, status in (("", 404), ("é" * 16, 404), (code[:-1], 404), (7, 400)):
        answer = await fhir.carers("POST", "invitations", {"code": typed}, account="paul")
        assert answer.status == status, typed
    own = await fhir.carers("POST", "invitations", {"code": code}, account="l", patient="lucie")
    assert own.status == 409
    # A measure that begins later is accepted now, and opens nothing before.
    await put(fhir, related(period={"start": "2110-01-01"}), **NURSE)
    answer = await fhir.carers("POST", "invitations", {"code": code}, account="later")
    assert (answer.status, answer.json["patient"]) == (200, "lucie")
    assert (await fhir.carers("GET", "records", account="later")).json == {"records": []}
    assert not await opens(fhir, **carer(account="later"))
    await put(fhir, related(), **NURSE)
    assert await opens(fhir, **carer(account="later"))
    code = (await invite(fhir, **NURSE)).json["parameter"][1]["valueString"]
    spaced = " ".join(code.replace("-", "").replace("0", "o").replace("1", "l"))
    answer = await fhir.carers("POST", "invitations", {"code": spaced}, account="paul")
    assert answer.status == 200


async def test_a_representative_sees_what_the_patient_sees_and_consents(fhir: FhirWorld) -> None:
    await fill(fhir)
    period = {"period": {"end": "2120-01-01"}}
    await put(fhir, related(code="GUARD", **period), **NURSE)
    await link(fhir, kind="representative", **NURSE)
    everything = NEEDED | {"weight", "pill", "from-third"}
    assert await seen(fhir, **PAUL) == everything
    assert await seen(fhir, **LUCIE) == everything | {"from-legal"}
    await put(fhir, consent("all", "deny"), **PAUL)
    assert await seen(fhir, **PAUL) == everything
    assert not await opens(fhir, **NURSE)
    of_max = consent("max", "deny") | {"patient": {"reference": "Patient/max"}}
    assert (await fhir.send("POST", "/Consent", of_max, **PAUL)).status == 403
    assert (await fhir.send("DELETE", "/Consent/all", **PAUL)).status == 403
    await put(fhir, consent("all", "deny") | {"status": "inactive"}, **PAUL)
    # What the patient denies to them is not for them to lift.
    for named in ("RelatedPerson/paul", f"{BASE}/RelatedPerson/paul"):
        labs = [{"system": TYPES, "code": "Observation"}]
        denial = consent("named", "deny", named, **{"class": labs})
        await put(fhir, denial, **LUCIE)
        lifted = [{"op": "replace", "path": "/status", "value": "inactive"}]
        json_patch = {"media": "application/json-patch+json"}
        for method, body, more in (
            ("PUT", denial | {"status": "inactive"}, {}),
            ("PATCH", lifted, json_patch),
            ("DELETE", None, {}),
        ):
            refused = await fhir.send(method, "/Consent/named", body, **PAUL, **more)
            assert refused.status == 403, (method, refused.body)
        assert await seen(fhir, **PAUL) == everything - {"weight"}
    await put(fhir, denial | {"status": "inactive"}, **LUCIE)
    # Without the relationship, or without an end, nobody represents.
    await put(fhir, related(code="HUSB", **period), **NURSE)
    assert not await opens(fhir, **PAUL)
