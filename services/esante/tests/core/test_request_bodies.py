"""The body of a request: read with permission only, complete or not executed, and bounded."""

import asyncio
import json
from typing import Any

import pytest
from fhir_bundles import bundle, entry
from fhir_world import FhirWorld
from prometheus_client import REGISTRY

from socle.testing import until

PATIENT: Any = {"resourceType": "Patient", "id": "p1"}
CONTENT = json.dumps(PATIENT).encode()
BUNDLES = {
    each: json.dumps(bundle(entry("POST", "Patient", PATIENT), bundle_type=each)).encode()
    for each in ("transaction", "batch")
}
LENGTH, CHUNKED = "Content-Length: 100000", "Transfer-Encoding: chunked"


def chunk(body: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(body), body)


def exchange_count() -> float:
    """The exchanges of this process that have ended."""
    return sum(
        sample.value
        for metric in REGISTRY.collect()
        for sample in metric.samples
        if sample.name == "http_requests_total" and sample.labels["service"] == "esante"
    )


async def version_count(fhir: FhirWorld) -> int:
    return int(await fhir.pool.fetchval("SELECT count(*) FROM version"))


async def read_so_far(fhir: FhirWorld) -> int:
    """Wait until the server has read what was sent to it, which it does before it reads a later
    request. Returns the number of exchanges this took."""
    for _ in range(2):
        assert (await fhir.send("GET", "/metadata")).status == 200
    return 2


@pytest.mark.parametrize("framing", [LENGTH, CHUNKED])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/Patient", CONTENT),
        ("PUT", "/Patient/p1", CONTENT),
        ("PUT", "/Patient?_id=p1", CONTENT),
        ("POST", "", BUNDLES["transaction"]),
        ("POST", "", BUNDLES["batch"]),
    ],
)
async def test_a_body_that_is_cut_short_is_not_executed(
    fhir: FhirWorld, method: str, path: str, body: bytes, framing: str
) -> None:
    ended = exchange_count()
    _, writer = await fhir.connect()
    writer.write(fhir.head(method, path, framing))
    writer.write(chunk(body) if framing == CHUNKED else body)
    await writer.drain()
    ended += await read_so_far(fhir)
    writer.close()
    await until(lambda: exchange_count() == ended + 1)
    assert await version_count(fhir) == 0
    # The same body, complete, is.
    assert (await fhir.send(method, path, body)).status in (200, 201)
    assert await version_count(fhir) == 1


async def test_a_patch_that_is_cut_short_is_not_applied(fhir: FhirWorld) -> None:
    assert (await fhir.send("PUT", "/Patient/p1", PATIENT)).status == 201
    ended = exchange_count()
    _, writer = await fhir.connect()
    writer.write(fhir.head("PATCH", "/Patient/p1", CHUNKED) + chunk(b'{"active": true}'))
    await writer.drain()
    ended += await read_so_far(fhir)
    writer.close()
    await until(lambda: exchange_count() == ended + 1)
    assert await version_count(fhir) == 1


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("POST", "/Patient", "system/Patient.ruds"),
        ("PUT", "/Patient/p1", "system/Patient.rds"),
        ("PUT", "/Patient?_id=p1", "system/Patient.rds"),
        ("PATCH", "/Patient/p1", "system/Patient.crds"),
        ("PATCH", "/Patient?_id=p1", "system/Patient.crds"),
        ("POST", "/Patient/_search", "system/Patient.crud"),
        ("POST", "/Patient/$validate", "system/Observation.cruds"),
        ("POST", "/Patient/p1/$validate", "system/Observation.cruds"),
        ("POST", "", "openid"),
    ],
)
async def test_without_permission_no_body_is_read(
    fhir: FhirWorld, method: str, path: str, scope: str
) -> None:
    reader, writer = await fhir.connect()
    writer.write(fhir.head(method, path, LENGTH, "Expect: 100-continue", scope=scope))
    async with asyncio.timeout(60):
        # Not "100 Continue".
        assert (await reader.readline()).startswith(b"HTTP/1.1 403 ")
        head = await reader.readuntil(b"\r\n\r\n")
    assert b"fhir+json" in head
    writer.close()


@pytest.mark.parametrize("framing", ["Content-Length: 40000000", CHUNKED])
@pytest.mark.parametrize("path", ["", "/Patient"])
async def test_who_sends_too_much_before_reading_still_reads_why(
    fhir: FhirWorld, path: str, framing: str
) -> None:
    reader, writer = await fhir.connect()
    writer.write(fhir.head("POST", path, framing))
    for _ in range(40):
        writer.write(chunk(bytes(1_000_000)) if framing == CHUNKED else bytes(1_000_000))
        await writer.drain()
    writer.write(b"0\r\n\r\n" if framing == CHUNKED else b"")
    async with asyncio.timeout(60):
        answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"OperationOutcome" in answer
    writer.close()


async def test_a_batch_stops_when_its_caller_has_gone(fhir: FhirWorld) -> None:
    for name in ("p1", "p2"):
        assert (await fhir.send("PUT", f"/Patient/{name}", PATIENT | {"id": name})).status == 201
    other = PATIENT | {"gender": "other"}
    entries = [entry("PUT", f"Patient/{n}", other | {"id": n}) for n in ("p1", "p2", "p3")]
    body = json.dumps(bundle(*entries, bundle_type="batch")).encode()
    ended = exchange_count()
    async with fhir.pool.acquire() as connection, connection.transaction():
        # The second entry waits for this lock.
        await connection.fetch("SELECT FROM resource WHERE id = 'p2' FOR UPDATE")
        _, writer = await fhir.connect()
        writer.write(fhir.head("POST", "", f"Content-Length: {len(body)}") + body)
        await until(fhir.is_waiting)
        assert await version_count(fhir) == 3
        writer.transport.abort()
        ended += await read_so_far(fhir)
    await until(lambda: exchange_count() == ended + 1)
    assert await version_count(fhir) == 4
    assert (await fhir.send("GET", "/Patient/p3")).status == 404
