"""$lookup, $validate-code and $expand over HTTP."""

from typing import Any
from urllib.parse import quote

from fhir_world import Answer, FhirWorld

GENDER = "http://hl7.org/fhir/administrative-gender"
GENDERS = "http://hl7.org/fhir/ValueSet/administrative-gender"
ROLES = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"

MODES = {
    "resourceType": "CodeSystem",
    "id": "modes",
    "url": "https://region.exemple.fr/modes",
    "version": "2",
    "status": "active",
    "content": "complete",
    "caseSensitive": True,
    "concept": [
        {"code": "rail", "display": "Ferré", "concept": [{"code": "tram", "display": "Tramway"}]},
        {"code": "bus", "display": "Autobus", "definition": "Sur route"},
    ],
}
RAIL = {
    "resourceType": "ValueSet",
    "id": "ferre",
    "url": "https://region.exemple.fr/ferre",
    "status": "active",
    "compose": {
        "include": [
            {
                "system": MODES["url"],
                "filter": [{"property": "concept", "op": "is-a", "value": "rail"}],
            }
        ]
    },
}


def parameters_of(answer: Answer) -> dict[str, Any]:
    """The parameters of an answer, those that have a value, by name."""
    assert answer.status == 200, answer.body
    return {
        each["name"]: each[member]
        for each in answer.json["parameter"]
        for member in each
        if member.startswith("value")
    }


def codes(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.body
    return [each["code"] for each in answer.json["expansion"].get("contains", [])]


async def test_lookup(fhir: FhirWorld) -> None:
    found = parameters_of(
        await fhir.send("GET", f"/CodeSystem/$lookup?system={GENDER}&code=female")
    )
    assert (found["display"], found["version"]) == ("Female", "4.0.1")
    child = await fhir.send("GET", f"/CodeSystem/$lookup?system={ROLES}&code=SPS")
    properties = [
        tuple(part["valueCode"] for part in each["part"])
        for each in child.json["parameter"]
        if each["name"] == "property"
    ]
    assert ("child", "HUSB") in properties
    coding = {"name": "coding", "valueCoding": {"system": GENDER, "code": "male"}}
    body = {"resourceType": "Parameters", "parameter": [coding]}
    assert parameters_of(await fhir.send("POST", "/CodeSystem/$lookup", body))["display"] == "Male"
    for query in (f"system={GENDER}&code=femme", "system=urn:x&code=1"):
        assert (await fhir.send("GET", f"/CodeSystem/$lookup?{query}")).status == 404
    assert (await fhir.send("GET", "/CodeSystem/$lookup?code=male")).status == 400
    assert (await fhir.send("GET", "/Patient/$lookup?code=male")).status == 404


async def test_validate_code(fhir: FhirWorld) -> None:
    path = f"/ValueSet/$validate-code?url={GENDERS}"
    for query, result in (
        (f"&system={GENDER}&code=female", True),
        ("&code=female", True),
        (f"&system={GENDER}&code=femme", False),
        ("&system=urn:x&code=female", False),
        (f"&system={GENDER}&code=female&display=female", True),
        (f"&system={GENDER}&code=female&display=Male", False),
    ):
        found = parameters_of(await fhir.send("GET", path + query))
        assert found["result"] is result, query
        assert result or found["message"]
    concept = {"coding": [{"system": "urn:x", "code": "1"}, {"system": GENDER, "code": "other"}]}
    body = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "url", "valueUri": GENDERS},
            {"name": "codeableConcept", "valueCodeableConcept": concept},
        ],
    }
    assert (
        parameters_of(await fhir.send("POST", "/ValueSet/$validate-code", body))["result"] is True
    )
    of_system = await fhir.send("GET", f"/CodeSystem/$validate-code?url={GENDER}&code=x")
    assert parameters_of(of_system)["result"] is False
    french = quote("https://hl7.fr/ig/fhir/core/ValueSet/fr-core-vs-insee-code")
    system = quote("https://mos.esante.gouv.fr/NOS/TRE_R13-CommuneOM/FHIR/TRE-R13-CommuneOM")
    unknown = f"/ValueSet/$validate-code?url={french}&system={system}&code=45234"
    assert (await fhir.send("GET", unknown)).status == 422
    elsewhere = f"/ValueSet/$validate-code?url={french}&system=urn:x&code=45234"
    assert parameters_of(await fhir.send("GET", elsewhere))["result"] is False


async def test_expand(fhir: FhirWorld) -> None:
    path = f"/ValueSet/$expand?url={GENDERS}"
    everything = await fhir.send("GET", path)
    assert codes(everything) == ["male", "female", "other", "unknown"]
    assert everything.json["expansion"]["total"] == 4
    assert codes(await fhir.send("GET", f"{path}&filter=mal")) == ["male", "female"]
    page = await fhir.send("GET", f"{path}&offset=1&count=2")
    assert (codes(page), page.json["expansion"]["offset"]) == (["female", "other"], 1)
    assert codes(await fhir.send("GET", f"{path}&count=0")) == []
    for query in ("url=urn:x", "", f"url={GENDERS}&count=x", f"url={GENDERS}&couleur=x"):
        assert (await fhir.send("GET", f"/ValueSet/$expand?{query}")).status in (400, 404)


async def test_what_is_stored_is_known(fhir: FhirWorld) -> None:
    for resource in (MODES, RAIL):
        place = f"/{resource['resourceType']}/{resource['id']}"
        assert (await fhir.send("PUT", place, resource)).status == 201
    found = parameters_of(
        await fhir.send("GET", f"/CodeSystem/$lookup?system={MODES['url']}&code=bus")
    )
    assert (found["display"], found["definition"], found["version"]) == (
        "Autobus",
        "Sur route",
        "2",
    )
    assert codes(await fhir.send("GET", f"/ValueSet/$expand?url={RAIL['url']}")) == ["rail", "tram"]
    assert codes(await fhir.send("GET", "/ValueSet/ferre/$expand?filter=tram")) == ["tram"]
    path = f"/ValueSet/ferre/$validate-code?system={MODES['url']}"
    assert parameters_of(await fhir.send("GET", f"{path}&code=tram"))["result"] is True
    assert parameters_of(await fhir.send("GET", f"{path}&code=bus"))["result"] is False
    sent = {"name": "valueSet", "resource": RAIL}
    body = {"resourceType": "Parameters", "parameter": [sent]}
    assert codes(await fhir.send("POST", "/ValueSet/$expand", body)) == ["rail", "tram"]


async def test_filters_on_properties_that_are_booleans(fhir: FhirWorld) -> None:
    retired = {"code": "inactive", "valueBoolean": True}
    living = {"code": "inactive", "valueBoolean": False}
    resource = MODES | {
        "concept": [
            {"code": "tramway", "property": [living]},
            {"code": "omnibus", "property": [retired]},
            {"code": "bus"},
        ]
    }
    assert (await fhir.send("PUT", "/CodeSystem/modes", resource)).status == 201
    for value, found in (("true", ["omnibus"]), ("false", ["tramway"])):
        chosen = [{"property": "inactive", "op": "=", "value": value}]
        value_set = RAIL | {"compose": {"include": [{"system": MODES["url"], "filter": chosen}]}}
        sent = {"name": "valueSet", "resource": value_set}
        body = {"resourceType": "Parameters", "parameter": [sent]}
        assert codes(await fhir.send("POST", "/ValueSet/$expand", body)) == found


async def test_what_is_stored_is_known_to_its_readers(fhir: FhirWorld) -> None:
    await fhir.send("PUT", "/CodeSystem/modes", MODES)
    path = f"/CodeSystem/$lookup?system={MODES['url']}&code=bus"
    assert (await fhir.send("GET", path, scope="system/Patient.r")).status == 404
    assert (await fhir.send("GET", path, scope="system/CodeSystem.r")).status == 200


async def test_a_value_set_made_of_itself_is_refused(fhir: FhirWorld) -> None:
    for mine, other in (("a", "b"), ("b", "a")):
        made = {
            "resourceType": "ValueSet",
            "id": mine,
            "url": f"https://region.exemple.fr/{mine}",
            "status": "active",
            "compose": {"include": [{"valueSet": [f"https://region.exemple.fr/{other}"]}]},
        }
        assert (await fhir.send("PUT", f"/ValueSet/{mine}", made)).status == 201
    answer = await fhir.send("GET", "/ValueSet/a/$expand")
    assert answer.json["resourceType"] == "OperationOutcome"
    assert "lui-même" in answer.diagnostics


async def test_the_capability_statement_lists_the_operations(fhir: FhirWorld) -> None:
    statement = (await fhir.send("GET", "/metadata")).json
    of = {each["type"]: each for each in statement["rest"][0]["resource"]}
    names = {
        resource_type: {o["name"] for o in of[resource_type].get("operation", [])}
        for resource_type in of
    }
    assert {"expand", "validate-code", "validate"} <= names["ValueSet"]
    assert "expand" not in names["Patient"]
    lookup = next(o for o in of["CodeSystem"]["operation"] if o["name"] == "lookup")
    assert lookup["definition"] == "http://hl7.org/fhir/OperationDefinition/CodeSystem-lookup"
    assert any(url.endswith("fr-core-patient-ins") for url in of["Patient"]["supportedProfile"])
    assert any(url.endswith("cds-ihe-careteam") for url in of["CareTeam"]["supportedProfile"])
    assert any(url.endswith("as-organization") for url in of["Organization"]["supportedProfile"])
