"""Preferences of callers: If-Match required (428), Prefer: return, subsets of a resource."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest_asyncio
from fhir_world import Answer, FhirWorld, open_world

from socle.testing import ServeApp

PATIENT = {"resourceType": "Patient", "id": "p1", "identifier": [{"system": "urn:s", "value": "1"}]}
PATCH = b'[{"op":"add","path":"/active","value":true}]'
OBSERVATION = {
    "resourceType": "Observation",
    "id": "o1",
    "text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">x</div>'},
    "status": "final",
    "code": {"text": "x"},
    "subject": {"reference": "Patient/p1"},
    "valueString": "y",
    "_valueString": {"extension": [{"url": "urn:x", "valueBoolean": True}]},
}


@pytest_asyncio.fixture
async def strict(
    postgres_url: str, serve_app: ServeApp, tmp_path: Path
) -> AsyncIterator[FhirWorld]:
    """A server that requires If-Match on changes."""
    async with AsyncExitStack() as stack:
        yield await open_world(postgres_url, serve_app, tmp_path, stack, if_match_required=True)


async def ways(fhir: FhirWorld, **headers: str) -> list[tuple[str, int]]:
    """The status of every interaction that changes an existing resource."""
    written_headers = {name.replace("_", "-"): value for name, value in headers.items()}
    query = "/Patient?identifier=urn:s|1"
    json_patch = "application/json-patch+json"
    entry: dict[str, Any] = {"request": {"method": "PUT", "url": "Patient/p1"}}
    if "if-match" in written_headers:
        entry["request"]["ifMatch"] = written_headers["if-match"]
    bundle = {"resourceType": "Bundle", "entry": [entry | {"resource": PATIENT}]}
    batch = await fhir.send("POST", "", bundle | {"type": "batch"})
    inside = int(batch.json["entry"][0]["response"]["status"][:3])
    alone = [
        ("transaction", await fhir.send("POST", "", bundle | {"type": "transaction"})),
        ("update", await fhir.send("PUT", "/Patient/p1", PATIENT, headers=written_headers)),
        (
            "patch",
            await fhir.send(
                "PATCH", "/Patient/p1", PATCH, media=json_patch, headers=written_headers
            ),
        ),
        ("delete", await fhir.send("DELETE", "/Patient/p1", headers=written_headers)),
        ("update where", await fhir.send("PUT", query, PATIENT, headers=written_headers)),
        (
            "patch where",
            await fhir.send("PATCH", query, PATCH, media=json_patch, headers=written_headers),
        ),
        ("delete where", await fhir.send("DELETE", query, headers=written_headers)),
    ]
    return [("batch", inside), *((name, answer.status) for name, answer in alone)]


async def test_a_change_names_the_version_it_changes(strict: FhirWorld) -> None:
    assert (await strict.send("PUT", "/Patient/p1", PATIENT)).status == 201
    assert {status for _, status in await ways(strict)} == {428}
    assert {status for _, status in await ways(strict, if_match='W/"7"')} == {412}
    refused = await strict.send("PUT", "/Patient/p1", PATIENT)
    assert refused.codes == ["conflict"]
    assert "If-Match" in refused.diagnostics
    version = {"if-match": 'W/"1"'}
    changed = PATIENT | {"active": False}
    assert (await strict.send("PUT", "/Patient/p1", changed, headers=version)).status == 200
    assert (await strict.send("DELETE", "/Patient?identifier=urn:s|1")).status == 428
    last = {"if-match": 'W/"2"'}
    assert (await strict.send("DELETE", "/Patient?identifier=urn:s|1", headers=last)).status == 204
    # What is no more has no version to name.
    assert (await strict.send("PUT", "/Patient/p1", PATIENT)).status == 201
    assert [e["version"] for e in await strict.events()] == [1, 2, 3, 4]


async def test_an_outcome_where_it_is_preferred(fhir: FhirWorld) -> None:
    prefer = {"prefer": "return=OperationOutcome"}

    async def outcome_of(method: str, path: str, body: Any, **more: Any) -> Answer:
        answer = await fhir.send(method, path, body, headers=prefer, **more)
        assert answer.codes == ["informational"], answer.body
        assert answer.headers["etag"]
        return answer

    made = await outcome_of("PUT", "/Patient/p1", PATIENT)
    assert (made.status, made.headers["location"][-11:]) == (201, "/_history/1")
    assert (await outcome_of("PUT", "/Patient/p1", PATIENT)).status == 200
    assert (await outcome_of("PUT", "/Patient?identifier=urn:s|1", PATIENT)).status == 200
    existing = prefer | {"if-none-exist": "identifier=urn:s|1"}
    found = await fhir.send("POST", "/Patient", PATIENT, headers=existing)
    assert found.status == 200
    assert "rien n’a été écrit" in found.json["issue"][0]["diagnostics"]
    media = "application/json-patch+json"
    assert (await outcome_of("PATCH", "/Patient/p1", PATCH, media=media)).status == 200
    assert (await fhir.send("GET", "/Patient/p1", headers=prefer)).json["active"] is True


async def test_only_what_was_changed_since(fhir: FhirWorld) -> None:
    made = await fhir.send("PUT", "/Patient/p1", PATIENT)
    moment = {"if-modified-since": made.headers["last-modified"]}
    for path in ("/Patient/p1", "/Patient/p1/_history/1"):
        same = await fhir.send("GET", path, headers=moment)
        assert (same.status, same.body, same.headers["etag"]) == (304, b"", 'W/"1"')
        # If-None-Match takes precedence over If-Modified-Since (RFC 9110 §13.2.2).
        other = moment | {"if-none-match": 'W/"9"'}
        assert (await fhir.send("GET", path, headers=other)).status == 200
        nonsense = {"if-modified-since": "hier"}
        assert (await fhir.send("GET", path, headers=nonsense)).status == 200
    assert (await fhir.send("GET", "/Patient/other", headers=moment)).status == 404


async def test_parts_retain_what_a_resource_cannot_be_without(fhir: FhirWorld) -> None:
    assert (await fhir.send("PUT", "/Observation/o1", OBSERVATION)).status == 201
    always = {"resourceType", "id", "meta", "status", "code"}
    value = {"valueString", "_valueString"}
    for parameter, members in (
        ("_elements=subject", {"subject"}),
        ("_elements=Observation.subject,valueString", {"subject", *value}),
        ("_elements=subject&_elements=valueString", {"subject", *value}),
        ("_elements=nothing", set()),
        ("_summary=text", {"text"}),
    ):
        read = await fhir.send("GET", f"/Observation/o1?{parameter}")
        assert read.json.keys() == always | members, parameter
        assert [each["code"] for each in read.json["meta"]["tag"]] == ["SUBSETTED"]
        found = await fhir.send("GET", f"/Observation?_id=o1&{parameter}")
        assert found.json["entry"][0]["resource"] == read.json
        (line,) = (await fhir.send("GET", f"/Observation/o1/_history?{parameter}")).json["entry"]
        assert line["resource"] == read.json
