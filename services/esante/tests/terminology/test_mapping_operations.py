"""$subsumes and $translate over HTTP."""

from typing import Any

import pytest
from fhir_world import Answer, FhirWorld

from esante.terminology.flows import resolver

ROLES = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
URL = "https://region.exemple.fr/"
CARE = {
    "resourceType": "CodeSystem",
    "id": "soins",
    "url": URL + "soins",
    "status": "active",
    "content": "complete",
    "concept": [{"code": "soin", "concept": [{"code": "toilette"}]}, {"code": "repas"}],
}


def concept_map(own: str, unmapped: object = None) -> dict[str, Any]:
    targets = [
        {"code": "B1", "equivalence": "equivalent", "display": "Toilette au lit"},
        {"code": "B2", "equivalence": "wider"},
    ]
    none = [{"equivalence": "unmatched"}]
    group = {
        "source": URL + "soins",
        "target": "urn:actes",
        "element": [{"code": "toilette", "target": targets}, {"code": "soin", "target": none}],
    }
    return {
        "resourceType": "ConceptMap",
        "id": own,
        "url": URL + own,
        "status": "active",
        "group": [group | ({"unmapped": unmapped} if unmapped else {})],
    }


MAPS = [
    concept_map("simple"),
    concept_map("fixe", {"mode": "fixed", "code": "AUTRE"}),
    concept_map("meme", {"mode": "provided"}),
    concept_map("suite", {"mode": "other-map", "url": URL + "boucle"}),
    concept_map("boucle", {"mode": "other-map", "url": URL + "suite"}),
    concept_map("detour", {"mode": "other-map", "url": URL + "fixe"}),
]


async def outcome(fhir: FhirWorld, query: str) -> Any:
    answer = await fhir.send("GET", f"/CodeSystem/{query}")
    assert answer.status == 200, answer.body
    return answer.json["parameter"][0]["valueCode"]


async def test_subsumes(fhir: FhirWorld) -> None:
    await fhir.send("PUT", "/CodeSystem/soins", CARE)
    for one, other, expected in (
        ("soin", "toilette", "subsumes"),
        ("toilette", "soin", "subsumed-by"),
        ("repas", "repas", "equivalent"),
        ("repas", "soin", "not-subsumed"),
    ):
        codes = f"codeA={one}&codeB={other}"
        assert await outcome(fhir, f"soins/$subsumes?{codes}") == expected
        assert await outcome(fhir, f"$subsumes?system={URL}soins&{codes}") == expected
    assert await outcome(fhir, f"$subsumes?system={ROLES}&codeA=SPS&codeB=HUSB") == "subsumes"
    codings = [
        {"name": f"coding{which}", "valueCoding": {"system": ROLES, "code": code}}
        for which, code in (("A", "HUSB"), ("B", "SPS"))
    ]
    body = {"resourceType": "Parameters", "parameter": codings}
    answer = await fhir.send("POST", "/CodeSystem/$subsumes", body)
    assert answer.json["parameter"] == [{"name": "outcome", "valueCode": "subsumed-by"}]
    for query, status in (
        (f"system={ROLES}&codeA=SPS", 400),
        ("codeA=SPS&codeB=HUSB", 400),
        (f"system={ROLES}&codeA=SPS&codeB=absent", 404),
        ("system=urn:x&codeA=a&codeB=b", 404),
    ):
        assert (await fhir.send("GET", f"/CodeSystem/$subsumes?{query}")).status == status, query


def matches(answer: Answer) -> list[tuple[str, str]]:
    """(equivalence, code) of each match; the code is empty without one."""
    assert answer.status == 200, answer.body
    found = []
    for each in answer.json["parameter"]:
        if each["name"] == "match":
            parts = {part["name"]: part for part in each["part"]}
            code = parts.get("concept", {}).get("valueCoding", {}).get("code", "")
            found.append((parts["equivalence"]["valueCode"], code))
    result = answer.json["parameter"][0]["valueBoolean"]
    assert result == any(code for _, code in found)
    return found


async def test_translate(fhir: FhirWorld) -> None:
    for each in MAPS:
        answer = await fhir.send("PUT", f"/ConceptMap/{each['id']}", each)
        assert answer.status == 201, answer.body
    soins = f"system={URL}soins"
    for query, expected in (
        (f"simple/$translate?{soins}&code=toilette", [("equivalent", "B1"), ("wider", "B2")]),
        (f"$translate?url={URL}simple&code=toilette", [("equivalent", "B1"), ("wider", "B2")]),
        (f"simple/$translate?{soins}&code=soin", [("unmatched", "")]),
        (f"simple/$translate?{soins}&code=repas", []),
        ("simple/$translate?system=urn:autre&code=toilette", []),
        (f"simple/$translate?{soins}&code=toilette&targetsystem=urn:autre", []),
        ("simple/$translate?system=urn:actes&code=B2&reverse=true", [("narrower", "toilette")]),
        (f"fixe/$translate?{soins}&code=repas", [("inexact", "AUTRE")]),
        (f"meme/$translate?{soins}&code=repas", [("equal", "repas")]),
        (f"detour/$translate?{soins}&code=repas", [("inexact", "AUTRE")]),
        # Two maps that refer to each other.
        (f"suite/$translate?{soins}&code=repas", []),
    ):
        assert matches(await fhir.send("GET", f"/ConceptMap/{query}")) == expected, query
    sent = [
        {"name": "conceptMap", "resource": MAPS[0]},
        {"name": "coding", "valueCoding": {"system": URL + "soins", "code": "toilette"}},
    ]
    body = {"resourceType": "Parameters", "parameter": sent}
    assert len(matches(await fhir.send("POST", "/ConceptMap/$translate", body))) == 2
    for query, status in (
        ("$translate?code=toilette", 400),
        ("simple/$translate", 400),
        (f"$translate?url={URL}absente&code=toilette", 404),
        ("simple/$translate?code=x&reverse=oui", 400),
    ):
        assert (await fhir.send("GET", f"/ConceptMap/{query}")).status == status, query
    refused = await fhir.send(
        "GET", f"/ConceptMap/$translate?url={URL}simple&code=toilette", scope="system/Patient.rs"
    )
    assert refused.status == 403


async def test_a_translation_is_bounded_and_permitted(
    fhir: FhirWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in (MAPS[1], MAPS[5]):
        await fhir.send("PUT", f"/ConceptMap/{each['id']}", each)
    # The map to which several codes lead is looked up once.
    monkeypatch.setattr(resolver, "_MAX_STORED", 1)
    for count, status in ((100, 200), (101, 400)):
        codings = [{"system": URL + "soins", "code": f"c{n}"} for n in range(count)]
        concept = {"name": "codeableConcept", "valueCodeableConcept": {"coding": codings}}
        body = {"resourceType": "Parameters", "parameter": [concept]}
        answer = await fhir.send("POST", "/ConceptMap/detour/$translate", body)
        assert answer.status == status, answer.body
        assert status == 400 or matches(answer) == [("inexact", "AUTRE")]
    # A map in the body needs the same permission as a stored one.
    sent = [{"name": "conceptMap", "resource": MAPS[0]}, {"name": "code", "valueCode": "toilette"}]
    body = {"resourceType": "Parameters", "parameter": sent}
    for scope, status in (("system/ConceptMap.r", 200), ("system/Patient.rs", 403)):
        answer = await fhir.send("POST", "/ConceptMap/$translate", body, scope=scope)
        assert answer.status == status, answer.body
