"""Which records are open to a professional: circle, consents, creation, labels."""

from typing import Any

from fhir_bundles import bundle, entry
from fhir_world import BASE, FhirWorld

CAMILLE: dict[str, Any] = {
    "role": "professional",
    "scope": "user/*.cruds",
    "account": "camille",
    "fhir_user": "Practitioner/camille",
    "organisation": "cabinet",
}
INES = CAMILLE | {"account": "ines", "fhir_user": "Practitioner/ines", "organisation": "centre"}
LUCIE: dict[str, Any] = {"role": "patient", "scope": "patient/*.cruds", "patient": "lucie"}
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
A07 = (
    "https://mos.esante.gouv.fr/NOS/TRE_A07-StatutVisibiliteDocument/FHIR/"
    "TRE-A07-StatutVisibiliteDocument"
)


def note(own_id: str, patient: str | None = "lucie", **members: Any) -> Any:
    found = {
        "resourceType": "Observation",
        "id": own_id,
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
    } | members
    return found | ({"subject": {"reference": f"Patient/{patient}"}} if patient else {})


def team(member: str, patient: str = "lucie", **members: Any) -> Any:
    return {
        "resourceType": "CareTeam",
        "id": "circle",
        "status": "active",
        "subject": {"reference": f"Patient/{patient}"},
        "participant": [{"member": {"reference": member}}],
    } | members


def consent(provision: Any = None, **members: Any) -> Any:
    found = {
        "resourceType": "Consent",
        "id": "consent",
        "status": "active",
        "scope": coded("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy"),
        "category": [coded("http://loinc.org", "59284-0")],
        "patient": {"reference": "Patient/lucie"},
        "policyRule": coded("http://terminology.hl7.org/CodeSystem/v3-ActCode", "OPTIN"),
    } | members
    return found if provision is None else found | {"provision": provision}


def coded(system: str, code: str) -> Any:
    return {"coding": [{"system": system, "code": code}]}


def actor(reference: str) -> Any:
    role = coded("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "PRCP")
    return {"role": role, "reference": {"reference": reference}}


async def put(fhir: FhirWorld, *resources: Any, **by: Any) -> None:
    for each in resources:
        answer = await fhir.send("PUT", f"/{each['resourceType']}/{each['id']}", each, **by)
        assert answer.status in (200, 201), answer.body


async def sees(fhir: FhirWorld, path: str = "/Observation/o1", **by: Any) -> bool:
    """Whether a read and a search find a resource, which must agree."""
    read = (await fhir.send("GET", path, **by)).status
    resource_type, _, own_id = path.strip("/").partition("/")
    answer = await fhir.send("GET", f"/{resource_type}?_id={own_id}&_total=accurate", **by)
    assert (read == 200) == bool(answer.json["total"]) == ("entry" in answer.json), path
    assert read in (200, 404)
    return read == 200


async def populate(fhir: FhirWorld) -> None:
    patient = {"resourceType": "Patient", "id": "lucie"}
    await put(fhir, patient, patient | {"id": "marc"}, note("o1"), note("o2", "marc"))


MEMBERS: tuple[tuple[str, bool], ...] = (
    ("Practitioner/camille", True),
    ("PractitionerRole/role", True),
    ("Organization/cabinet", True),
    ("Practitioner/ines", False),
    ("PractitionerRole/none", False),
    ("Organization/centre", False),
    ("Patient/lucie", False),
)


async def test_a_care_team_opens_the_record_to_its_members(fhir: FhirWorld) -> None:
    await populate(fhir)
    practitioner = {"reference": "Practitioner/camille"}
    await put(
        fhir, {"resourceType": "PractitionerRole", "id": "role", "practitioner": practitioner}
    )
    for member, is_open in MEMBERS:
        assert not await sees(fhir, **CAMILLE), member
        await put(fhir, team(member))
        assert await sees(fhir, **CAMILLE) == is_open, member
        assert await sees(fhir, "/Patient/lucie", **CAMILLE) == is_open, member
        assert not await sees(fhir, "/Observation/o2", **CAMILLE), member
        for ended in (
            {"status": "inactive"},
            {"period": {"end": "2020"}},
            {"period": {"start": "2999"}},
            {"subject": {"reference": "Patient/marc"}},
            {"participant": [{"member": {"reference": "Patient/lucie"}}]},
        ):
            await put(fhir, team(member) | ended)
            assert not await sees(fhir, **CAMILLE), (member, ended)
        await put(fhir, team(member))
        await fhir.send("DELETE", "/CareTeam/circle")
        assert not await sees(fhir, **CAMILLE), member


async def test_a_role_stays_whose_it_was_when_the_team_was_written(fhir: FhirWorld) -> None:
    await populate(fhir)
    role = {"resourceType": "PractitionerRole", "id": "role"}
    await put(fhir, role | {"practitioner": {"reference": "Practitioner/camille"}})
    await put(fhir, team("PractitionerRole/role"))
    await put(fhir, role | {"practitioner": {"reference": "Practitioner/ines"}})
    await put(fhir, team("PractitionerRole/role", name="renamed"))
    assert await sees(fhir, **CAMILLE)
    assert not await sees(fhir, **INES)


async def test_a_professional_does_not_change_whose_a_role_is(fhir: FhirWorld) -> None:
    role = {"resourceType": "PractitionerRole", "id": "role"}
    of_ines = role | {"practitioner": {"reference": "Practitioner/ines"}}
    await put(fhir, of_ines)
    path = "/PractitionerRole/role"
    taken = role | {"practitioner": {"reference": "Practitioner/camille"}}
    assert (await fhir.send("PUT", path, taken, **CAMILLE)).status == 403
    assert (await fhir.send("PUT", path, role, **CAMILLE)).status == 403
    assert (await fhir.send("DELETE", path, **CAMILLE)).status == 403
    assert (await fhir.send("PUT", path, of_ines | {"active": True}, **CAMILLE)).status == 200
    assert (await fhir.send("PUT", path, taken, **INES)).status == 403
    assert (await fhir.send("DELETE", path, **INES)).status == 204
    assert (await fhir.send("PUT", path, taken, **CAMILLE)).status == 403


ALL_DATA: tuple[tuple[Any, bool, bool], ...] = (
    # provision, what a member of the circle (Camille) sees, what a stranger (Inès) sees
    (None, True, False),
    ({"type": "permit"}, True, False),
    ({"type": "deny"}, False, False),
    ({"type": "permit", "actor": [actor("Practitioner/ines")]}, True, True),
    ({"type": "permit", "actor": [actor("Organization/centre")]}, True, True),
    ({"provision": [{"type": "permit", "actor": [actor("Practitioner/ines")]}]}, True, True),
    ({"provision": [{"type": "deny", "actor": [actor("Practitioner/camille")]}]}, False, False),
    ({"type": "deny", "actor": [actor("Practitioner/ines")]}, True, False),
    (
        {
            "type": "deny",
            "provision": [{"type": "permit", "actor": [actor("Practitioner/ines")]}],
        },
        False,
        True,
    ),
    (
        {
            "provision": [
                {"type": "permit", "actor": [actor("Practitioner/ines")]},
                {"type": "deny", "actor": [actor("Organization/centre")]},
            ]
        },
        True,
        False,
    ),
    (
        {"type": "permit", "actor": [actor("Practitioner/ines")], "period": {"end": "2020"}},
        True,
        False,
    ),
    ({"type": "deny", "period": {"end": "2020"}}, True, False),
    (
        {
            "type": "deny",
            "class": [{"system": "http://hl7.org/fhir/resource-types", "code": "Observation"}],
        },
        False,
        False,
    ),
    (
        {
            "type": "deny",
            "class": [{"system": "http://hl7.org/fhir/resource-types", "code": "Condition"}],
        },
        True,
        False,
    ),
    ({"type": "deny", "code": [coded("http://loinc.org", "8867-4")]}, False, False),
    ({"type": "deny", "code": [coded("http://loinc.org", "1-1")]}, True, False),
    (
        {
            "type": "permit",
            "actor": [actor("Practitioner/ines")],
            "code": [coded("http://loinc.org", "1-1")],
        },
        True,
        False,
    ),
    (
        {
            "type": "permit",
            "actor": [actor("Practitioner/ines")],
            "code": [coded("http://loinc.org", "8867-4")],
        },
        True,
        True,
    ),
    (
        {
            "type": "deny",
            "data": [{"meaning": "instance", "reference": {"reference": "Observation/o1"}}],
        },
        False,
        False,
    ),
    ({"type": "deny", "dataPeriod": {"start": "2020", "end": "2021"}}, False, False),
    ({"type": "deny", "dataPeriod": {"start": "2022"}}, True, False),
    (
        {
            "type": "deny",
            "purpose": [
                {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HRESCH"}
            ],
        },
        True,
        False,
    ),
    ({"type": "deny", "securityLabel": [{"system": CONFIDENTIALITY, "code": "R"}]}, False, False),
)


async def test_a_consent_opens_and_closes(fhir: FhirWorld) -> None:
    await populate(fhir)
    await put(fhir, note("o1", effectiveDateTime="2020-05-05"), team("Practitioner/camille"))
    for provision, of_member, of_stranger in ALL_DATA:
        await put(fhir, consent(provision))
        assert await sees(fhir, **CAMILLE) == of_member, provision
        assert await sees(fhir, **INES) == of_stranger, provision
    await put(fhir, consent({"type": "deny"}, status="inactive"))
    assert await sees(fhir, **CAMILLE)
    await put(fhir, consent(policyRule=coded("urn:x", "OPTOUT")))
    assert not await sees(fhir, **CAMILLE)
    # A rule that v3-ActCode does not have would close nothing.
    rule = coded("http://terminology.hl7.org/CodeSystem/v3-ActCode", "OPT-OUT")
    misspelt = await fhir.send("PUT", "/Consent/consent", consent(policyRule=rule))
    assert (misspelt.status, await sees(fhir, **CAMILLE)) == (422, False)
    await fhir.send("DELETE", "/Consent/consent")
    assert await sees(fhir, **CAMILLE)
    # The patient and programs see everything throughout.
    await put(fhir, consent({"type": "deny"}))
    assert await sees(fhir, **LUCIE)
    assert await sees(fhir)


NOT_APPLIED: tuple[tuple[dict[str, Any], str], ...] = (
    ({"actor": [actor("CareTeam/circle")]}, "actor[0].reference"),
    ({"class": [{"system": "urn:ietf:bcp:13", "code": "application/pdf"}]}, "class[0]"),
    ({"data": [{"meaning": "related", "reference": {"reference": "Observation/o1"}}]}, "data[0]"),
    ({"code": [{"text": "le cœur"}]}, "code[0]"),
    ({"purpose": [{"system": "urn:p", "code": "x"}]}, "purpose[0]"),
    ({"provision": [{"type": "deny"}] * 101}, "provision"),
)


async def test_a_condition_that_cannot_be_applied_is_refused(fhir: FhirWorld) -> None:
    await populate(fhir)
    for number, (provision, element) in enumerate(NOT_APPLIED):
        conditional, path = {"type": "permit"} | provision, f"/Consent/c{number}"
        named = {"id": f"c{number}"}
        answer = await fhir.send("PUT", path, consent(conditional, **named))
        assert answer.status == 422, answer.body
        assert any(element in each for each in answer.json["issue"][0]["expression"]), element
        draft = consent(conditional, status="draft", **named)
        assert (await fhir.send("PUT", path, draft)).status == 201, element


async def test_labels_mask(fhir: FhirWorld) -> None:
    await populate(fhir)
    await put(fhir, team("Practitioner/camille"))
    for system, code in ((CONFIDENTIALITY, "V"), (A07, "MASQUE_PS")):
        labelled = note("o1", meta={"security": [{"system": system, "code": code}]})
        await put(fhir, labelled)
        assert not await sees(fhir, **CAMILLE), code
        assert await sees(fhir, **LUCIE)
        label = [{"system": system, "code": code}]
        named = {"type": "permit", "securityLabel": label, "actor": [actor("Practitioner/camille")]}
        await put(fhir, consent({"provision": [named]}))
        assert await sees(fhir, **CAMILLE), code
        await fhir.send("DELETE", "/Consent/consent")
    # Their author sees them.
    await put(
        fhir, note("own", meta={"security": [{"system": CONFIDENTIALITY, "code": "V"}]}), **CAMILLE
    )
    assert await sees(fhir, "/Observation/own", **CAMILLE)
    await put(fhir, note("o1", meta={"security": [{"system": A07, "code": "INVISIBLE_PATIENT"}]}))
    assert await sees(fhir, **CAMILLE)
    assert not await sees(fhir, **LUCIE)


async def test_who_creates_a_patient_sees_the_record(fhir: FhirWorld) -> None:
    await put(fhir, {"resourceType": "Patient", "id": "new"}, note("n", "new"), **CAMILLE)
    assert await sees(fhir, "/Observation/n", **CAMILLE)
    assert not await sees(fhir, "/Observation/n", **INES)
    created = await fhir.send(
        "POST",
        "",
        bundle(
            entry("POST", "Patient", {"resourceType": "Patient"}, "urn:uuid:1"),
            entry("POST", "Observation", note("x", None, subject={"reference": "urn:uuid:1"})),
            entry("PUT", "Patient/sent", {"resourceType": "Patient", "id": "sent"}),
            entry("PUT", "Observation/of-sent", note("of-sent", "sent")),
        ),
        **CAMILLE,
    )
    assert created.status == 200, created.body
    assert await sees(fhir, "/Observation/of-sent", **CAMILLE)
    # A record that has content, or whose patient was deleted, is not taken over.
    await put(fhir, note("dangling", "dangling"))
    await put(fhir, {"resourceType": "Patient", "id": "gone"})
    await fhir.send("DELETE", "/Patient/gone")
    for name, status in (("dangling", 403), ("gone", 404)):
        taken = {"resourceType": "Patient", "id": name}
        assert (await fhir.send("PUT", f"/Patient/{name}", taken, **CAMILLE)).status == status
        assert not await sees(fhir, f"/Patient/{name}", **CAMILLE)


async def test_what_is_in_no_record_is_for_its_author(fhir: FhirWorld) -> None:
    await put(fhir, note("own", None), **CAMILLE)
    await put(fhir, note("program", None))
    await put(fhir, {"resourceType": "Organization", "id": "shared", "name": "x"})
    await put(
        fhir,
        {"resourceType": "Schedule", "id": "agenda", "actor": [{"reference": "Practitioner/x"}]},
    )
    await put(
        fhir,
        {"resourceType": "Schedule", "id": "private", "actor": [{"reference": "Patient/lucie"}]},
    )
    assert await sees(fhir, "/Observation/own", **CAMILLE)
    assert not await sees(fhir, "/Observation/own", **INES)
    assert not await sees(fhir, "/Observation/program", **CAMILLE)
    for path, is_shared in (
        ("Organization/shared", True),
        ("Schedule/agenda", True),
        ("Schedule/private", False),
    ):
        assert await sees(fhir, f"/{path}", **CAMILLE) == is_shared, path


async def test_data_of_patients_that_r4_puts_in_no_compartment(fhir: FhirWorld) -> None:
    lucie = {"reference": "Patient/lucie"}
    patient = {"resourceType": "Patient", "id": "lucie"}
    composition = {
        "resourceType": "Composition",
        "status": "final",
        "type": coded("http://loinc.org", "60591-5"),
        "subject": lucie,
        "date": "2026-01-01",
        "author": [{"display": "x"}],
        "title": "x",
    }
    await populate(fhir)
    await put(fhir, team("Practitioner/camille"))
    for resource in (
        {"resourceType": "Task", "status": "ready", "intent": "order", "for": lucie},
        {"resourceType": "Device", "patient": lucie},
        {"resourceType": "Contract", "subject": [lucie]},
        {
            "resourceType": "GuidanceResponse",
            "status": "success",
            "moduleUri": "urn:m",
            "subject": lucie,
        },
        {
            "resourceType": "Bundle",
            "type": "document",
            "identifier": {"system": "urn:s", "value": "1"},
            "timestamp": "2026-01-01T00:00:00Z",
            "entry": [
                {"fullUrl": f"{BASE}/Composition/c", "resource": composition | {"id": "c"}},
                {"fullUrl": f"{BASE}/Patient/lucie", "resource": patient},
            ],
        },
    ):
        made = (await fhir.create(resource)).json
        path = f"/{made['resourceType']}/{made['id']}"
        assert await sees(fhir, path, **CAMILLE), path
        assert await sees(fhir, path, **LUCIE), path
        assert not await sees(fhir, path, **INES), path
