"""$validate, and validation on writes, over HTTP."""

import threading
from collections.abc import Mapping
from typing import Any

import french
import pytest
from fhir_world import Answer, FhirWorld

from esante.validation.domain.profiles.rules import Profile
from esante.validation.domain.profiles.structure_definition import profile_of
from esante.validation.flows import stored_definitions

PATIENT: dict[str, Any] = {"resourceType": "Patient", "birthDate": "1980-02-30", "gender": "f"}


def places(answer: Answer, severity: str = "error") -> list[str]:
    assert answer.json["resourceType"] == "OperationOutcome"
    return [i["expression"][0] for i in answer.json["issue"] if i["severity"] == severity]


async def test_what_is_wrong_does_not_come_in(fhir: FhirWorld) -> None:
    refused = await fhir.send("POST", "/Patient", PATIENT)
    assert refused.status == 400
    assert places(refused) == ["Patient.birthDate", "Patient.gender"]
    assert "calendrier" in refused.diagnostics
    updated = await fhir.send("PUT", "/Patient/p1", PATIENT | {"id": "p1"})
    assert (updated.status, len(places(updated))) == (400, 2)
    assert (await fhir.send("GET", "/Patient/p1")).status == 404


async def test_a_matricule_without_its_profile_is_unfit(fhir: FhirWorld) -> None:
    patient = french.again(french.INS_PATIENT)
    del patient["meta"]
    refused = await fhir.send("PUT", "/Patient/ins", patient)
    assert (refused.status, refused.codes) == (422, ["business-rule"])
    assert (await fhir.send("PUT", "/Patient/ins", french.INS_PATIENT)).status == 201


async def test_validate_a_bare_resource(fhir: FhirWorld) -> None:
    answer = await fhir.send("POST", "/Patient/$validate", PATIENT)
    assert (answer.status, places(answer)) == (200, ["Patient.birthDate", "Patient.gender"])
    good = await fhir.send(
        "POST", "/Patient/$validate", {"resourceType": "Patient", "active": True}
    )
    assert (good.status, places(good)) == (200, [])
    assert good.json["issue"][0]["severity"] == "information"


async def test_an_empty_patient_is_valid_against_what_is_named(fhir: FhirWorld) -> None:
    empty = {"resourceType": "Patient"}
    core = french.CORE + "fr-core-patient"
    bare = await fhir.send("POST", "/Patient/$validate", empty)
    assert bare.diagnostics == (
        "Ressource valide : elle respecte la définition de Patient dans FHIR R4 (4.0.1). Elle ne "
        "contient aucun élément, et aucun n’est obligatoire. Aucun profil n’a été demandé "
        "(paramètre « profile »)."
    )
    known = await fhir.send("POST", f"/Patient/$validate?profile={core}|2.1.0", empty)
    assert f"dans FHIR R4 (4.0.1) et le profil {core}. Elle ne contient" in known.diagnostics
    assert "demandé" not in known.diagnostics
    assert (bare.codes, known.codes) == (["informational"], ["informational"])
    claimed = {"resourceType": "Patient", "active": True, "meta": {"profile": [core, "urn:x"]}}
    answer = await fhir.send("POST", "/Patient/$validate", claimed)
    assert answer.json["issue"][0]["diagnostics"].endswith(f"et le profil {core}.")


async def test_the_elements_that_a_profile_requires_are_named(fhir: FhirWorld) -> None:
    profile = french.CORE + "fr-core-patient-ins"
    answer = await fhir.send(
        "POST", f"/Patient/$validate?profile={profile}", {"resourceType": "Patient"}
    )
    assert set(answer.codes) == {"required"}
    for name in ("identifier", "name", "gender", "birthDate"):
        assert f"Il manque « {name} » : au moins 1 attendu, 0 trouvé." in answer.diagnostics
    assert "Il manque « extension » (tranche « birthPlace ») :" in answer.diagnostics
    assert "valide" not in answer.diagnostics


async def test_validate_against_a_profile(fhir: FhirWorld) -> None:
    profile = french.CORE + "fr-core-related-person"
    person = french.again(french.RELATED_PERSON)
    del person["identifier"]
    path = f"/RelatedPerson/$validate?profile={profile}"
    assert places(await fhir.send("POST", path, person)) == ["RelatedPerson.identifier"]
    body = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "resource", "resource": person},
            {"name": "profile", "valueUri": profile},
            {"name": "mode", "valueCode": "create"},
        ],
    }
    answer = await fhir.send("POST", "/RelatedPerson/$validate", body)
    assert places(answer) == ["RelatedPerson.identifier"]
    person["meta"] = {"profile": [profile]}
    assert places(await fhir.send("POST", "/RelatedPerson/$validate", person)) == [
        "RelatedPerson.identifier"
    ]
    good = await fhir.send("POST", path, french.RELATED_PERSON)
    assert places(good) == []


async def test_validate_what_is_stored(fhir: FhirWorld) -> None:
    await fhir.send("PUT", "/Slot/s1", french.SLOT)
    answer = await fhir.send("POST", f"/Slot/s1/$validate?profile={french.CORE}fr-core-slot")
    assert (answer.status, places(answer)) == (200, [])
    assert (await fhir.send("POST", "/Slot/s2/$validate")).status == 404
    other = await fhir.send("POST", "/Slot/s1/$validate?mode=update", french.SLOT | {"id": "s9"})
    assert places(other) == ["Slot.id"]
    assert "valide" not in other.diagnostics
    removed = await fhir.send("POST", "/Slot/s1/$validate?mode=delete")
    assert removed.diagnostics == "Aucune règle ne s’oppose à la suppression de Slot/s1."


async def test_what_cannot_be_validated_is_reported(fhir: FhirWorld) -> None:
    assert places(await fhir.send("POST", "/Patient/$validate", french.SLOT)) == ["Patient"]
    unknown = await fhir.send("POST", "/Slot/$validate?profile=urn:x", french.SLOT)
    assert places(unknown) == ["Slot"]
    claimed = french.SLOT | {"meta": {"profile": ["urn:x"]}}
    assert places(await fhir.send("POST", "/Slot/$validate", claimed), "warning")[-1] == "Slot"
    for path in ("/Slot/$validate?mode=x", "/Slot/$validate?profil=x", "/Slot/$validate"):
        body = None if path.endswith("$validate") else french.SLOT
        assert (await fhir.send("POST", path, body)).status == 400
    unread = await fhir.send("POST", "/Slot/$validate", b"{", media="application/json")
    assert unread.status == 400


async def test_validate_requires_a_permission_on_the_type(fhir: FhirWorld) -> None:
    for scope, status in (("system/Slot.r", 200), ("system/Patient.cruds", 403)):
        answer = await fhir.send("POST", "/Slot/$validate", french.SLOT, scope=scope)
        assert answer.status == status


PULSE = "https://exemple.fr/fhir/StructureDefinition/pouls"


def pulse_profile(**members: Any) -> dict[str, Any]:
    """A profile of Observation: a LOINC code, a patient, a value per minute, one category."""
    elements = [
        {"id": "Observation.code.coding", "path": "Observation.code.coding", "min": 1},
        {
            "id": "Observation.code",
            "path": "Observation.code",
            "patternCodeableConcept": {
                "coding": [{"system": "http://loinc.org", "code": "8867-4"}],
            },
        },
        {"id": "Observation.subject", "path": "Observation.subject", "min": 1},
        {"id": "Observation.method", "path": "Observation.method", "max": "0"},
        {
            "id": "Observation.category",
            "path": "Observation.category",
            "slicing": {
                "discriminator": [{"type": "pattern", "path": "$this"}],
                "rules": "open",
            },
        },
        {
            "id": "Observation.category:vital",
            "path": "Observation.category",
            "sliceName": "vital",
            "min": 1,
            "max": "1",
            "patternCodeableConcept": {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/observation-category",
                        "code": "vital-signs",
                    }
                ]
            },
        },
    ]
    return {
        "resourceType": "StructureDefinition",
        "url": PULSE,
        "name": "Pouls",
        "status": "active",
        "kind": "resource",
        "abstract": False,
        "type": "Observation",
        "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Observation",
        "derivation": "constraint",
        "differential": {"element": elements},
    } | members


async def test_an_uploaded_profile_judges_what_claims_it(fhir: FhirWorld) -> None:
    assert (await fhir.send("POST", "/StructureDefinition", pulse_profile())).status == 201
    category = pulse_profile()["differential"]["element"][5]["patternCodeableConcept"]
    good = {
        "resourceType": "Observation",
        "meta": {"profile": [PULSE]},
        "status": "final",
        "category": [category],
        "code": {"coding": [{"system": "http://loinc.org", "code": "8867-4"}]},
        "subject": {"reference": "Patient/p1"},
    }
    answer = await fhir.send("POST", "/Observation/$validate", good)
    assert places(answer) == []
    assert answer.json["issue"][0]["diagnostics"].endswith(f"et le profil {PULSE}.")
    wrong = good | {"category": [], "method": {"text": "doigt"}, "code": {"text": "pouls"}}
    del wrong["subject"], wrong["category"]
    answer = await fhir.send("POST", "/Observation/$validate", wrong)
    assert set(places(answer)) == {
        "Observation.category",
        "Observation.code",
        "Observation.code.coding",
        "Observation.method",
        "Observation.subject",
    }


def constraint(key: str, expression: str, severity: str = "error") -> dict[str, str]:
    return {"key": key, "severity": severity, "human": f"{key} !", "expression": expression}


async def test_the_invariants_of_an_uploaded_profile_and_its_base(fhir: FhirWorld) -> None:
    rules = [
        constraint("p-1", "value.exists() or dataAbsentReason.exists()"),
        constraint("p-2", "note.empty()", "warning"),
        constraint("p-3", "conformsTo('urn:x')"),
        constraint("p-4", "note.text.first().length() > 3"),
    ]
    base = {"id": "Observation", "path": "Observation", "constraint": rules}
    code = {
        "id": "Observation.code",
        "path": "Observation.code",
        "constraint": [constraint("p-5", "text = 'pouls'")],
    }
    for url, members in (
        (PULSE + "-a", {"differential": {"element": [base]}}),
        (PULSE, {"baseDefinition": PULSE + "-a", "differential": {"element": [code]}}),
    ):
        profile = pulse_profile(**members) | {"url": url}
        assert (await fhir.send("POST", "/StructureDefinition", profile)).status == 201
    wrong = {"resourceType": "Observation", "status": "final", "code": {"text": "taille"}}
    answer = await fhir.send("POST", f"/Observation/$validate?profile={PULSE}", wrong)
    assert set(places(answer)) == {"Observation", "Observation.code"}
    assert "La règle p-1 n’est pas suivie : « p-1 ! »." in answer.diagnostics
    assert "p-3 n’a pas été évaluée : Le profil urn:x n’est pas connu ici" in answer.diagnostics
    assert "p-4 n’a pas de résultat ici" in answer.diagnostics
    sound = wrong | {"valueString": "62", "code": {"text": "pouls"}, "note": [{"text": "repos"}]}
    answer = await fhir.send("POST", f"/Observation/$validate?profile={PULSE}", sound)
    assert (places(answer), places(answer, "warning")[-1:]) == ([], ["Observation"])


async def test_a_write_is_not_judged_by_an_uploaded_profile(fhir: FhirWorld) -> None:
    never = {"id": "Observation", "path": "Observation", "constraint": [constraint("n", "false")]}
    profile = pulse_profile(differential={"element": [never]})
    assert (await fhir.send("POST", "/StructureDefinition", profile)).status == 201
    claimed = {
        "resourceType": "Observation",
        "meta": {"profile": [PULSE]},
        "status": "final",
        "code": {"text": "pouls"},
    }
    assert places(await fhir.send("POST", "/Observation/$validate", claimed)) == ["Observation"]
    assert (await fhir.send("POST", "/Observation", claimed)).status == 201


async def test_a_profile_based_on_itself_is_refused(fhir: FhirWorld) -> None:
    for url, base in ((PULSE + "-a", PULSE + "-b"), (PULSE + "-b", PULSE + "-a")):
        profile = pulse_profile(url=url, baseDefinition=base)
        assert (await fhir.send("POST", "/StructureDefinition", profile)).status == 201
    answer = await fhir.send(
        "POST",
        f"/Observation/$validate?profile={PULSE}-a",
        {"resourceType": "Observation", "status": "final", "code": {"text": "a"}},
    )
    assert (answer.status, answer.codes) == (422, ["too-costly"])
    assert "se fonde sur lui-même" in answer.diagnostics


async def test_a_profile_is_built_outside_of_the_event_loop(
    fhir: FhirWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[str] = []

    def observed(definition: Mapping[str, Any], base: Profile | None) -> Profile:
        threads.append(threading.current_thread().name)
        return profile_of(definition, base)

    monkeypatch.setattr(stored_definitions, "profile_of", observed)
    deep = {"id": "Observation" + ".extension" * 31, "path": "Observation.extension"}
    profile = pulse_profile(differential={"element": [deep]})
    assert (await fhir.send("POST", "/StructureDefinition", profile)).status == 201
    observation = {"resourceType": "Observation", "status": "final", "code": {"text": "a"}}
    answer = await fhir.send("POST", f"/Observation/$validate?profile={PULSE}", observation)
    assert (answer.status, answer.codes) == (422, ["too-costly"])
    assert [name.partition("_")[0] for name in threads] == ["worker"]


async def test_a_response_is_compared_to_its_stored_questionnaire(fhir: FhirWorld) -> None:
    url = "https://exemple.fr/fhir/Questionnaire/repas"
    questionnaire = {
        "resourceType": "Questionnaire",
        "url": url,
        "status": "active",
        "item": [{"linkId": "1", "type": "boolean", "required": True}],
    }
    assert (await fhir.send("POST", "/Questionnaire", questionnaire)).status == 201
    response = {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": url,
        "status": "completed",
        "item": [{"linkId": "1", "answer": [{"valueString": "oui"}]}],
    }
    answer = await fhir.send("POST", "/QuestionnaireResponse/$validate", response)
    assert places(answer) == ["QuestionnaireResponse.item[0].answer[0].valueString"]


def bound_profile(**bindings: str) -> dict[str, Any]:
    """A profile of Observation that binds elements to value sets: `method_required=url`."""
    elements = []
    for name, url in bindings.items():
        element, _, strength = name.partition("_")
        path = f"Observation.{element}"
        elements.append(
            {"id": path, "path": path, "binding": {"strength": strength, "valueSet": url}}
        )
    return pulse_profile(differential={"element": elements})


def value_set(name: str, **include: Any) -> dict[str, Any]:
    return {
        "resourceType": "ValueSet",
        "url": f"https://exemple.fr/fhir/ValueSet/{name}",
        "status": "active",
        "compose": {"include": [include]},
    }


SENSORS: dict[str, Any] = {
    "resourceType": "CodeSystem",
    "url": "https://exemple.fr/fhir/CodeSystem/capteurs",
    "status": "active",
    "content": "complete",
    "concept": [{"code": "doigt"}, {"code": "poignet"}],
}


async def test_bindings_to_stored_value_sets(fhir: FhirWorld) -> None:
    stored = [SENSORS, value_set("capteurs", system=SENSORS["url"])]
    url = stored[1]["url"]
    stored.append(bound_profile(method_required=f"{url}|1", bodySite_extensible=url))
    for each in stored:
        assert (await fhir.send("POST", f"/{each['resourceType']}", each)).status == 201
    wrong = {"coding": [{"system": SENSORS["url"], "code": "oreille"}]}
    observation = {"resourceType": "Observation", "status": "final", "code": {"text": "pouls"}}
    path, sent = f"/Observation/$validate?profile={PULSE}", observation | {"method": wrong}
    answer = await fhir.send("POST", path, sent | {"bodySite": wrong})
    assert places(answer) == ["Observation.method"]
    assert "Observation.bodySite" in places(answer, "warning")
    known = {"coding": [{"system": SENSORS["url"], "code": "doigt"}]}
    assert places(await fhir.send("POST", path, observation | {"method": known})) == []
    # Without the right to read value sets, the code is not verified, as without the value set.
    scope = "system/Observation.c system/StructureDefinition.r system/CodeSystem.r"
    answer = await fhir.send("POST", path, sent, scope=scope)
    assert (places(answer), "Code non vérifié" in answer.diagnostics) == ([], True)


async def test_a_binding_to_a_value_set_made_of_itself_is_refused(fhir: FhirWorld) -> None:
    first, second = value_set("a"), value_set("b")
    first["compose"]["include"] = [{"valueSet": [second["url"]]}]
    second["compose"]["include"] = [{"valueSet": [first["url"]]}]
    for each in (first, second, bound_profile(code_required=first["url"])):
        assert (await fhir.send("POST", f"/{each['resourceType']}", each)).status == 201
    observation = {"resourceType": "Observation", "status": "final", "code": {"text": "pouls"}}
    coded = observation | {"code": {"coding": [{"system": "urn:x", "code": "a"}]}}
    answer = await fhir.send("POST", f"/Observation/$validate?profile={PULSE}", coded)
    assert (answer.status, answer.codes) == (422, ["too-costly"])
    assert "se contient lui-même" in answer.diagnostics


async def test_a_stored_nomenclature_decides_the_codes_of_fr_core(fhir: FhirWorld) -> None:
    slot = french.again(french.SLOT)
    slot["meta"] = {"profile": [french.CORE + "fr-core-slot"]}
    nos = "https://mos.esante.gouv.fr/NOS"
    system = f"{nos}/TRE_R38-SpecialiteOrdinale/FHIR/TRE-R38-SpecialiteOrdinale"
    slot["specialty"] = [{"coding": [{"system": system, "code": "SM02"}]}]
    answer = await fhir.send("POST", "/Slot/$validate", slot)
    assert "Code non vérifié" in answer.diagnostics
    nomenclature = SENSORS | {"url": system}
    assert (await fhir.send("POST", "/CodeSystem", nomenclature)).status == 201
    answer = await fhir.send("POST", "/Slot/$validate", slot)
    assert places(answer) == ["Slot.specialty[0]"]
    slot["specialty"][0]["coding"][0]["code"] = "doigt"
    answer = await fhir.send("POST", "/Slot/$validate", slot)
    assert (places(answer), "Code non vérifié" in answer.diagnostics) == ([], False)
