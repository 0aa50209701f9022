"""A program with a SMART token writes and reads health data through the demo's gateway."""

import pytest
from running_demo import Demo

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
