"""Patient/$summary over HTTP: the document, its sections, and who sees what."""

from typing import Any

import pytest
from fhir_world import BASE, FhirWorld

SUMMARY = "/Patient/p/$summary"
LOINC = "http://loinc.org"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
PERSON = {
    "resourceType": "Patient",
    "id": "p",
    "name": [{"family": "Essai", "given": ["Ada"]}],
    "birthDate": "1941-03-02",
}


def about(resource_type: str, name: str, **members: Any) -> dict[str, Any]:
    subject = "patient" if resource_type in ("AllergyIntolerance", "Immunization") else "subject"
    return {
        "resourceType": resource_type,
        "id": name,
        subject: {"reference": "Patient/p"},
        **members,
    }


def clinical(resource_type: str, status: str) -> dict[str, Any]:
    code = "condition-clinical" if resource_type == "Condition" else "allergyintolerance-clinical"
    system = f"http://terminology.hl7.org/CodeSystem/{code}"
    return {"clinicalStatus": {"coding": [{"system": system, "code": status}]}}


def observation(name: str, category: str, code: str, text: str, when: str, value: float) -> Any:
    return about(
        "Observation",
        name,
        status="final",
        category=[{"coding": [{"system": CATEGORY, "code": category}]}],
        code={"coding": [{"system": LOINC, "code": code}], "text": text},
        effectiveDateTime=when,
        valueQuantity={"value": value, "unit": "kg"},
    )


RECORD = [
    PERSON,
    {"resourceType": "Practitioner", "id": "leroy", "name": [{"family": "Leroy"}]},
    {"resourceType": "Medication", "id": "m", "code": {"text": "Furosémide 40 mg"}},
    about(
        "AllergyIntolerance",
        "penicilline",
        code={"text": "Pénicilline <G>"},
        criticality="high",
        reaction=[{"manifestation": [{"text": "urticaire"}]}],
        **clinical("AllergyIntolerance", "active"),
    ),
    about(
        "AllergyIntolerance",
        "lait",
        code={"text": "Lait"},
        **clinical("AllergyIntolerance", "resolved"),
    ),
    about(
        "MedicationRequest",
        "furosemide",
        status="active",
        intent="order",
        medicationReference={"reference": "Medication/m"},
        requester={"reference": "Practitioner/leroy"},
        dosageInstruction=[{"text": "1 le matin"}],
    ),
    about(
        "MedicationRequest",
        "fini",
        status="completed",
        intent="order",
        medicationCodeableConcept={"text": "Amoxicilline"},
    ),
    about(
        "Condition",
        "coeur",
        code={"text": "Insuffisance cardiaque"},
        onsetDateTime="2021-05",
        **clinical("Condition", "active"),
    ),
    about("Condition", "hanche", code={"text": "Fracture"}, **clinical("Condition", "resolved")),
    observation("ancien", "vital-signs", "29463-7", "Poids", "2026-01-01", 64.50),
    observation("recent", "vital-signs", "29463-7", "Poids", "2026-03-01", 66.10),
    observation("creatinine", "laboratory", "2160-0", "Créatinine", "2026-02-01", 1.2),
    observation("humeur", "survey", "x", "Questionnaire", "2026-02-01", 3),
]


async def populate(fhir: FhirWorld, *resources: Any) -> None:
    for each in resources:
        answer = await fhir.send("PUT", f"/{each['resourceType']}/{each['id']}", each)
        assert answer.status == 201, answer.body


async def summarized(fhir: FhirWorld, **options: Any) -> Any:
    answer = await fhir.send("GET", SUMMARY, **options)
    assert answer.status == 200, answer.body
    return answer.json


def sections(document: Any) -> dict[str, Any]:
    """The sections of a document, by title."""
    return {each["title"]: each for each in document["entry"][0]["resource"]["section"]}


def listed(section: Any) -> list[str]:
    return [each["reference"] for each in section.get("entry", ())]


async def test_the_summary_of_a_record(fhir: FhirWorld) -> None:
    await populate(fhir, *RECORD)
    for check in (
        a_document_that_validates,
        what_counts_today_is_in_its_section,
        its_lines_are_read_at_a_glance,
        what_it_refers_to_comes_along,
        what_is_not_permitted_is_withheld,
        without_permission_to_read_the_patient,
    ):
        await check(fhir)


async def a_document_that_validates(fhir: FhirWorld) -> None:
    document = await summarized(fhir)
    assert (document["type"], document["entry"][0]["resource"]["resourceType"]) == (
        "document",
        "Composition",
    )
    assert document["identifier"]["value"].startswith("urn:uuid:")
    assert document["entry"][1]["fullUrl"] == f"{BASE}/Patient/p"
    addresses = [each["fullUrl"] for each in document["entry"]]
    assert len(addresses) == len(set(addresses))
    outcome = await fhir.send("POST", "/Bundle/$validate", document)
    severities = {each["severity"] for each in outcome.json["issue"]}
    assert severities <= {"information", "warning"}, outcome.body
    composition = document["entry"][0]["resource"]
    outcome = await fhir.send("POST", "/Composition/$validate", composition)
    severities = {each["severity"] for each in outcome.json["issue"]}
    assert severities <= {"information", "warning"}, outcome.body
    assert composition["author"][0]["reference"] in addresses


async def what_counts_today_is_in_its_section(fhir: FhirWorld) -> None:
    found = sections(await summarized(fhir))
    assert {title: listed(each) for title, each in found.items()} == {
        "Allergies et intolérances": ["AllergyIntolerance/penicilline"],
        "Traitements": ["MedicationRequest/furosemide"],
        "Problèmes de santé": ["Condition/coeur"],
        "Constantes": ["Observation/recent"],
        "Résultats d’examens": ["Observation/creatinine"],
        "Antécédents": ["Condition/hanche"],
    }


async def its_lines_are_read_at_a_glance(fhir: FhirWorld) -> None:
    found = sections(await summarized(fhir))
    for title, line in (
        ("Allergies et intolérances", "Pénicilline &lt;G&gt; · risque élevé · urticaire"),
        ("Traitements", "Furosémide 40 mg · 1 le matin"),
        ("Problèmes de santé", "Insuffisance cardiaque · 05/2021"),
        ("Constantes", "Poids\N{NO-BREAK SPACE}: 66,1 kg · 01/03/2026"),
    ):
        assert f"<li>{line}</li>" in found[title]["text"]["div"]


async def what_it_refers_to_comes_along(fhir: FhirWorld) -> None:
    addresses = {each["fullUrl"] for each in (await summarized(fhir))["entry"]}
    assert {f"{BASE}/Medication/m", f"{BASE}/Practitioner/leroy"} <= addresses
    assert f"{BASE}/Condition/coeur" in addresses
    assert f"{BASE}/MedicationRequest/fini" not in addresses


async def what_is_not_permitted_is_withheld(fhir: FhirWorld) -> None:
    few = "patient/Patient.rs patient/Condition.rs"
    document = await summarized(fhir, role="patient", patient="p", scope=few)
    found = sections(document)
    assert listed(found["Problèmes de santé"]) == ["Condition/coeur"]
    for title in ("Allergies et intolérances", "Traitements", "Constantes"):
        (reason,) = found[title]["emptyReason"]["coding"]
        assert reason["code"] == "withheld"
        assert "Votre accès ne montre pas" in found[title]["text"]["div"]
    types = {each["resource"]["resourceType"] for each in document["entry"]}
    assert types == {"Composition", "Patient", "Device", "Condition"}


async def without_permission_to_read_the_patient(fhir: FhirWorld) -> None:
    other = {"role": "patient", "patient": "q", "scope": "patient/*.rs"}
    refused = await fhir.send("GET", SUMMARY, **other)
    absent = await fhir.send("GET", "/Patient/personne/$summary", **other)
    assert (refused.status, absent.status) == (404, 404)
    blind = await fhir.send("GET", SUMMARY, scope="system/Condition.rs")
    assert blind.status == 403


async def test_the_summary_of_an_empty_record(fhir: FhirWorld) -> None:
    await populate(fhir, {"resourceType": "Patient", "id": "p"})
    document = await summarized(fhir)
    assert "meta" not in document
    found = sections(document)
    assert [*found] == ["Allergies et intolérances", "Traitements", "Problèmes de santé"]
    for each in found.values():
        assert each["emptyReason"]["coding"][0]["code"] == "unavailable"
        assert "Rien n’est noté" in each["text"]["div"]


async def test_a_part_that_a_scope_hides_is_withheld(fhir: FhirWorld) -> None:
    await populate(fhir, *RECORD)
    hidden = "patient/Patient.rs patient/Condition.rs patient/AllergyIntolerance.rs?code=urn:x|y"
    scope = f"{hidden} patient/MedicationStatement.rs"
    found = sections(await summarized(fhir, role="patient", patient="p", scope=scope))
    for title in ("Allergies et intolérances", "Traitements"):
        assert found[title]["emptyReason"]["coding"][0]["code"] == "withheld", title
    assert "Votre accès" not in found["Problèmes de santé"]["text"]["div"]


async def test_text_that_would_be_read_backwards_or_is_not_xml(fhir: FhirWorld) -> None:
    odd = observation("o", "vital-signs", "x", "Poids\u202e\ufffe", "2026-03-01", 62.5)
    await populate(fhir, PERSON, odd)
    document = await summarized(fhir)
    line = "<li>Poids\N{NO-BREAK SPACE}: 62,5 kg · 01/03/2026</li>"
    assert line in sections(document)["Constantes"]["text"]["div"]
    composition = document["entry"][0]["resource"]
    outcome = await fhir.send("POST", "/Composition/$validate", composition)
    assert {e["severity"] for e in outcome.json["issue"]} <= {"information", "warning"}


async def test_a_contained_medication_has_its_name(fhir: FhirWorld) -> None:
    contained = about(
        "MedicationRequest",
        "r",
        status="active",
        intent="order",
        contained=[{"resourceType": "Medication", "id": "m", "code": {"text": "Aspirine"}}],
        medicationReference={"reference": "#m"},
    )
    await populate(fhir, PERSON, contained)
    text = sections(await summarized(fhir))["Traitements"]["text"]["div"]
    assert "<li>Aspirine</li>" in text


async def test_a_token_for_observations_alone(fhir: FhirWorld) -> None:
    await populate(fhir, *RECORD)
    few = "patient/Patient.rs patient/Observation.rs"
    found = sections(await summarized(fhir, role="patient", patient="p", scope=few))
    assert listed(found["Constantes"]) == ["Observation/recent"]
    assert found["Antécédents"]["emptyReason"]["coding"][0]["code"] == "withheld"


async def test_many_measures_hide_no_result_and_a_part_is_stated(
    fhir: FhirWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("esante.summary.flows.find_record.MAX_ON_PAGE", 3)
    weights = [
        observation(f"o{day}", "vital-signs", "29463-7", "Poids", f"2026-03-{day:02}", 60 + day)
        for day in range(1, 9)
    ]
    await populate(fhir, *RECORD, *weights)
    found = sections(await summarized(fhir))
    assert listed(found["Constantes"]) == ["Observation/o8"]
    assert "les plus récentes" in found["Constantes"]["text"]["div"]
    assert listed(found["Résultats d’examens"]) == ["Observation/creatinine"]
    assert "les plus récentes" not in found["Résultats d’examens"]["text"]["div"]


async def test_only_the_newest_of_many_measures(fhir: FhirWorld) -> None:
    many = [
        observation(f"o{day}", "vital-signs", "29463-7", "Poids", f"2026-01-{day:02}", 60 + day)
        for day in range(1, 29)
    ]
    await populate(fhir, PERSON, *many)
    assert listed(sections(await summarized(fhir))["Constantes"]) == ["Observation/o28"]
