"""A program with a SMART token writes and reads health data through the demo's gateway."""

import asyncio
import json

import pytest
from running_demo import Demo
from yarl import URL

pytestmark = pytest.mark.e2e


async def request(
    demo: Demo, method: str, path: str, bearer: str | None, body: object = None
) -> tuple[int, object]:
    headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
    if body is not None:
        headers["content-type"] = "application/fhir+json"
    async with demo.client.request(
        method, f"{demo.address}/fhir{path}", json=body, headers=headers
    ) as answer:
        return answer.status, await answer.json(content_type=None)


async def test_a_smart_bearer_writes_and_reads(demo: Demo) -> None:
    assert (await demo.get("/readyz"))["checks"]["esante"] is None
    assert (await demo.get("/fhir/metadata"))["fhirVersion"] == "4.0.1"
    smart = await demo.get("/fhir/.well-known/smart-configuration")
    assert smart["token_endpoint"].endswith("/auth/token")
    bearer = await demo.token("professional", "user/*.cruds")
    patient = {"resourceType": "Patient", "name": [{"family": "Exemple"}]}
    status, made = await request(demo, "POST", "/Patient", bearer, patient)
    assert status == 201, made
    assert isinstance(made, dict)
    status, read = await request(demo, "GET", f"/Patient/{made['id']}", bearer)
    assert (status, read) == (200, made)
    status, _ = await request(demo, "GET", f"/Patient/{made['id']}", None)
    assert status == 401
    narrow = await demo.token("professional", "user/Observation.rs")
    status, body = await request(demo, "GET", f"/Patient/{made['id']}", narrow)
    assert (status, body["resourceType"]) == (403, "OperationOutcome")  # type: ignore[index]


@pytest.mark.parametrize("framing", ["Content-Length: 100000", "Transfer-Encoding: chunked"])
async def test_a_write_that_is_cut_short_is_not_executed(demo: Demo, framing: str) -> None:
    bearer = await demo.token("professional", "user/*.cruds")
    name = f"cut-{len(framing)}"
    body = json.dumps({"resourceType": "Patient", "id": name}).encode()
    sent = b"%x\r\n%b\r\n" % (len(body), body) if "chunked" in framing else body
    head = f"PUT /fhir/Patient/{name} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {bearer}\r\n"
    head += f"Content-Type: application/fhir+json\r\n{framing}\r\n\r\n"
    url = URL(demo.address)
    _, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(head.encode() + sent)
    await writer.drain()
    await asyncio.sleep(0.3)  # the service has what was sent
    writer.close()
    await writer.wait_closed()
    await asyncio.sleep(0.3)
    assert (await request(demo, "GET", f"/Patient/{name}", bearer))[0] == 404


async def test_bundles_that_are_too_large_are_all_refused_in_words(demo: Demo) -> None:
    bearer = await demo.token("professional", "user/*.cruds")
    bundle = {"resourceType": "Bundle", "type": "batch", "x": "x" * 40_000_000}
    found = await asyncio.gather(*(request(demo, "POST", "", bearer, bundle) for _ in range(2)))
    assert [(status, body["issue"][0]["code"]) for status, body in found] == [  # type: ignore[index]
        (413, "too-long")
    ] * 2
