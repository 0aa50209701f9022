"""Idempotency-Key: a request that is sent again does nothing, and has the answer of the first one.

https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header
"""

import asyncio
from typing import Any

from fhir_bundles import bundle, entry
from fhir_world import Answer, FhirWorld

from esante.core.api.request_body import CHUNK_BYTES
from socle.testing import until

PATIENT: Any = {"resourceType": "Patient", "active": True}
KEY = {"Idempotency-Key": '"8e03978e-40d5-43dd-bc93-6894a57f9324"'}
NAMES = ("ETag", "Location", "Last-Modified")


async def version_count(fhir: FhirWorld) -> int:
    return int(await fhir.pool.fetchval("SELECT count(*) FROM version"))


def same(first: Answer, again: Answer) -> bool:
    headers = [[each.headers.get(name) for name in NAMES] for each in (first, again)]
    return (first.status, first.body, headers[0]) == (again.status, again.body, headers[1])


async def test_a_create_is_done_once(fhir: FhirWorld) -> None:
    first = await fhir.send("POST", "/Patient", PATIENT, headers=KEY)
    assert first.status == 201
    own = first.json["id"]
    await fhir.send("PUT", f"/Patient/{own}", PATIENT | {"id": own, "active": False})
    # The key is the same without its quotes.
    for headers in (KEY, {"Idempotency-Key": KEY["Idempotency-Key"].strip('"')}):
        assert same(first, await fhir.send("POST", "/Patient", PATIENT, headers=headers))
    minimal = await fhir.send(
        "POST", "/Patient", PATIENT, headers=KEY | {"Prefer": "return=minimal"}
    )
    assert (minimal.status, minimal.body) == (201, b"")
    assert await version_count(fhir) == 2
    # The keys of another caller are other ones.
    other = await fhir.send("POST", "/Patient", PATIENT, headers=KEY, account="other")
    assert (other.status, await version_count(fhir)) == (201, 3)
    condition = {"If-None-Exist": "identifier=urn:x|1"}
    different: list[tuple[str, Any, dict[str, str]]] = [
        ("/Patient", PATIENT | {"active": False}, KEY),
        ("/Patient", PATIENT, KEY | condition),
        ("/Group", {"resourceType": "Group", "type": "person", "actual": True}, KEY),
        ("", bundle(entry("POST", "Patient", PATIENT)), KEY),
    ]
    for path, body, headers in different:
        refused = await fhir.send("POST", path, body, headers=headers)
        assert (refused.status, refused.codes) == (422, ["business-rule"]), refused.body
    narrower = await fhir.send("POST", "/Patient", PATIENT, headers=KEY, scope="system/Patient.cud")
    assert narrower.status == 422
    malformed = await fhir.send("POST", "/Patient", PATIENT, headers={"Idempotency-Key": "é"})
    assert malformed.status == 400
    assert await version_count(fhir) == 3


async def test_a_refused_request_can_be_corrected_under_its_key(fhir: FhirWorld) -> None:
    wrong = PATIENT | {"birthDate": "25/12/74"}
    assert (await fhir.send("POST", "/Patient", wrong, headers=KEY)).status == 400
    assert (await fhir.send("POST", "/Patient", PATIENT, headers=KEY)).status == 201


async def test_a_condition_and_a_document_are_written_once(fhir: FhirWorld) -> None:
    condition = {"If-None-Exist": "active=true"} | KEY
    first = await fhir.send("POST", "/Patient", PATIENT, headers=condition)
    await fhir.send("DELETE", f"/Patient/{first.json['id']}")
    assert same(first, await fhir.send("POST", "/Patient", PATIENT, headers=condition))
    for number, size in enumerate((10, 2 * CHUNK_BYTES)):
        key, content = {"Idempotency-Key": f"document-{number}"}, b"x" * size
        first = await fhir.send("POST", "/Binary", content, media="a/b", headers=key)
        again = await fhir.send("POST", "/Binary", content, media="a/b", headers=key)
        assert first.status == 201
        assert same(first, again)
        other = await fhir.send("POST", "/Binary", content, media="a/c", headers=key)
        assert other.status == 422
    assert await fhir.pool.fetchval("SELECT count(*) FROM binary_chunk") == 2
    assert await fhir.pool.fetchval("SELECT count(*) FROM binary_upload") == 0
    assert await version_count(fhir) == 4


async def test_a_bundle_is_executed_once(fhir: FhirWorld) -> None:
    operation = [
        {"name": "type", "valueCode": "add"},
        {"name": "path", "valueString": "Patient"},
        {"name": "name", "valueString": "gender"},
        {"name": "value", "valueCode": "female"},
    ]
    patch: Any = {
        "resourceType": "Parameters",
        "parameter": [{"name": "operation", "part": operation}],
    }
    for name in ("p2", "p3", "p4", "p5"):
        await fhir.send("PUT", f"/Patient/{name}", PATIENT | {"id": name})
    writing = [
        entry("POST", "Patient", PATIENT),
        entry("PUT", "Patient/p1", PATIENT | {"id": "p1"}),
        entry("PUT", "Patient/p2", PATIENT | {"id": "p2", "gender": "male"}),
        entry("PATCH", "Patient/p3", patch),
        entry("DELETE", "Patient/p4"),
    ]
    others = [
        entry("DELETE", "Patient/absent"),
        entry("POST", "Patient", PATIENT, ifNoneExist="_id=p5"),
        entry("GET", "Patient/p2"),
    ]
    for bundle_type, again_writing in (("transaction", writing), ("batch", writing[:3])):
        sent = bundle(*again_writing, *others, bundle_type=bundle_type)
        key, before = {"Idempotency-Key": bundle_type}, await version_count(fhir)
        first = await fhir.send("POST", "", sent, headers=key)
        assert first.status == 200, first.body
        again = await fhir.send("POST", "", sent, headers=key)
        assert responses(first) == responses(again)
        assert await version_count(fhir) == before + len(again_writing)


def responses(answer: Answer) -> list[Any]:
    return [each["response"] for each in answer.json["entry"]]


async def test_what_was_withdrawn_since_is_not_answered_again(fhir: FhirWorld) -> None:
    circle = {
        "resourceType": "CareTeam",
        "id": "circle",
        "status": "active",
        "subject": {"reference": "Patient/lucie"},
        "participant": [{"member": {"reference": "Practitioner/camille"}}],
    }
    camille: dict[str, Any] = {
        "role": "professional",
        "scope": "user/*.cruds",
        "account": "camille",
        "fhir_user": "Practitioner/camille",
    }
    note = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "urn:c", "code": "x"}]},
        "subject": {"reference": "Patient/lucie"},
    }
    await fhir.send("PUT", "/Patient/lucie", {"resourceType": "Patient", "id": "lucie"})
    await fhir.send("PUT", "/CareTeam/circle", circle)
    stored = note | {"id": "y", "code": {"coding": [{"system": "urn:c", "code": "y"}]}}
    await fhir.send("PUT", "/Observation/y", stored)
    own = {"resourceType": "Practitioner"}
    found = entry("POST", "Observation", note, ifNoneExist="code=urn:c|y")
    sent: list[tuple[str, Any, dict[str, str]]] = [
        ("/Observation", note, {}),
        ("", bundle(entry("POST", "Observation", note)), {}),
        ("", bundle(entry("POST", "Practitioner", own), found), {}),
        ("", bundle(entry("POST", "Observation", note), bundle_type="batch"), {}),
    ]

    async def send_all() -> list[Answer]:
        return [
            await fhir.send("POST", path, body, headers=more | {"Idempotency-Key": key}, **camille)
            for key, (path, body, more) in zip("abcd", sent, strict=True)
        ]

    first, again = await send_all(), await send_all()
    assert [each.status for each in first] == [201, 200, 200, 200]
    assert [each.body for each in again] == [each.body for each in first]
    await fhir.send("PUT", "/CareTeam/circle", circle | {"status": "inactive"})
    *alone, batch = await send_all()
    assert [each.status for each in alone] == [403, 403, 404]
    assert [e["response"]["status"] for e in batch.json["entry"]] == ["403 Forbidden"]
    await fhir.send("PUT", "/CareTeam/circle", circle)
    assert [each.body for each in await send_all()] == [each.body for each in first]
    # What the condition found is hidden since: its version of then is as the current one.
    masked = {"security": [{"system": "urn:x", "code": "MASQUE_PS"}]}
    await fhir.send("PUT", "/Observation/y", stored | {"meta": masked})
    assert [each.status for each in await send_all()] == [201, 200, 404, 200]
    await fhir.send("DELETE", "/Observation/y")
    assert [each.status for each in await send_all()] == [201, 200, 404, 200]


async def test_a_batch_that_was_interrupted_is_continued(fhir: FhirWorld) -> None:
    sent = bundle(*[entry("POST", "Patient", PATIENT)] * 4, bundle_type="batch")
    first = await fhir.send("POST", "", sent, headers=KEY)
    # As if the process had been killed after two entries.
    lost = [each["resource"]["id"] for each in first.json["entry"][2:]]
    await fhir.pool.execute("DELETE FROM write_record WHERE place >= 2")
    await fhir.pool.execute("DELETE FROM version WHERE id = ANY($1)", lost)
    again = await fhir.send("POST", "", sent, headers=KEY)
    assert [each["response"]["status"] for each in again.json["entry"]] == ["201 Created"] * 4
    assert responses(first)[:2] == responses(again)[:2]
    assert await version_count(fhir) == 4


async def test_one_of_many_at_once_is_executed(fhir: FhirWorld) -> None:
    answers = await asyncio.gather(
        *(fhir.send("POST", "/Patient", PATIENT, headers=KEY) for _ in range(10))
    )
    statuses = {each.status for each in answers}
    assert 201 in statuses
    assert statuses <= {201, 409}
    assert await version_count(fhir) == 1
    assert len({each.json["id"] for each in answers if each.status == 201}) == 1


async def test_another_process_that_wrote_meanwhile_prevails(fhir: FhirWorld) -> None:
    """The record of another process is not visible yet when this one looks for it."""
    connection = await fhir.pool.acquire()
    try:
        async with connection.transaction():
            await connection.execute(
                "INSERT INTO write_record (account, key, place, fingerprint, versions)"
                " VALUES ($1, 'k', 0, '', '[]')",
                "p\x1fapp\x1f",
            )
            sent = asyncio.create_task(
                fhir.send("POST", "/Patient", PATIENT, headers={"Idempotency-Key": "k"})
            )
            await until(fhir.is_waiting)
        refused = await sent
    finally:
        await fhir.pool.release(connection)
    assert (refused.status, refused.codes) == (409, ["transient"])
    assert await version_count(fhir) == 0


async def test_a_key_is_forgotten_after_a_day(fhir: FhirWorld) -> None:
    await fhir.send("POST", "/Patient", PATIENT, headers=KEY)
    await fhir.pool.execute("UPDATE write_record SET recorded_at = recorded_at - interval '25 h'")
    assert (await fhir.send("POST", "/Patient", PATIENT, headers=KEY)).status == 201
    assert await version_count(fhir) == 2
