"""Histories by pages, and patches, over HTTP."""

import asyncio
import base64
import json
from datetime import datetime, timedelta, timezone

from fhir_bundles import bundle, entry
from fhir_world import ALL, BASE, FhirWorld

JSON_PATCH = "application/json-patch+json"


async def put(fhir: FhirWorld, resource_type: str, name: str, **members: object) -> None:
    body = {"resourceType": resource_type, "id": name} | members
    assert (await fhir.send("PUT", f"/{resource_type}/{name}", body)).status in (200, 201)


async def pages(fhir: FhirWorld, path: str) -> list[tuple[str, str]]:
    """Every line by following `next`: url and version."""
    found: list[tuple[str, str]] = []
    while True:
        answer = await fhir.send("GET", path)
        assert answer.status == 200, answer.body
        page = answer.json
        assert page["type"] == "history"
        for each in page.get("entry", []):
            found.append((each["fullUrl"].removeprefix(BASE), each["response"]["etag"]))
        following = [link["url"] for link in page["link"] if link["relation"] == "next"]
        if not following:
            return found
        path = following[0].removeprefix(BASE)


async def test_histories(fhir: FhirWorld) -> None:
    for active in (True, False, True):
        await put(fhir, "Patient", "p1", active=active)
    await put(fhir, "Observation", "o1", status="final", code={"text": "x"})
    await fhir.send("DELETE", "/Patient/p1")
    own = (await fhir.send("GET", "/Patient/p1/_history")).json["entry"]
    assert [each["response"]["etag"] for each in own] == [f'W/"{v}"' for v in (4, 3, 2, 1)]
    assert [each["request"]["method"] for each in own] == ["DELETE", "PUT", "PUT", "POST"]
    assert "resource" not in own[0]
    assert own[1]["resource"]["meta"]["versionId"] == "3"
    every = [("/Patient/p1", 'W/"4"'), ("/Observation/o1", 'W/"1"')]
    every += [("/Patient/p1", f'W/"{version}"') for version in (3, 2, 1)]
    assert await pages(fhir, "/_history?_count=1") == every
    assert await pages(fhir, "/_history?_count=2") == every
    assert await pages(fhir, "/Patient/_history?_count=3") == [e for e in every if "Pat" in e[0]]
    moment = own[1]["response"]["lastModified"]
    since = await fhir.send("GET", f"/Patient/_history?_since={moment}")
    assert [each["response"]["etag"] for each in since.json["entry"]] == ['W/"4"', 'W/"3"']
    # With an offset, whose "+" clients encode or not.
    east = datetime.fromisoformat(moment).astimezone(timezone(timedelta(hours=2))).isoformat()
    assert "+02:00" in east
    for sign in ("%2B", "+", "%20"):
        written = east.replace("+", sign)
        answer = await fhir.send("GET", f"/Patient/_history?_since={written}")
        assert answer.status == 200, sign
        assert len(answer.json["entry"]) == 2
        at = await fhir.send("GET", f"/Patient/_history?_at={written}")
        assert (at.status, bool(at.json["entry"])) == (200, True)
    at = await fhir.send("GET", f"/Patient/_history?_at={own[2]['response']['lastModified']}")
    assert 'W/"2"' in [each["response"]["etag"] for each in at.json["entry"]]
    assert 'W/"4"' not in [each["response"]["etag"] for each in at.json["entry"]]
    assert (await fhir.send("GET", "/Patient/none/_history")).status == 404
    made_up = base64.urlsafe_b64encode(b"2026-01-01T00:00:00Z|Patient|\0|1").decode()
    for wrong in (
        f"_cursor={made_up}",
        "_count=0",
        "_count=x",
        "_since=hier",
        "_cursor=abc",
        "_sort=x",
    ):
        assert (await fhir.send("GET", f"/Patient/_history?{wrong}")).status == 400, wrong


async def test_pages_neither_repeat_nor_skip_under_writes(fhir: FhirWorld) -> None:
    for name in range(12):
        await put(fhir, "Patient", f"p{name}")

    async def write() -> None:
        for name in range(12):
            await put(fhir, "Patient", f"p{name}", active=True)

    found, _ = await asyncio.gather(pages(fhir, "/Patient/_history?_count=1"), write())
    assert len(found) == len(set(found))
    assert {(f"/Patient/p{name}", 'W/"1"') for name in range(12)} <= set(found)


async def test_a_page_is_bounded_in_bytes(fhir: FhirWorld) -> None:
    text = "x" * 3_000_000
    for at in range(8):
        await put(fhir, "Basic", "b1", code={"text": f"{text}{at}"})
    # Such a text is found by its beginning, and by the complete text.
    for criterion in ("code:text=xxx", f"code:text={'x' * 3000}"):
        found = await fhir.send("GET", f"/Basic?{criterion}&_summary=count")
        assert found.json["total"] == 1, found.body
    first = await fhir.send("GET", "/Basic/b1/_history")
    assert len(first.body) < 20_000_000
    assert len(first.json["entry"]) == 5
    assert [etag for _, etag in await pages(fhir, "/Basic/b1/_history")] == [
        f'W/"{version}"' for version in range(8, 0, -1)
    ]


async def test_who_can_read_a_history(fhir: FhirWorld) -> None:
    await put(fhir, "Patient", "p1")
    await put(fhir, "Patient", "p2")

    async def status(path: str, scope: str) -> int:
        patient = None if scope.startswith("system/") else "p1"
        return (await fhir.send("GET", path, scope=scope, patient=patient)).status

    assert await status("/Patient/p1/_history", "patient/Patient.r") == 200
    assert await status("/Patient/p2/_history", "patient/Patient.r") == 404
    assert await status("/Patient/_history", "patient/Patient.r") == 403
    assert await status("/Patient/_history", "system/Patient.r") == 200
    assert await status("/_history", "system/Patient.r") == 403
    assert await status("/_history", ALL) == 200
    # A version that was another patient's is left out, and pages go on past it.
    for subject in ("p1", "p2", "p1"):
        members = {"status": "final", "code": {"text": "x"}}
        await put(fhir, "Observation", "o1", subject={"reference": f"Patient/{subject}"}, **members)
    found, path = [], "/Observation/o1/_history?_count=1"
    while path:
        answer = await fhir.send("GET", path, scope="patient/*.r", patient="p1")
        assert answer.status == 200
        found += [each["response"]["etag"] for each in answer.json.get("entry", [])]
        following = [each["url"] for each in answer.json["link"] if each["relation"] == "next"]
        path = following[0].removeprefix(BASE) if following else ""
    assert found == ['W/"3"', 'W/"1"']


async def test_a_json_patch_changes_nothing_else(fhir: FhirWorld) -> None:
    sent = (
        b'{"resourceType":"Observation","id":"o1","status":"preliminary","code":{"text":"x"},'
        b'"valueQuantity":{ "value": 0.40,  "unit":"g" }}'
    )
    await fhir.send("PUT", "/Observation/o1", sent)
    patch = b'[{"op":"replace","path":"/status","value":"final"}]'
    made = await fhir.send("PATCH", "/Observation/o1", patch, media=JSON_PATCH)
    assert (made.status, made.headers["etag"]) == (200, 'W/"2"')
    assert made.json["status"] == "final"
    assert b'"valueQuantity":{ "value": 0.40,  "unit":"g" }' in made.body
    assert [e["interaction"] for e in await fhir.events()] == ["create", "patch"]
    stale = {"if-match": 'W/"1"'}
    wrong: tuple[tuple[bytes, str, dict[str, str], int], ...] = (
        (patch, JSON_PATCH, stale, 412),
        (patch, "text/plain", {}, 415),
        (b"[", JSON_PATCH, {}, 400),
        (b'[{"op":"test","path":"/status","value":"x"}]', JSON_PATCH, {}, 422),
        (b'[{"op":"remove","path":"/nowhere"}]', JSON_PATCH, {}, 422),
        (b'[{"op":"replace","path":"/id","value":"o2"}]', JSON_PATCH, {}, 400),
        (b'[{"op":"replace","path":"","value":3}]', JSON_PATCH, {}, 422),
        (b'[{"op":"replace","path":"/resourceType","value":"Patient"}]', JSON_PATCH, {}, 400),
    )
    for body, media, headers, status in wrong:
        answer = await fhir.send("PATCH", "/Observation/o1", body, media=media, headers=headers)
        assert answer.status == status, (body, answer.body)
    assert (await fhir.send("PATCH", "/Observation/o9", patch, media=JSON_PATCH)).status == 404
    deeper = [{"op": "add", "path": "/x" * at, "value": {}} for at in range(1, 1000)]
    deep = await fhir.send("PATCH", "/Observation/o1", deeper, media=JSON_PATCH)
    assert deep.status in (400, 422), deep.body
    assert json.loads((await fhir.send("GET", "/Observation/o1")).body)["meta"]["versionId"] == "2"


async def test_a_fhirpath_patch(fhir: FhirWorld) -> None:
    await put(fhir, "Patient", "p1", birthDate="1920-01-01")

    def body(operation_type: str, path: str) -> object:
        parts = [
            {"name": "type", "valueCode": operation_type},
            {"name": "path", "valueString": path},
        ]
        value = {"name": "value", "valueDate": "1930-01-01"}
        operation = {"name": "operation", "part": [*parts, value]}
        return {"resourceType": "Parameters", "parameter": [operation]}

    made = await fhir.send("PATCH", "/Patient/p1", body("replace", "Patient.birthDate"))
    assert (made.status, made.json["birthDate"]) == (200, "1930-01-01")
    undoable = await fhir.send("PATCH", "/Patient/p1", body("replace", "Patient.gender"))
    assert (undoable.status, undoable.codes) == (422, ["processing"])
    unclear = await fhir.send("PATCH", "/Patient/p1", body("delete", "Patient.repeat(x)"))
    assert unclear.status == 400
    other = await fhir.send("PATCH", "/Patient/p1", {"resourceType": "Patient", "id": "p1"})
    assert other.status == 415


async def test_a_merge_patch_is_the_members_to_be(fhir: FhirWorld) -> None:
    sent = (
        b'{"resourceType":"Patient","id":"p1","active":true,"birthDate":"1974-12-25","extension":'
        b'[{ "url":"urn:x", "valueDecimal":1.10 }],"maritalStatus":{"text":"x","coding":'
        b'[{"system":"urn:s","code":"M"}]}}'
    )
    await fhir.send("PUT", "/Patient/p1", sent)
    patch = b'{"active":null,"gender":"female","maritalStatus":{"text":"y"}}'
    made = await fhir.send("PATCH", "/Patient/p1", patch, media="application/merge-patch+json")
    assert (made.status, made.headers["etag"]) == (200, 'W/"2"')
    assert made.json.keys() == {*json.loads(sent), "meta", "gender"} - {"active"}
    assert made.json["maritalStatus"] == {"text": "y", "coding": [{"system": "urn:s", "code": "M"}]}
    assert b'[{ "url":"urn:x", "valueDecimal":1.10 }]' in made.body
    # As many clients send it; and once more where the resource is found by a condition.
    merged = {"resourceType": "Patient", "birthDate": "1930-01-01"}
    for path in ("/Patient/p1", "/Patient?gender=female"):
        again = await fhir.send("PATCH", path, merged, media="application/json")
        assert (again.status, again.json["birthDate"]) == (200, "1930-01-01"), again.body
    for wrong, status in (
        (b'{"id":"p2"}', 400),
        (b'{"resourceType":"Group"}', 400),
        (b'{"birthDate":"hier"}', 400),
        (b'{"resourceType":null}', 400),
        (b"[]", 400),
        (b'{"a":' * 90 + b"1" + b"}" * 90, 400),
    ):
        answer = await fhir.send("PATCH", "/Patient/p1", wrong, media="application/json")
        assert answer.status == status, (wrong, answer.body)
    # The second one found nothing to change.
    assert (await fhir.send("GET", "/Patient/p1")).headers["etag"] == 'W/"3"'


async def test_a_patch_that_changes_nothing_writes_nothing(fhir: FhirWorld) -> None:
    await put(fhir, "Patient", "p1", birthDate="1920-01-01")
    parts = [
        {"name": "type", "valueCode": "replace"},
        {"name": "path", "valueString": "Patient.birthDate"},
        {"name": "value", "valueDate": "1920-01-01"},
    ]
    same = {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": parts}]}
    no_operation = {"resourceType": "Parameters"}
    for body, media in (
        ([], JSON_PATCH),
        ([{"op": "test", "path": "/birthDate", "value": "1920-01-01"}], JSON_PATCH),
        (no_operation, "application/fhir+json"),
        (same, "application/fhir+json"),
        ({"birthDate": "1920-01-01"}, "application/merge-patch+json"),
    ):
        for path in ("/Patient/p1", "/Patient?birthdate=1920"):
            made = await fhir.send("PATCH", path, body, media=media)
            assert (made.status, made.headers["etag"]) == (200, 'W/"1"'), (body, made.body)
            assert made.json["birthDate"] == "1920-01-01"
        stale = {"if-match": 'W/"7"'}
        answer = await fhir.send("PATCH", "/Patient/p1", body, media=media, headers=stale)
        assert answer.status == 412
    for bundle_type in ("transaction", "batch"):
        within = bundle(entry("PATCH", "Patient/p1", no_operation), bundle_type=bundle_type)
        answer = await fhir.send("POST", "", within)
        response = answer.json["entry"][0]["response"]
        assert (response["status"], response["etag"]) == ("200 OK", 'W/"1"')
    assert [e["interaction"] for e in await fhir.events()] == ["create"]
