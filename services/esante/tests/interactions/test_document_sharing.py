"""Documents by IHE MHD: provided in a transaction, found, retrieved, replaced.

https://profiles.ihe.net/ITI/MHD/
"""

import asyncio
import base64
from typing import Any

import pytest
from document_source import (
    INES,
    LIST_TYPES,
    TEXT,
    binary,
    document,
    patient,
    provide,
    replaces,
)
from fhir_bundles import bundle, entry
from fhir_world import BASE, Answer, FhirWorld

PATIENT: dict[str, Any] = {"role": "patient", "patient": "ines", "scope": "patient/*.cruds"}
OTHER: dict[str, Any] = PATIENT | {"patient": "paul", "account": "other"}
PRODUCER: dict[str, Any] = {"scope": "system/List.c system/DocumentReference.c system/Binary.c"}


async def people(fhir: FhirWorld) -> None:
    for name in ("ines", "paul"):
        assert (await fhir.send("PUT", f"/Patient/{name}", patient(name))).status == 201
    leroy = {"resourceType": "Practitioner", "id": "leroy", "name": [{"family": "Leroy"}]}
    assert (await fhir.send("PUT", "/Practitioner/leroy", leroy)).status == 201


async def provided(fhir: FhirWorld, sent: Any, **by: Any) -> list[str]:
    """The `type/id` of each entry, in order."""
    answer = await fhir.send("POST", "", sent, **by)
    assert answer.status == 200, answer.body
    entries = answer.json["entry"]
    assert answer.json["type"] == "transaction-response"
    assert len(entries) == len(sent["entry"])
    assert [each["response"]["status"][:3] for each in entries] == ["201"] * len(entries)
    return [each["response"]["location"].partition("/_history/")[0] for each in entries]


async def version_count(fhir: FhirWorld) -> int:
    return int(await fhir.pool.fetchval("SELECT count(*) FROM version"))


async def total(fhir: FhirWorld, query: str, **by: Any) -> int:
    answer = await fhir.send("GET", f"/{query}&_total=accurate", **by)
    assert answer.status == 200, (query, answer.body)
    return int(answer.json["total"])


@pytest.mark.parametrize("by", [{}, PATIENT, PRODUCER], ids=["program", "patient", "producer"])
async def test_a_document_is_provided_found_and_retrieved(fhir: FhirWorld, by: Any) -> None:
    await people(fhir)
    listed, referenced, content = await provided(fhir, provide(), **by)
    # ITI-66, then ITI-67, by the patient whose document it is.
    query = f"List?patient=ines&code={LIST_TYPES}%7Csubmissionset&status=current"
    (found,) = (await fhir.send("GET", f"/{query}", **PATIENT)).json["entry"]
    assert found["fullUrl"] == f"{BASE}/{listed}"
    assert found["resource"]["entry"][0]["item"]["reference"] == referenced
    query = "DocumentReference?patient=ines&status=current"
    (found,) = (await fhir.send("GET", f"/{query}", **PATIENT)).json["entry"]
    assert found["fullUrl"] == f"{BASE}/{referenced}"
    # ITI-68: its own bytes, under its own media type.
    attachment = found["resource"]["content"][0]["attachment"]
    assert attachment["url"] == content
    accept = {"Accept": attachment["contentType"]}
    retrieved = await fhir.send("GET", f"/{attachment['url']}", headers=accept, **PATIENT)
    assert (retrieved.status, retrieved.body) == (200, TEXT)
    assert retrieved.headers["content-type"] == "text/plain"
    assert retrieved.headers["x-security-context"] == "Patient/ines"


FINDS = (
    f"DocumentReference patient.identifier={INES}|ines status=current status=current,superseded "
    "identifier=urn:oid:1.2.840.1 date=2026-02-02 date=ge2026-02 type=http://loinc.org|11502-2 "
    "category=26436-6 period=ge2026-01-31 period-start=2026-01-31 "
    "format=urn:ihe:iti:xds-sd:text:2008 related=ServiceRequest/s1 facility=82242000 "
    "setting=http://snomed.info/sct|408467006 event=blood-test security-label=N "
    "creation=2026-02-01 author.family=leroy",
    f"List patient.identifier=ines code={LIST_TYPES}|submissionset code=submissionset "
    "status=current date=2026-10-25 identifier=urn:oid:1.2 sourceId=urn:oid:1.2.3.4 "
    "designationType=http://snomed.info/sct|225728007 source.family=leroy title:missing=true "
    "_include=List:item",
)
MISSES = (
    f"DocumentReference patient.identifier={INES}|paul status=superseded identifier=urn:oid:1.2.84 "
    "date=2026-02-01 type=urn:other|11502-2 category=11502-2 period=ge2026-03 period-start=2026-02 "
    "format=urn:ihe:iti:xds-sd:pdf:2008 related=ServiceRequest/s2 facility=408467006 "
    "setting=82242000 event=x-ray security-label=R creation=2026-02-02 author.family=roux",
    "List patient.identifier=paul code=folder status=retired date=2026-10-24 identifier=urn:oid:1 "
    "sourceId=urn:oid:1.2 designationType=11502-2 source.family=roux",
)


async def test_every_parameter_of_the_profile_finds_by_its_value(fhir: FhirWorld) -> None:
    await people(fhir)
    await provided(fhir, provide())
    for queries, expected in ((FINDS, 1), (MISSES, 0)):
        for resource_type, *criteria in (each.split() for each in queries):
            for each in criteria:
                query = f"{resource_type}?{each.replace('|', '%7C')}"
                assert await total(fhir, query) == expected, each
                assert await total(fhir, query, **OTHER) == 0, each
    form = {"media": "application/x-www-form-urlencoded", **PATIENT}
    posted = await fhir.send(
        "POST", "/DocumentReference/_search", b"patient=ines&_total=accurate", **form
    )
    assert posted.json["total"] == 1


async def test_a_document_that_is_replaced_is_superseded(fhir: FhirWorld) -> None:
    await people(fhir)
    _, first, content = await provided(fhir, provide(), **PATIENT)
    for before in ("", f"{BASE}/"):
        newer = provide(content=b"corrected", relatesTo=replaces(before + first))
        _, second, _ = await provided(fhir, newer, **PATIENT)
        old = (await fhir.send("GET", f"/{first}")).json
        assert (old["status"], old["meta"]["versionId"]) == ("superseded", "2")
        assert await total(fhir, "DocumentReference?patient=ines&status=current") == 1
        assert await total(fhir, f"DocumentReference?relatesto={first}", **PATIENT) == 1
        versions = await version_count(fhir)
        # A replaced one is not replaced again, and nothing of the attempt is written.
        again = await fhir.send("POST", "", newer, **PATIENT)
        assert (again.status, again.codes) == (422, ["business-rule"])
        where = ["Bundle.entry[1].resource.relatesTo[0].target"]
        assert again.json["issue"][0]["expression"] == where
        assert await version_count(fhir) == versions
        first = second
    assert (await fhir.send("GET", f"/{content}", **PATIENT)).body == TEXT


@pytest.mark.parametrize("headers", [{}, {"If-None-Exist": "identifier=urn:oid:2"}])
async def test_a_single_create_replaces_too(fhir: FhirWorld, headers: Any) -> None:
    await people(fhir)
    _, first, _ = await provided(fhir, provide(), **PATIENT)
    newer = document("Patient/ines", TEXT, relatesTo=replaces(first))
    newer["content"][0]["attachment"] = {"contentType": "text/plain", "data": "SGVsbG8gV29ybGQ="}
    made = await fhir.send("POST", "/DocumentReference", newer, headers=headers, **PATIENT)
    assert made.status == 201, made.body
    assert (await fhir.send("GET", f"/{first}")).json["status"] == "superseded"
    before = await version_count(fhir)
    again = await fhir.send("POST", "/DocumentReference", newer, headers=headers, **PATIENT)
    assert (again.status, again.codes) == (422, ["business-rule"])
    assert again.json["issue"][0]["expression"] == ["DocumentReference.relatesTo[0].target"]
    own = newer | {"subject": {"reference": "Patient/paul"}}
    refusal = await fhir.send("POST", "/DocumentReference", own, **OTHER)
    assert refusal.status == 404
    assert await version_count(fhir) == before


async def test_the_source_can_state_the_status_of_what_it_replaces(fhir: FhirWorld) -> None:
    """As MHD 4.2 has it: the transaction contains the patch."""
    await people(fhir)
    _, first, _ = await provided(fhir, provide())
    parts = [
        {"name": "type", "valueCode": "replace"},
        {"name": "path", "valueString": "DocumentReference.status"},
        {"name": "value", "valueCode": "superseded"},
    ]
    patch = {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": parts}]}
    newer = provide(relatesTo=replaces(first))
    newer["entry"].insert(1, entry("PATCH", first, patch))
    answer = await fhir.send("POST", "", newer)
    assert answer.status == 200, answer.body
    old = (await fhir.send("GET", f"/{first}")).json
    assert (old["status"], old["meta"]["versionId"]) == ("superseded", "2")


async def test_a_replaced_document_created_in_the_same_transaction(fhir: FhirWorld) -> None:
    await people(fhir)
    newer = provide(relatesTo=replaces("urn:uuid:old"))
    old = document("Patient/ines", TEXT, status="superseded")
    newer["entry"].append(entry("POST", "DocumentReference", old, "urn:uuid:old"))
    *_, first = await provided(fhir, newer)
    assert (await fhir.send("GET", f"/{first}")).json["meta"]["versionId"] == "1"


async def test_two_replacements_at_once_leave_one_current_document(fhir: FhirWorld) -> None:
    await people(fhir)
    _, first, _ = await provided(fhir, provide())
    newer = provide(relatesTo=replaces(first))
    answers = await asyncio.gather(*(fhir.send("POST", "", newer) for _ in range(4)))
    assert sorted(each.status for each in answers) == [200, 422, 422, 422]
    assert await total(fhir, "DocumentReference?patient=ines&status=current") == 1


def refused(answer: Answer, status: int, place: str) -> None:
    assert answer.status == status, answer.body
    assert answer.json["issue"][0]["expression"] == [f"Bundle.entry[1].resource.{place}"]


async def test_a_refused_bundle_leaves_nothing(fhir: FhirWorld) -> None:
    await people(fhir)
    _, first, _ = await provided(fhir, provide())
    before = await version_count(fhir)
    wrong_size, wrong_hash, no_content = provide(), provide(), provide()
    attachments = [
        each["entry"][1]["resource"]["content"][0]["attachment"]
        for each in (wrong_size, wrong_hash, no_content)
    ]
    attachments[0]["size"] += 1
    attachments[1]["hash"] = base64.b64encode(b"0" * 40).decode()
    del no_content["entry"][2]
    attachment = "content[0].attachment"
    for sent, status, place in (
        (wrong_size, 422, f"{attachment}.size"),
        (wrong_hash, 422, f"{attachment}.hash"),
        (no_content, 400, f"{attachment}.url"),
        (provide(relatesTo=replaces("DocumentReference/absent")), 404, "relatesTo[0].target"),
        (provide("Patient/paul", relatesTo=replaces(first)), 422, "relatesTo[0].target"),
    ):
        refused(await fhir.send("POST", "", sent), status, place)
    twice = provide(relatesTo=replaces(first))
    same = document("Patient/ines", TEXT, relatesTo=replaces(first))
    twice["entry"].append(entry("POST", "DocumentReference", same))
    assert (await fhir.send("POST", "", twice)).status == 400
    cut_short = await fhir.send("POST", "", b'{"resourceType":"Bundle","type":"transaction","entry')
    assert cut_short.status == 400
    assert await version_count(fhir) == before
    assert (await fhir.send("GET", f"/{first}")).json["status"] == "current"


async def test_a_document_of_another_patient_is_out_of_reach(fhir: FhirWorld) -> None:
    await people(fhir)
    listed, referenced, content = await provided(fhir, provide(), **PATIENT)
    ids = {each: each.partition("/")[2] for each in (listed, referenced, content)}
    for each in (listed, referenced, content, f"{content}/_history/1", f"{content}/_history"):
        assert (await fhir.send("GET", f"/{each}", **OTHER)).status == 404, each
    for query in (
        f"Binary?_id={ids[content]}",
        f"List?item={referenced}",
        f"List?_id={ids[listed]}&_include=List:item",
        f"DocumentReference?relatesto={referenced}",
        f"DocumentReference?_id={ids[referenced]}",
        "Patient?_id=ines&_revinclude=DocumentReference:patient",
        "Patient?_has:DocumentReference:patient:identifier=urn:oid:1.2.840.1",
    ):
        assert await total(fhir, query, **OTHER) == 0, query
    # Own documents that name it disclose nothing: neither its hash, nor whether it exists.
    own, missing = provide("Patient/paul"), provide("Patient/paul")
    for sent, target in ((own, content), (missing, "Binary/absent")):
        del sent["entry"][2]
        attachment = sent["entry"][1]["resource"]["content"][0]["attachment"]
        attachment |= {"url": target, "size": 1}
        await provided(fhir, sent, **OTHER)
    included = await fhir.send("GET", "/List?patient=paul&_include=List:item", **OTHER)
    assert referenced not in included.body.decode()
    # Nor is it replaced; an absent one is refused in the same words.
    answers = [
        await fhir.send("POST", "", provide("Patient/paul", relatesTo=replaces(target)), **OTHER)
        for target in (referenced, "DocumentReference/absent")
    ]
    for answer in answers:
        refused(answer, 404, "relatesTo[0].target")
    named = [each.diagnostics.replace(ids[referenced], "absent") for each in answers]
    assert named[0] == named[1]
    # With their own Binary in it, and with the Binary put over it.
    overwriting = bundle(entry("PUT", content, binary(b"other", id=ids[content])))
    assert (await fhir.send("POST", "", overwriting, **OTHER)).status == 404
    assert (await fhir.send("GET", f"/{content}", **PATIENT)).body == TEXT
    assert (await fhir.send("GET", f"/{referenced}")).json["status"] == "current"


async def test_whose_content_a_binary_is(fhir: FhirWorld) -> None:
    """It is in the record of the patient of its document, unless it says otherwise or the
    documents are of several patients."""
    await people(fhir)
    stated, shared, alone = provide(), provide(), provide()
    stated["entry"][2]["resource"]["securityContext"] = {"reference": "Patient/paul"}
    second = document("Patient/paul", TEXT)
    shared["entry"].append(entry("POST", "DocumentReference", second))
    alone["entry"][1]["resource"]["content"][0]["attachment"] |= {"url": "https://elsewhere/x"}
    for sent, by, expected in (
        (stated, PATIENT, 403),
        (shared, PATIENT, 403),
        (alone, PATIENT, 403),
        (stated, {}, "Patient/paul"),
        (shared, {}, None),
        (alone, {}, None),
    ):
        answer = await fhir.send("POST", "", sent, **by)
        if expected == 403:
            assert answer.status == 403, answer.body
            continue
        location = answer.json["entry"][2]["response"]["location"]
        stored = (await fhir.send("GET", f"/{location}?_format=json")).json
        assert stored.get("securityContext", {}).get("reference") == expected
        assert (await fhir.send("GET", f"/{location}", **PATIENT)).status == 404


async def test_the_patient_of_a_document_is_named_in_any_way(fhir: FhirWorld) -> None:
    await people(fhir)
    by_condition = f"Patient?identifier={INES}|ines"
    for subject in (f"{BASE}/Patient/ines", by_condition, "urn:uuid:p", "http://old/Patient/1"):
        sent = provide(subject)
        known = entry(
            "POST", "Patient", patient("ines"), subject, ifNoneExist=f"identifier={INES}|ines"
        )
        if not subject.startswith((BASE, "Patient?")):
            sent["entry"].append(known)
        answer = await fhir.send("POST", "", sent)
        assert answer.status == 200, answer.body
        location = answer.json["entry"][2]["response"]["location"]
        assert (await fhir.send("GET", f"/{location}", **PATIENT)).body == TEXT, subject


async def test_replacing_demands_the_permission_to_change(fhir: FhirWorld) -> None:
    await people(fhir)
    _, first, _ = await provided(fhir, provide())
    refused(
        await fhir.send("POST", "", provide(relatesTo=replaces(first)), **PRODUCER),
        403,
        "relatesTo[0].target",
    )
    assert (await fhir.send("GET", f"/{first}")).json["status"] == "current"


async def test_a_document_and_its_content_are_deleted_together(fhir: FhirWorld) -> None:
    await people(fhir)
    places = await provided(fhir, provide(), **PATIENT)
    deleted = await fhir.send("POST", "", bundle(*(entry("DELETE", e) for e in places)), **PATIENT)
    assert deleted.status == 200, deleted.body
    for each in places:
        assert (await fhir.send("GET", f"/{each}", **PATIENT)).status == 404
        assert (await fhir.send("GET", f"/{each}")).status == 410


async def test_content_does_not_run_in_a_browser(fhir: FhirWorld) -> None:
    """Whatever its declared type is."""
    await people(fhir)
    script = b"<script>alert(document.cookie)</script>"
    for media in ("text/html", "image/svg+xml", "application/xhtml+xml", "text/html\r\nX: y"):
        sent = provide(content=script)
        sent["entry"][2]["resource"]["contentType"] = media
        answer = await fhir.send("POST", "", sent)
        if answer.status == 400:
            assert "\r" in media
            continue
        location = answer.json["entry"][2]["response"]["location"]
        read = await fhir.send("GET", f"/{location}", headers={"Accept": "text/html,*/*;q=0.8"})
        assert read.body == script
        assert read.headers["content-disposition"] == "attachment"
        assert read.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in read.headers["content-security-policy"]
        assert "X" not in read.headers


async def test_the_capabilities_of_the_profile_are_stated(fhir: FhirWorld) -> None:
    """Those of PDSm are in `tests/volets`."""
    statement = (await fhir.send("GET", "/metadata")).json
    mhd = "https://profiles.ihe.net/ITI/MHD/CapabilityStatement/IHE.MHD"
    assert {f"{mhd}.DocumentRecipient", f"{mhd}.DocumentResponder"} <= set(
        statement["instantiates"]
    )
    resources = {each["type"]: each for each in statement["rest"][0]["resource"]}
    for resource_type, names in (
        ("List", "designationType sourceId subject"),
        ("DocumentReference", "patient date facility related relation"),
    ):
        stated = {each["name"] for each in resources[resource_type]["searchParam"]}
        assert set(names.split()) <= stated
        codes = {each["code"] for each in resources[resource_type]["interaction"]}
        assert {"read", "search-type", "patch"} <= codes
