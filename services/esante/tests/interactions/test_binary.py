"""A Binary as bytes: the same resource as its JSON, for whoever its securityContext permits.

https://hl7.org/fhir/R4/binary.html
"""

import base64
import hashlib
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fhir_bundles import bundle, entry
from fhir_world import FhirWorld

from esante.core.api.request_body import CHUNK_BYTES
from esante.store.adapters.content_store import PostgresContents
from socle.errors import Retry
from socle.testing import until

PDF = b"%PDF-1.7\n" + bytes(range(256))
LARGE = bytes(range(251)) * (3 * CHUNK_BYTES // 251 + 1)
"""Four chunks, the last of which is short."""
BYTES = {"Accept": "*/*"}
FHIR = {"Accept": "application/fhir+json"}
OWN = {"role": "patient", "patient": "p1", "scope": "patient/*.cruds", "account": "own"}
OTHER = OWN | {"patient": "p2", "account": "other"}
CONTEXT = {"X-Security-Context": "Patient/p1"}


async def sent(content: bytes) -> AsyncIterator[bytes]:
    """Without a declared length, in parts of another size than the chunks."""
    for at in range(0, len(content), 100_000):
        yield content[at : at + 100_000]


def id_of(answer: Any) -> str:
    return str(answer.headers["Location"].split("/Binary/")[1].partition("/")[0])


async def chunks_stored(fhir: FhirWorld) -> int:
    return int(await fhir.pool.fetchval("SELECT count(*) FROM binary_chunk"))


async def test_bytes_come_back_as_sent_and_as_a_resource(fhir: FhirWorld) -> None:
    for content, media in ((PDF, "application/pdf"), (LARGE, "text/html; charset=utf-8")):
        made = await fhir.send("POST", "/Binary", sent(content), media=media, headers=CONTEXT)
        assert (made.status, made.json["contentType"]) == (201, media)
        path = f"/Binary/{id_of(made)}"
        for address in (path, f"{path}/_history/1"):
            raw = await fhir.send("GET", address)
            assert (raw.status, raw.body == content) == (200, True)
            assert raw.headers["Content-Type"] == media
            assert raw.headers["Content-Length"] == str(len(content))
            assert raw.headers["X-Security-Context"] == "Patient/p1"
            assert raw.headers["ETag"] == 'W/"1"'
            assert raw.headers["Content-Disposition"] == "attachment"
            assert raw.headers["X-Content-Type-Options"] == "nosniff"
            assert "sandbox" in raw.headers["Content-Security-Policy"]
            resource = await fhir.send("GET", address, headers=FHIR)
            assert resource.headers["Content-Type"].startswith("application/fhir+json")
            assert int(resource.headers["Content-Length"]) == len(resource.body)
            assert base64.b64decode(resource.json["data"]) == content
            assert resource.json["securityContext"] == {"reference": "Patient/p1"}
            assert "tag" not in resource.json["meta"]
        same = await fhir.send("GET", path, headers={"If-None-Match": 'W/"1"'})
        assert (same.status, same.body) == (304, b"")
        # The resource, sent as JSON, is the same one again.
        sent_again = (await fhir.send("GET", path, headers=FHIR)).json | {"language": "fr"}
        copy = await fhir.send("PUT", path, sent_again)
        assert copy.headers["ETag"] == 'W/"2"'
        again = await fhir.send("GET", path)
        assert (again.body == content, again.headers["Content-Type"]) == (True, media)
    forms = [
        ({"Accept": "application/pdf, application/fhir+json;q=0.5"}, False),
        ({"Accept": "application/fhir+json, */*"}, True),
        ({"Accept": "application/json"}, True),
        (BYTES, False),
    ]
    for headers, is_resource in forms:
        answer = await fhir.send("GET", path, headers=headers)
        assert answer.headers["Content-Type"].startswith("application/fhir+json") is is_resource
    assert (await fhir.send("GET", f"{path}?_format=json")).json["resourceType"] == "Binary"
    assert (await fhir.send("GET", f"{path}?unknown=1")).status == 400


async def test_a_large_content_is_not_repeated_in_bundles(fhir: FhirWorld) -> None:
    made = await fhir.send("PUT", "/Binary/b1", sent(LARGE), media="application/pdf")
    assert (made.status, "data" in made.json) == (201, False)
    read = bundle(entry("GET", "Binary/b1"), bundle_type="batch")
    for answer in (
        await fhir.send("GET", "/Binary?_id=b1"),
        await fhir.send("GET", "/Binary/b1/_history"),
        await fhir.send("POST", "", read),
    ):
        resource = answer.json["entry"][0]["resource"]
        assert resource["meta"]["tag"][0]["code"] == "SUBSETTED"
        assert "data" not in resource
        # Sent back, it would erase the content.
        refused = await fhir.send("PUT", "/Binary/b1", resource)
        assert (refused.status, refused.codes) == (422, ["business-rule"])
    for query, has_data in (
        ("_summary=true", False),
        ("_elements=data", True),
        ("_pretty=true", True),
    ):
        view = (await fhir.send("GET", f"/Binary/b1?{query}", headers=FHIR)).json
        assert ("data" in view) is has_data
    patch: Any = [{"op": "replace", "path": "/contentType", "value": "text/plain"}]
    refused = await fhir.send("PATCH", "/Binary/b1", patch, media="application/json-patch+json")
    assert refused.status == 422


async def test_versions_have_their_own_content(fhir: FhirWorld) -> None:
    for number, content in enumerate((LARGE, PDF, LARGE[::-1]), 1):
        match = {"If-Match": f'W/"{number - 1}"'} if number > 1 else {"If-None-Match": "*"}
        made = await fhir.send("PUT", "/Binary/b1", content, media="image/png", headers=match)
        assert made.status == (201 if number == 1 else 200), made.body
    stale = await fhir.send(
        "PUT", "/Binary/b1", LARGE, media="image/png", headers={"If-Match": 'W/"2"'}
    )
    assert stale.status == 412
    for number, content in enumerate((LARGE, PDF, LARGE[::-1]), 1):
        assert (await fhir.send("GET", f"/Binary/b1/_history/{number}")).body == content
    assert (await fhir.send("DELETE", "/Binary/b1")).status == 204
    assert (await fhir.send("GET", "/Binary/b1")).status == 410
    assert (await fhir.send("GET", "/Binary/b1/_history/1")).body == LARGE
    # Nothing is left of the refused one.
    assert await chunks_stored(fhir) == 8
    assert await fhir.pool.fetchval("SELECT count(*) FROM binary_upload") == 0


async def test_its_security_context_decides_who_reads_it(fhir: FhirWorld) -> None:
    for content in (PDF, LARGE):
        made = await fhir.send(
            "POST", "/Binary", content, media="application/pdf", headers=CONTEXT, **OWN
        )
        assert made.status == 201, made.body
        path = f"/Binary/{id_of(made)}"
        for headers in (BYTES, FHIR):
            assert (await fhir.send("GET", path, headers=headers, **OWN)).status == 200
            assert (await fhir.send("GET", path, headers=headers, **OTHER)).status == 404
            vread = await fhir.send("GET", f"{path}/_history/1", headers=headers, **OTHER)
            assert vread.status == 404
        assert "entry" not in (await fhir.send("GET", "/Binary", **OTHER)).json
        for attack in (CONTEXT, {"X-Security-Context": "Patient/p2"}, {}):
            taken = await fhir.send("PUT", path, PDF, media="text/html", headers=attack, **OTHER)
            assert taken.status == 404
    assert len((await fhir.send("GET", "/Binary", **OWN)).json["entry"]) == 2
    # Without a context, it is in nobody's record.
    for headers in ({}, {"X-Security-Context": "Patient/p2"}, {"X-Security-Context": "Group/g"}):
        refused = await fhir.send("POST", "/Binary", LARGE, media="a/b", headers=headers, **OWN)
        assert (refused.status, refused.codes) == (403, ["forbidden"])
    made = await fhir.send("POST", "/Binary", PDF, media="application/pdf")
    assert (await fhir.send("GET", f"/Binary/{id_of(made)}", **OWN)).status == 404
    read_only = {"scope": "system/Binary.rs"}
    assert (await fhir.send("POST", "/Binary", PDF, media="a/b", **read_only)).status == 403
    json_form = {
        "resourceType": "Binary",
        "contentType": "text/plain",
        "data": "QQ==",
        "securityContext": {"reference": "https://region.example.org/fhir/Patient/p1"},
    }
    made = await fhir.create(json_form)
    assert (await fhir.send("GET", f"/Binary/{id_of(made)}", **OWN)).body == b"A"


async def test_declared_digests_are_verified(fhir: FhirWorld) -> None:
    sha256 = base64.b64encode(hashlib.sha256(LARGE).digest()).decode()
    sha1 = base64.b64encode(hashlib.sha1(LARGE).digest()).decode()
    sound = ({"Content-Digest": f"sha-256=:{sha256}:, unknown=:QQ==:"}, {"Digest": f"SHA={sha1}"})
    for headers in sound:
        made = await fhir.send("POST", "/Binary", LARGE, media="a/b", headers=headers)
        assert made.status == 201, made.body
    stored = await chunks_stored(fhir)
    for content in (LARGE[:-1], PDF):
        for headers in sound:
            refused = await fhir.send("POST", "/Binary", content, media="a/b", headers=headers)
            assert (refused.status, refused.codes) == (400, ["value"])
    for malformed in ({"Content-Digest": "sha-256=QQ=="}, {"Digest": "SHA-256=:"}):
        assert (
            await fhir.send("POST", "/Binary", PDF, media="a/b", headers=malformed)
        ).status == 400
    assert await chunks_stored(fhir) == stored


async def test_what_is_no_content_is_refused(fhir: FhirWorld) -> None:
    async def refuse(status: int, content: Any = PDF, media: str = "a/b", **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await fhir.send("POST", "/Binary", content, media=media, headers=named)
        assert answer.status == status, answer.body
        assert answer.json["resourceType"] == "OperationOutcome"

    await refuse(400, b"")
    await refuse(413, bytes(50 * 1024 * 1024 + 1))
    await refuse(415, media="application/x-www-form-urlencoded")
    await refuse(415, media="pdf")
    await refuse(415, content_encoding="gzip")
    await refuse(400, if_none_exist="identifier=a")
    await refuse(400, x_security_context="Patient/p1/_history/2")
    await refuse(400, x_security_context="nothing")
    assert (await fhir.send("PUT", "/Binary/a_b", PDF, media="a/b")).status == 400
    assert await fhir.pool.fetchval("SELECT count(*) FROM version") == 0
    assert await chunks_stored(fhir) == 0


async def test_a_content_that_is_cut_short_is_not_stored(fhir: FhirWorld) -> None:
    for framing, part in (
        (f"Content-Length: {len(LARGE)}", LARGE[:-1]),
        ("Transfer-Encoding: chunked", b"%x\r\n%b\r\n" % (len(LARGE), LARGE)),
    ):
        reader, writer = await fhir.connect()
        head = fhir.head("PUT", "/Binary/b1", framing)
        writer.write(head.replace(b"application/json", b"application/pdf") + part)
        await writer.drain()
        await until(lambda: _stored(fhir, 2))
        writer.close()
        await reader.read()
        await until(lambda: _stored(fhir, 0))
        assert (await fhir.send("GET", "/Binary/b1")).status == 404
    assert await fhir.pool.fetchval("SELECT count(*) FROM version") == 0


async def _stored(fhir: FhirWorld, at_least: int) -> bool:
    stored = await chunks_stored(fhir)
    return stored >= at_least if at_least else stored == 0


async def test_what_killed_processes_left_is_removed(fhir: FhirWorld) -> None:
    contents = PostgresContents(fhir.pool)
    await fhir.send("PUT", "/Binary/b1", LARGE, media="a/b")
    old, recent = str(uuid.uuid4()), str(uuid.uuid4())
    for content_id in (old, recent):
        await contents.open(content_id)
        await contents.write_chunk(content_id, 0, PDF)
    aged = "UPDATE binary_upload SET started_at = now() - interval '2 h' WHERE content = $1::uuid"
    await fhir.pool.execute(aged, old)
    await contents.discard_abandoned()
    assert await chunks_stored(fhir) == 4 + 1
    # A request that is still running then does not go on.
    with pytest.raises(Retry):
        await contents.write_chunk(old, 1, PDF)
    await contents.discard(recent)
    assert (await fhir.send("GET", "/Binary/b1")).body == LARGE
    assert await chunks_stored(fhir) == 4
