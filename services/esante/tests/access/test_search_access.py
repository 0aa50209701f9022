"""No search discloses what its caller cannot search.

Neither by a total, a chain, `_has`, an inclusion, an order, nor a page.
"""

from typing import Any

from fhir_world import FhirWorld
from searched_region import found, populate

OF_DUPONT: dict[str, Any] = {
    "role": "patient",
    "patient": "dupont",
    "scope": "patient/Patient.rs patient/Observation.rs patient/Encounter.rs",
}


async def test_no_right_at_all(fhir: FhirWorld) -> None:
    for scope in ("", "system/Encounter.rs", "system/Patient.r", "patient/Patient.rs"):
        for path in (
            "/Patient",
            "/?_type=Patient",
            "/Patient?_total=accurate",
            "/Patient?_count=0",
        ):
            answer = await fhir.send("GET", path, scope=scope)
            assert (answer.status, answer.codes) == (403, ["forbidden"]), (scope, path)
    assert (await fhir.send("GET", "/", scope="openid")).status == 403
    assert (await fhir.send("GET", "/Patient", role="anonymous", scope="")).status == 401


async def test_nothing_hidden_is_disclosed(fhir: FhirWorld) -> None:
    await populate(fhir)
    for check in (
        only_the_own_compartment,
        totals,
        chains_pass_through_nothing_hidden,
        has_sees_nothing_hidden,
        inclusions_bring_nothing_hidden,
        pages_stay_within_it,
        scopes_with_a_query,
    ):
        await check(fhir)


async def only_the_own_compartment(fhir: FhirWorld) -> None:
    assert await found(fhir, "/Patient", **OF_DUPONT) == ["dupont"]
    assert await found(fhir, "/Observation", **OF_DUPONT) == ["poids2", "poids1", "poids0"]
    assert await found(fhir, "/Observation?patient=durand", **OF_DUPONT) == []
    assert await found(fhir, "/Observation?_id=poids4", **OF_DUPONT) == []
    assert await found(fhir, "/Observation?code:not=x&_sort=_id", **OF_DUPONT) == [
        "poids0",
        "poids1",
        "poids2",
    ]
    assert await found(fhir, "/Patient/durand/Observation", **OF_DUPONT) == []
    assert await found(fhir, "/Patient/durand/*", **OF_DUPONT) == []
    everything = await found(fhir, "/?_count=50", **OF_DUPONT)
    assert sorted(everything) == ["dupont", "poids0", "poids1", "poids2", "visite"]


async def totals(fhir: FhirWorld) -> None:
    for how in ("_total=accurate", "_total=estimate&_count=1", "_count=0"):
        for path, total in (("/Observation", 3), ("/", 5), ("/Patient", 1)):
            answer = await fhir.send("GET", f"{path}?{how}", **OF_DUPONT)
            assert answer.json["total"] == total, (path, how)


async def chains_pass_through_nothing_hidden(fhir: FhirWorld) -> None:
    assert await found(fhir, "/Encounter?patient.name=du", **OF_DUPONT) == ["visite"]
    hidden = await fhir.send("GET", "/Patient?general-practitioner.name=leroy", **OF_DUPONT)
    assert hidden.status == 403
    # Of the target types of a reference, those that can be searched.
    both = "/Observation?performer.name=leroy"
    assert await found(fhir, both, **OF_DUPONT) == []
    # An encounter of Dupont, of which an observation of Durand speaks.
    inside = "/Observation?encounter.patient.name=dup"
    assert await found(fhir, inside, **OF_DUPONT) == ["poids2", "poids1", "poids0"]


async def has_sees_nothing_hidden(fhir: FhirWorld) -> None:
    seen = "/Encounter?_has:Observation:encounter:value-quantity="
    assert await found(fhir, f"{seen}gt73") == ["visite"]
    assert await found(fhir, f"{seen}gt73", **OF_DUPONT) == []
    assert await found(fhir, f"{seen}gt71", **OF_DUPONT) == ["visite"]
    hidden = "/Observation?_has:Provenance:target:recorded=gt2000"
    assert (await fhir.send("GET", hidden, **OF_DUPONT)).status == 403


async def inclusions_bring_nothing_hidden(fhir: FhirWorld) -> None:
    one = "/Observation?_id=poids0"
    for how in ("_include=*", "_include=Patient:general-practitioner", "_revinclude=*"):
        included = await found(fhir, f"{one}&{how}", "include", **OF_DUPONT)
        assert not {"leroy", "origine"} & set(included), how
    encounter = "/Encounter?_revinclude=Observation:encounter"
    included = await found(fhir, encounter, "include", **OF_DUPONT)
    assert sorted(included) == ["poids0", "poids1", "poids2"]
    on = "_include=Observation:patient&_include:iterate=Patient:general-practitioner"
    assert await found(fhir, f"{one}&{on}", "include", **OF_DUPONT) == ["dupont"]


async def pages_stay_within_it(fhir: FhirWorld) -> None:
    first = await fhir.send("GET", "/Observation?_count=1&_sort=_id")
    following = next(e["url"] for e in first.json["link"] if e["relation"] == "next")
    path = following.partition("/fhir")[2]
    # A cursor of an unrestricted search, followed by a restricted caller.
    assert await found(fhir, path, **OF_DUPONT) == ["poids1"]


async def scopes_with_a_query(fhir: FhirWorld) -> None:
    for query, count in (
        ("code=http://loinc.org|29463-7", 5),
        ("code=http://loinc.org|1-1", 0),
        ("value-quantity=gt73", 1),
    ):
        scope = f"system/Observation.rs?{query}"
        assert len(await found(fhir, "/Observation", scope=scope)) == count, query
    # What cannot be understood, or leads to other types, gives nothing.
    for query in ("nom=x", "patient.name=dupont", "_has:Provenance:target:agent=x"):
        answer = await fhir.send("GET", "/Observation", scope=f"system/Observation.rs?{query}")
        assert answer.status == 403, query
    either = "system/Observation.rs?value-quantity=gt73 system/Observation.rs?patient=dupont"
    both = await found(fhir, "/Observation", scope=either)
    assert both == ["poids4", "poids2", "poids1", "poids0"]
