"""$meta, $meta-add and $meta-delete. https://hl7.org/fhir/R4/resource-operation-meta.html"""

from typing import Any

from fhir_world import FhirWorld

TAG = {"system": "urn:tags", "code": "a", "display": "A"}
LABEL = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}
PROFILE = "https://example.org/StructureDefinition/p"
TEXT = (
    b'{"resourceType": "Patient", "id": "p1", "meta": {"tag": [{"code": "z"}]},'
    b'"extension": [{"url": "urn:x", "valueDecimal": 1.50}]}'
)
OWN = {"role": "patient", "patient": "p1", "scope": "patient/*.rs"}
OTHER = OWN | {"patient": "p2", "scope": "patient/*.cruds"}


def parameters(**meta: Any) -> Any:
    return {"resourceType": "Parameters", "parameter": [{"name": "meta", "valueMeta": meta}]}


async def test_labels_are_added_and_removed(fhir: FhirWorld) -> None:
    await fhir.send("PUT", "/Patient/p1", TEXT)
    added = parameters(tag=[TAG], security=[LABEL], profile=[PROFILE], versionId="9")
    answer = await fhir.send("POST", "/Patient/p1/$meta-add", added)
    assert (answer.status, answer.headers["ETag"]) == (200, 'W/"2"')
    (returned,) = answer.json["parameter"]
    meta = returned["valueMeta"]
    assert returned["name"] == "return"
    assert (meta["tag"], meta["security"]) == ([{"code": "z"}, TAG], [LABEL])
    assert (meta["profile"], meta["versionId"]) == ([PROFILE], "2")
    assert (await fhir.send("GET", "/Patient/p1/$meta")).json == answer.json
    found = await fhir.send("GET", "/Patient?_tag=urn:tags|a&_security=R")
    assert len(found.json["entry"]) == 1
    # Labels are compared by system and code; an unchanged resource has no new version.
    for name, sent in (
        ("add", parameters(tag=[TAG | {"display": "B"}])),
        ("delete", parameters(tag=[{"code": "y"}])),
    ):
        same = await fhir.send("POST", f"/Patient/p1/$meta-{name}", sent)
        assert (same.status, same.json) == (200, answer.json)
    removed = parameters(
        tag=[{"system": "urn:tags", "code": "a"}], security=[LABEL], profile=[PROFILE]
    )
    answer = await fhir.send("POST", "/Patient/p1/$meta-delete", removed)
    meta = answer.json["parameter"][0]["valueMeta"]
    assert (meta["versionId"], meta["tag"]) == ("3", [{"code": "z"}])
    assert meta.keys() == {"versionId", "lastUpdated", "tag"}
    # The digits of the rest are as they were received.
    assert b"1.50" in (await fhir.send("GET", "/Patient/p1")).body
    history = (await fhir.send("GET", "/Patient/p1/_history")).json["entry"]
    assert [each["response"]["etag"] for each in history] == ['W/"3"', 'W/"2"', 'W/"1"']


async def test_who_reads_and_who_changes_them(fhir: FhirWorld) -> None:
    await fhir.send("PUT", "/Patient/p1", TEXT)
    added = parameters(tag=[TAG])
    assert (await fhir.send("GET", "/Patient/p1/$meta", **OWN)).status == 200
    assert (await fhir.send("POST", "/Patient/p1/$meta-add", added, **OWN)).status == 403
    assert (await fhir.send("GET", "/Patient/p1/$meta", **OTHER)).status == 404
    assert (await fhir.send("POST", "/Patient/p1/$meta-add", added, **OTHER)).status == 404
    stale = {"If-Match": 'W/"7"'}
    refused = await fhir.send("POST", "/Patient/p1/$meta-delete", added, headers=stale)
    assert refused.status == 412
    assert (await fhir.send("GET", "/Patient/absent/$meta")).status == 404
    assert (await fhir.send("POST", "/Patient/absent/$meta-add", added)).status == 404
    subset = {
        "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
        "code": "SUBSETTED",
    }
    assert (
        await fhir.send("POST", "/Patient/p1/$meta-add", parameters(tag=[subset]))
    ).status == 422
    assert len((await fhir.send("GET", "/Patient/p1/_history")).json["entry"]) == 1


NO_LABELS: Any = [
    {"resourceType": "Parameters"},
    parameters(),
    parameters(versionId="2"),
    parameters(tag="a"),
    parameters(tag=["a"]),
    parameters(profile=[1]),
    parameters(profile=["not a uri"]),
    {
        "resourceType": "Parameters",
        "parameter": [{"name": "other", "valueMeta": {"tag": [TAG]}}],
    },
]


async def test_what_is_no_label_is_refused(fhir: FhirWorld) -> None:
    await fhir.send("PUT", "/Patient/p1", TEXT)
    for sent in NO_LABELS:
        refused = await fhir.send("POST", "/Patient/p1/$meta-add", sent)
        assert refused.status == 400, (sent, refused.body)
        assert refused.json["resourceType"] == "OperationOutcome"


async def test_the_labels_of_a_type_and_of_all(fhir: FhirWorld) -> None:
    for name, tags in (("p1", [TAG]), ("p2", [TAG | {"display": "B"}, {"code": "z"}])):
        meta = {"tag": tags, "profile": [PROFILE]}
        await fhir.send(
            "PUT", f"/Patient/{name}", {"resourceType": "Patient", "id": name, "meta": meta}
        )
    organization = {"resourceType": "Organization", "id": "o", "meta": {"security": [LABEL]}}
    await fhir.send("PUT", "/Organization/o", organization | {"name": "CHR"})
    await fhir.send("PUT", "/Patient/p3", {"resourceType": "Patient", "id": "p3"})
    of_patients = {"profile": [PROFILE], "tag": [{"code": "z"}, TAG]}
    for path, caller, expected in (
        ("/Patient/$meta", {}, of_patients),
        ("/$meta", {}, of_patients | {"security": [LABEL]}),
        ("/Organization/$meta", {}, {"security": [LABEL]}),
        ("/Practitioner/$meta", {}, {}),
        # What the caller cannot search is not counted.
        ("/$meta", OWN, {"profile": [PROFILE], "tag": [TAG]}),
    ):
        answer = await fhir.send("GET", path, **caller)
        assert answer.status == 200, answer.body
        assert answer.json["parameter"] == [{"name": "return", "valueMeta": expected}], path
    assert (await fhir.send("GET", "/Patient/$meta", scope="system/Patient.r")).status == 403


async def test_labels_beyond_any_use_are_refused(fhir: FhirWorld) -> None:
    tags = [{"code": f"t{number}", "display": "x" * 300_000} for number in range(4)]
    meta = {"tag": [TAG, *tags]}
    await fhir.send("PUT", "/Patient/p1", {"resourceType": "Patient", "id": "p1", "meta": meta})
    refused = await fhir.send("GET", "/Patient/$meta")
    assert (refused.status, refused.codes) == (400, ["too-costly"])
