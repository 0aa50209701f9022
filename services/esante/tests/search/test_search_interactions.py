"""Searches over HTTP: bundles, pages, inclusions, and what is refused or left out."""

import json
from urllib.parse import quote

from fhir_world import BASE, FhirWorld
from searched_region import found, ids, link, populate


async def test_searches_over_http(fhir: FhirWorld) -> None:
    await populate(fhir)
    for check in (
        a_bundle_holds_the_stored_bytes,
        pages_follow_their_links,
        post_and_get_are_the_same,
        of_the_system_and_of_compartments,
        chains_and_has,
        inclusions,
        only_the_count,
        some_elements,
        lenient_leaves_out_and_reports_it,
        what_is_not_understood_is_named,
        what_would_cost_too_much,
    ):
        await check(fhir)


async def a_bundle_holds_the_stored_bytes(fhir: FhirWorld) -> None:
    stored = await fhir.send("GET", "/Patient/dupont")
    answer = await fhir.send("GET", "/Patient?name=DUP&gender=female")
    assert stored.body in answer.body
    assert b'"valueDecimal": 1.10' in answer.body
    bundle = answer.json
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "searchset")
    assert "total" not in bundle
    (entry,) = bundle["entry"]
    assert entry["fullUrl"] == f"{BASE}/Patient/dupont"
    assert link(answer, "self") == "/Patient?name=DUP&gender=female"
    assert answer.headers["cache-control"] == "no-store"


async def pages_follow_their_links(fhir: FhirWorld) -> None:
    answer = await fhir.send("GET", "/Observation?code=29463-7&_count=2&_total=accurate")
    seen = ids(answer)
    assert answer.json["total"] == 5
    while following := link(answer, "next"):
        answer = await fhir.send("GET", following)
        seen += ids(answer)
    assert seen == ["poids4", "poids3", "poids2", "poids1", "poids0"]
    other = await fhir.send("GET", link(answer, "self") + "&_cursor=WyJ4IiwxXQ")
    assert other.status == 400
    assert "page suivante" in other.diagnostics


async def post_and_get_are_the_same(fhir: FhirWorld) -> None:
    for path in ("/Patient/_search", "/_search?_type=Patient"):
        answer = await fhir.send(
            "POST", path, b"_id=dupont,durand", media="application/x-www-form-urlencoded"
        )
        assert sorted(ids(answer)) == ["dupont", "durand"], answer.body
    wrong = await fhir.send("POST", "/Patient/_search", {"_id": "dupont"})
    assert wrong.status == 415


async def of_the_system_and_of_compartments(fhir: FhirWorld) -> None:
    assert await found(fhir, "/?_type=Patient,Encounter") == ["visite", "durand", "dupont"]
    assert len(await found(fhir, "/?_count=100")) == 10
    assert await found(fhir, "/?_lastUpdated=gt2000&_type=Practitioner") == ["leroy"]
    mine = "/Patient/dupont"
    assert await found(fhir, f"{mine}/Observation") == ["poids2", "poids1", "poids0"]
    assert await found(fhir, f"{mine}/Observation?value-quantity=gt71") == ["poids2"]
    everything = ["poids2", "poids1", "poids0", "visite", "dupont"]
    assert await found(fhir, f"{mine}/*") == everything
    assert await found(fhir, f"{mine}/*?_type=Encounter") == ["visite"]
    for wrong in (f"{mine}/Practitioner", f"{mine}/Personne", "/Observation/poids0/Patient"):
        assert (await fhir.send("GET", wrong)).status == 404, wrong


async def chains_and_has(fhir: FhirWorld) -> None:
    assert await found(fhir, "/Observation?patient.name=dup&_count=1") == ["poids2"]
    assert await found(fhir, "/Observation?subject.general-practitioner.name=leroy&_count=1") == [
        "poids2"
    ]
    assert await found(fhir, "/Patient?_has:Observation:patient:value-quantity=gt73") == ["durand"]
    nested = "_has:Observation:patient:_has:Provenance:target:agent"
    assert await found(fhir, f"/Patient?{nested}=Practitioner/leroy") == ["dupont"]


async def inclusions(fhir: FhirWorld) -> None:
    one = "/Observation?_id=poids0"
    assert await found(fhir, f"{one}&_include=Observation:subject", "include") == ["dupont"]
    assert await found(fhir, f"{one}&_include=Observation:subject:Group", "include") == []
    every = await found(fhir, f"{one}&_include=*", "include")
    assert sorted(every) == ["dupont", "visite"]
    assert await found(fhir, f"{one}&_revinclude=Provenance:target", "include") == ["origine"]
    assert await found(fhir, f"{one}&_revinclude=*", "include") == ["origine"]
    on = "_include=Observation:patient&_include:iterate=Patient:general-practitioner"
    assert sorted(await found(fhir, f"{one}&{on}", "include")) == ["dupont", "leroy"]
    back = "_include=Observation:patient&_revinclude:iterate=Encounter:patient"
    assert sorted(await found(fhir, f"{one}&{back}", "include")) == ["dupont", "visite"]
    both = await found(fhir, "/Patient?_include=Patient:general-practitioner", "include")
    assert both == ["leroy"]


async def only_the_count(fhir: FhirWorld) -> None:
    for how in ("_summary=count", "_count=0"):
        answer = await fhir.send("GET", f"/Observation?{how}")
        assert answer.json["total"] == 5
        assert "entry" not in answer.json
    total = await fhir.send("GET", "/Observation?patient=durand&_total=accurate&_count=1")
    assert total.json["total"] == 2


async def some_elements(fhir: FhirWorld) -> None:
    answer = await fhir.send("GET", "/Patient?_id=dupont&_elements=gender")
    (entry,) = answer.json["entry"]
    assert set(entry["resource"]) == {"resourceType", "id", "meta", "gender"}
    pretty = await fhir.send("GET", "/Patient?_id=dupont&_pretty=true")
    assert json.loads(pretty.body)["entry"][0]["resource"]["gender"] == "female"


WRONG = [
    ("nom=x", "nom"),
    ("name:soundex=x", "soundex"),
    ("birthdate=zz2020", "zz"),
    ("birthdate=hier", "hier"),
    ("birthdate=2020-02-30", "2020-02-30"),
    ("gender=a|b|c", "a|b|c"),
    ("gender:in=http://x", "in"),
    ("name=a,,b", "virgules"),
    ("general-practitioner.nom=x", "nom"),
    ("general-practitioner:Group.name=x", "Group"),
    ("gender.name=x", "gender"),
    ("_has:Observation:code:status=x", "code"),
    ("_has:Observation:patient=x", "_has"),
    ("_sort=nom", "nom"),
    ("_count=dix", "_count"),
    ("_total=peut-être", "_total"),
    ("_include=Patient:nom", "nom"),
    ("_include=Patient", "_include"),
    ("_filter=nom eq x", "_filter"),
    ("_query=x", "_query"),
    ("_type=Observation", "_type"),
    ("general-practitioner=Practitioner/a b", "Practitioner/a b"),
    ("_id=a/b", "a/b"),
    ("name=%00", "nul"),
    ("name=%ff", "UTF-8"),
]


async def what_is_not_understood_is_named(fhir: FhirWorld) -> None:
    for query, named in WRONG:
        path = f"/Patient?{quote(query, safe='=&:,%/')}"
        answer = await fhir.send("GET", path)
        assert answer.status == 400, (query, answer.body)
        assert named in answer.diagnostics, query


async def lenient_leaves_out_and_reports_it(fhir: FhirWorld) -> None:
    prefer = {"prefer": "handling=lenient"}
    answer = await fhir.send("GET", "/Patient?nom=x&family=durand&birthdate=zz1", headers=prefer)
    assert ids(answer) == ["durand"]
    assert link(answer, "self") == "/Patient?family=durand"
    (outcome,) = [e for e in answer.json["entry"] if e["search"]["mode"] == "outcome"]
    sentences = [issue["diagnostics"] for issue in outcome["resource"]["issue"]]
    assert ["nom" in sentences[0], "birthdate" in sentences[1], len(sentences)] == [True, True, 2]


COSTLY = [
    "_id=" + ",".join(f"a{n}" for n in range(600)),
    "&".join("name=a" for _ in range(101)),
    "&".join("general-practitioner.name=a" for _ in range(9)),
    "organization.partof.partof.partof.partof.partof.partof.name=a",
    "_sort=name,family,given,birthdate,_id",
    "&".join("_include=Patient:organization" for _ in range(31)),
]


async def what_would_cost_too_much(fhir: FhirWorld) -> None:
    for query in COSTLY:
        for headers in ({}, {"prefer": "handling=lenient"}):
            answer = await fhir.send("GET", f"/Patient?{query}", headers=headers)
            assert answer.status == 400, (query[:40], answer.body)
            assert answer.codes == ["too-costly"]


async def test_what_is_stored_under_other_parameters_is_found_and_sorted(
    fhir: FhirWorld,
) -> None:
    await populate(fhir)
    assert ids(await fhir.send("GET", "/Patient?phonetic=dup")) == ["dupont"]
    assert ids(await fhir.send("GET", "/Patient?phonetic:missing=true&_id=dupont,durand")) == []
    coded = "/Observation?combo-code=29463-7"
    both = ids(await fhir.send("GET", coded))
    assert both == ids(await fhir.send("GET", "/Observation?code=29463-7"))
    for order in ("value-quantity", "-value-quantity"):
        combined = order.replace("value", "combo-value")
        mine = ids(await fhir.send("GET", f"{coded}&_sort={combined}"))
        assert mine == ids(await fhir.send("GET", f"{coded}&_sort={order}"))
        assert mine != both or order.startswith("-")
