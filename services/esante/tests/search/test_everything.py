"""Patient/$everything over HTTP: a record, page by page, and nothing of another."""

from typing import Any

from fhir_world import FhirWorld
from searched_region import found, ids, link, populate

RECORD = "/Patient/dupont/$everything"
MINE = {"role": "patient", "patient": "dupont", "scope": "patient/*.rs"}


async def test_the_record_of_a_patient(fhir: FhirWorld) -> None:
    await populate(fhir)
    for check in (
        everything_and_who_is_named,
        pages_hold_each_resource_once,
        some_types_alone,
        its_size_alone,
        what_was_written_since,
        a_patient_reads_only_their_own,
        what_is_not_permitted_is_left_out,
        parameters_in_a_body,
        what_is_refused,
    ):
        await check(fhir)


async def everything_and_who_is_named(fhir: FhirWorld) -> None:
    assert await found(fhir, RECORD) == ["poids2", "poids1", "poids0", "visite", "dupont"]
    assert await found(fhir, RECORD, "include") == ["leroy"]
    # His weights name an encounter of the other patient, which is not in his record.
    assert await found(fhir, "/Patient/durand/$everything") == ["poids4", "poids3", "durand"]
    assert await found(fhir, "/Patient/durand/$everything", "include") == []


async def pages_hold_each_resource_once(fhir: FhirWorld) -> None:
    answer = await fhir.send("GET", f"{RECORD}?_count=2&start=2020")
    seen = ids(answer)
    assert link(answer, "self") == f"{RECORD}?start=2020&_count=2"
    while following := link(answer, "next"):
        assert following.startswith(f"{RECORD}?start=2020&_count=2&_cursor=")
        answer = await fhir.send("GET", following)
        seen += ids(answer)
    assert seen == ["poids2", "poids1", "poids0", "visite", "dupont"]


async def some_types_alone(fhir: FhirWorld) -> None:
    assert await found(fhir, f"{RECORD}?_type=Encounter,Patient") == ["visite", "dupont"]
    assert await found(fhir, f"{RECORD}?_type=Encounter,Patient", "include") == []
    assert await found(fhir, f"{RECORD}?_type=Practitioner") == []
    assert await found(fhir, f"{RECORD}?_type=Practitioner", "include") == ["leroy"]
    both = f"{RECORD}?_type=Practitioner,Encounter"
    assert (await found(fhir, both), await found(fhir, both, "include")) == (["visite"], ["leroy"])


async def its_size_alone(fhir: FhirWorld) -> None:
    for query, total in (("", 5), ("&_type=Encounter,Practitioner", 1), ("&_type=Practitioner", 0)):
        answer = await fhir.send("GET", f"{RECORD}?_summary=count{query}")
        assert (answer.status, answer.json["total"]) == (200, total)
        assert "entry" not in answer.json
    few: dict[str, Any] = MINE | {"scope": "patient/Patient.rs patient/Encounter.rs"}
    assert (await fhir.send("GET", f"{RECORD}?_summary=count", **few)).json["total"] == 2


async def what_was_written_since(fhir: FhirWorld) -> None:
    assert await found(fhir, f"{RECORD}?_since=2999-01-01T00:00:00Z") == []
    assert len(await found(fhir, f"{RECORD}?_since=2000-01-01T00:00:00Z")) == 5


async def a_patient_reads_only_their_own(fhir: FhirWorld) -> None:
    assert len(await found(fhir, RECORD, **MINE)) == 5
    other = await fhir.send("GET", "/Patient/durand/$everything", **MINE)
    absent = await fhir.send("GET", "/Patient/personne/$everything", **MINE)
    assert other.status == absent.status == 404
    assert other.diagnostics.replace("durand", "personne") == absent.diagnostics


async def what_is_not_permitted_is_left_out(fhir: FhirWorld) -> None:
    few: dict[str, Any] = MINE | {"scope": "patient/Patient.rs patient/Encounter.rs"}
    assert await found(fhir, RECORD, **few) == ["visite", "dupont"]
    assert await found(fhir, f"{RECORD}?_type=Observation,Patient", **few) == ["dupont"]
    blind: dict[str, Any] = MINE | {"scope": "patient/Observation.rs"}
    assert (await fhir.send("GET", RECORD, **blind)).status == 403


async def parameters_in_a_body(fhir: FhirWorld) -> None:
    parameters = [
        {"name": "_type", "valueCode": "Observation"},
        {"name": "_count", "valueInteger": 1},
    ]
    body = {"resourceType": "Parameters", "parameter": parameters}
    answer = await fhir.send("POST", RECORD, body)
    assert ids(answer) == ["poids2"]
    assert ids(await fhir.send("GET", link(answer, "next"))) == ["poids1"]


async def what_is_refused(fhir: FhirWorld) -> None:
    for wrong, named in (
        ("_type=Personne", "Personne"),
        ("_since=hier", "_since"),
        ("start=hier", "start"),
        ("end=2020-13", "end"),
        ("start=2025,ge1900", "start"),
        ("_since=2999,lt2999", "_since"),
        ("_count=beaucoup", "_count"),
        ("_cursor=x", "page suivante"),
        ("name=Dupont", "name"),
    ):
        answer = await fhir.send("GET", f"{RECORD}?{wrong}")
        assert answer.status == 400, wrong
        assert named in answer.diagnostics


STAY = "/Encounter/visite/$everything"


async def test_an_encounter(fhir: FhirWorld) -> None:
    await populate(fhir)
    # The weights of the other patient name this encounter too, and stay in his record.
    assert await found(fhir, STAY) == ["poids2", "poids1", "poids0", "visite"]
    assert await found(fhir, STAY, "include") == ["dupont"]
    assert await found(fhir, f"{STAY}?_type=Observation") == ["poids2", "poids1", "poids0"]
    assert await found(fhir, f"{STAY}?_type=Patient", "include") == ["dupont"]
    first = await fhir.send("GET", f"{STAY}?_count=3")
    assert ids(first) + ids(await fhir.send("GET", link(first, "next"))) == [
        *("poids2", "poids1", "poids0"),
        "visite",
    ]
    assert (await fhir.send("GET", f"{STAY}?_summary=count")).json["total"] == 4
    few: dict[str, Any] = MINE | {"scope": "patient/Encounter.rs"}
    assert await found(fhir, STAY, **few) == ["visite"]
    assert await found(fhir, STAY, "include", **few) == []
    other: dict[str, Any] = MINE | {"patient": "durand"}
    closed = await fhir.send("GET", STAY, **other)
    absent = await fhir.send("GET", "/Encounter/aucune/$everything", **other)
    assert closed.status == absent.status == 404
    assert closed.diagnostics.replace("visite", "aucune") == absent.diagnostics
    assert (await fhir.send("GET", f"{STAY}?start=2020")).status == 400


async def test_what_is_of_another_patient_stays_in_their_record(fhir: FhirWorld) -> None:
    await populate(fhir)
    for name, owner in (("d", "durand"), ("e", "dupont")):
        device = {"resourceType": "Device", "id": name}
        device |= {"patient": {"reference": f"Patient/{owner}"}}
        assert (await fhir.send("PUT", f"/Device/{name}", device)).status == 201
    for name in "de":
        measured = observation(f"par-{name}", None) | {
            "subject": {"reference": "Patient/dupont"},
            "device": {"reference": f"Device/{name}"},
        }
        assert (await fhir.send("PUT", f"/Observation/par-{name}", measured)).status == 201
    assert sorted(await found(fhir, RECORD, "include")) == ["e", "leroy"]


async def test_dates_of_care_bound_a_record(fhir: FhirWorld) -> None:
    await fhir.send("PUT", "/Patient/p", {"resourceType": "Patient", "id": "p"})
    for number, when in enumerate(("2020-05-01", "2021-05", "2022", None)):
        await fhir.send("PUT", f"/Observation/o{number}", observation(f"o{number}", when))
    for bounds, expected in (
        ("start=2021-05-15", ["o3", "o2", "o1", "p"]),
        ("end=2021-05-15", ["o3", "o1", "o0", "p"]),
        ("start=2021&end=2021", ["o3", "o1", "p"]),
        ("start=2023", ["o3", "p"]),
    ):
        assert await found(fhir, f"/Patient/p/$everything?{bounds}") == expected, bounds


def observation(name: str, when: str | None) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": name,
        "status": "final",
        "code": {"text": "poids"},
        "subject": {"reference": "Patient/p"},
    } | ({} if when is None else {"effectiveDateTime": when})


async def test_the_capability_statement_names_it(fhir: FhirWorld) -> None:
    statement = (await fhir.send("GET", "/metadata")).json
    resources = {each["type"]: each for each in statement["rest"][0]["resource"]}
    names = {each["name"] for each in resources["Patient"]["operation"]}
    assert "everything" in names
    for name in ("Patient", "Encounter"):
        definition = f"http://hl7.org/fhir/OperationDefinition/{name}-everything"
        assert {"name": "everything", "definition": definition} in resources[name]["operation"]
    assert "everything" not in {e["name"] for e in resources["Observation"].get("operation", ())}
