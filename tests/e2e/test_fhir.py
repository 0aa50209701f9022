"""A program with a SMART bearer writes and reads health data by the door of a whole demo."""

import pytest
from running_demo import Demo, StartDemo
from test_logging_in import token

pytestmark = pytest.mark.e2e


async def ask(
    demo: Demo, method: str, path: str, bearer: str | None, body: object = None
) -> tuple[int, object]:
    headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
    if body is not None:
        headers["content-type"] = "application/fhir+json"
    async with demo.client.request(
        method, f"{demo.address}/fhir{path}", json=body, headers=headers
    ) as answer:
        return answer.status, await answer.json(content_type=None)


async def test_a_smart_bearer_writes_and_reads(start_demo: StartDemo) -> None:
    demo = await start_demo()
    assert (await demo.get("/readyz"))["checks"]["esante"] is None
    assert (await demo.get("/fhir/metadata"))["fhirVersion"] == "4.0.1"
    smart = await demo.get("/fhir/.well-known/smart-configuration")
    assert smart["token_endpoint"].endswith("/auth/token")
    options = ("--role", "professional", "--scope", "user/*.cruds")
    code, bearer = await token(demo, *options)
    assert code == 0, bearer
    patient = {"resourceType": "Patient", "name": [{"family": "Exemple"}]}
    status, made = await ask(demo, "POST", "/Patient", bearer, patient)
    assert status == 201, made
    assert isinstance(made, dict)
    status, read = await ask(demo, "GET", f"/Patient/{made['id']}", bearer)
    assert (status, read) == (200, made)
    status, _ = await ask(demo, "GET", f"/Patient/{made['id']}", None)
    assert status == 401
    _, narrow = await token(demo, "--role", "professional", "--scope", "user/Observation.rs")
    status, told = await ask(demo, "GET", f"/Patient/{made['id']}", narrow)
    assert (status, told["resourceType"]) == (403, "OperationOutcome")  # type: ignore[index]
