"""Patient/$match over HTTP: candidates with their grades, in the caller's rights."""

from typing import Any

import pytest
from fhir_world import Answer, FhirWorld

from esante.search.flows import match_patients

PEOPLE = [
    ("ada", "Essai", "Ada", "1974-12-25", "1"),
    ("adele", "Essai", "Adèle", "1974-12-25", "2"),
    ("jean", "Essai", "Jean", "1980-01-01", "3"),
    ("virgule", "Le, Goff", "Ada", "1990-01-01", "4"),
]


def person(family: str, given: str, born: str, value: str = "") -> dict[str, Any]:
    identifier = [{"system": "urn:dossier", "value": value}]
    return {
        "resourceType": "Patient",
        "name": [{"family": family, "given": [given]}],
        "birthDate": born,
    } | ({"identifier": identifier} if value else {})


async def match(fhir: FhirWorld, described: Any, *, only: bool = False, **options: Any) -> Answer:
    parameters: list[dict[str, Any]] = [{"name": "resource", "resource": described}]
    parameters += [{"name": "onlyCertainMatches", "valueBoolean": True}] if only else []
    body = {"resourceType": "Parameters", "parameter": parameters}
    return await fhir.send("POST", "/Patient/$match", body, **options)


def grades(answer: Answer) -> dict[str, str]:
    assert answer.status == 200, answer.body
    entries = answer.json.get("entry", [])
    scores = [each["search"]["score"] for each in entries]
    assert scores == sorted(scores, reverse=True)
    return {each["resource"]["id"]: each["search"]["extension"][0]["valueCode"] for each in entries}


async def test_match(fhir: FhirWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    for own, *of in PEOPLE:
        patient = person(*of) | {"id": own}
        assert (await fhir.send("PUT", f"/Patient/{own}", patient)).status == 201
    ada = person("essai", "ADA", "1974-12-25", "1")
    assert grades(await match(fhir, ada)) == {"ada": "certain"}
    unknown = {name: value for name, value in ada.items() if name != "identifier"}
    assert grades(await match(fhir, unknown)) == {"ada": "probable"}
    assert grades(await match(fhir, ada, only=True)) == {"ada": "certain"}
    assert grades(await match(fhir, unknown, only=True)) == {}
    assert grades(await match(fhir, person("Le, Goff", "Ada", "1990-01-01"))) == {
        "virgule": "probable"
    }
    assert grades(await fhir.send("POST", "/Patient/$match", ada)) == {"ada": "certain"}
    for described in (
        {"resourceType": "Patient", "birthDate": "1974-12-25"},
        {"resourceType": "Person", "birthDate": "1974-12-25"},
        person("Essai", "Ada", "hier"),
    ):
        assert (await match(fhir, described)).status == 400, described
    mine = {"role": "patient", "patient": "jean", "scope": "patient/*.rs"}
    assert grades(await match(fhir, ada, **mine)) == {}
    assert (await match(fhir, ada, scope="system/Observation.rs")).status == 403
    many = ada | {"name": [{"family": "Essai", "given": ["Ada"] * 21}]}
    for described, limit in ((many, match_patients.MAX_BYTES), (ada, 100)):
        monkeypatch.setattr(match_patients, "MAX_BYTES", limit)
        answer = await match(fhir, described)
        assert (answer.status, answer.codes) == (400, ["too-costly"]), answer.body
