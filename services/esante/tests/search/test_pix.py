"""Patient/$ihe-pix over HTTP: identifiers of one person in other systems (PIXm, ITI-83)."""

from typing import Any

from fhir_world import Answer, FhirWorld

RECORDS, NATIONAL, ODD = "urn:dossier", "urn:oid:1.2.250.1.213.1.4.2", "urn:a|b,c"


def person(own: str, *identifiers: tuple[str, str], link: str = "") -> dict[str, Any]:
    listed = [{"system": system, "value": value} for system, value in identifiers]
    linked = [{"other": {"reference": f"Patient/{link}"}, "type": "replaced-by"}] if link else []
    return {"resourceType": "Patient", "id": own, "identifier": listed} | (
        {"link": linked} if link else {}
    )


def references(answer: Answer) -> tuple[list[str], list[str]]:
    """The identifiers (`system|value`) and the patients of an answer."""
    assert answer.status == 200, answer.body
    found = answer.json.get("parameter", [])
    identifiers = [e["valueIdentifier"] for e in found if e["name"] == "targetIdentifier"]
    return (
        [f"{each['system']}|{each['value']}" for each in identifiers],
        [e["valueReference"]["reference"] for e in found if e["name"] == "targetId"],
    )


async def test_pix(fhir: FhirWorld) -> None:
    for each in (
        person("ada", (RECORDS, "1"), (NATIONAL, "n1"), (ODD, "x,y")),
        person("ancienne", (RECORDS, "7"), (NATIONAL, "n1"), link="ada"),
        person("jean", (RECORDS, "2")),
    ):
        assert (await fhir.send("PUT", f"/Patient/{each['id']}", each)).status == 201
    pix = "/Patient/$ihe-pix?sourceIdentifier="
    all_of_ada = [f"{RECORDS}|1", f"{ODD}|x,y"]
    for query, identifiers, patients in (
        (f"{NATIONAL}|n1", {*all_of_ada, f"{RECORDS}|7"}, ["Patient/ada"]),
        (f"{RECORDS}|1", {f"{NATIONAL}|n1", f"{ODD}|x,y"}, ["Patient/ada"]),
        (f"{RECORDS}|1&targetSystem={NATIONAL}", {f"{NATIONAL}|n1"}, ["Patient/ada"]),
        (f"{RECORDS}|2&targetSystem={NATIONAL}", set(), ["Patient/jean"]),
    ):
        found = references(await fhir.send("GET", pix + query.replace("|", "%7C")))
        assert (set(found[0]), found[1]) == (identifiers, patients), query
    # A system and a value with the separators of searches, as an Identifier.
    sent = {"name": "sourceIdentifier", "valueIdentifier": {"system": ODD, "value": "x,y"}}
    body = {"resourceType": "Parameters", "parameter": [sent]}
    assert references(await fhir.send("POST", "/Patient/$ihe-pix", body))[1] == ["Patient/ada"]
    for wrong in ("1", "%7C1", f"{RECORDS}%7C", f"a%7Cb&sourceIdentifier={RECORDS}%7C1"):
        assert (await fhir.send("GET", pix + wrong)).status == 400, wrong
    assert (await fhir.send("GET", f"{pix}{RECORDS}%7C1&other=x")).status == 400
    # A closed record answers as one that does not exist.
    mine: dict[str, Any] = {"role": "patient", "patient": "jean", "scope": "patient/*.rs"}
    closed = await fhir.send("GET", f"{pix}{RECORDS}%7C1", **mine)
    absent = await fhir.send("GET", f"{pix}{RECORDS}%7C9", **mine)
    assert (closed.status, closed.body) == (absent.status, absent.body)
    assert closed.status == 404
    assert references(await fhir.send("GET", f"{pix}{RECORDS}%7C2", **mine))[1] == ["Patient/jean"]
    denied = await fhir.send("GET", f"{pix}{RECORDS}%7C1", scope="system/Observation.rs")
    assert denied.status == 403
