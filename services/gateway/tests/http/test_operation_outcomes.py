"""Refusals of the gateway are OperationOutcomes under /fhir, and nowhere else."""

from xml.etree import ElementTree

import aiohttp
import pytest
from gateway_world import World
from multidict import CIMultiDict
from yarl import URL

from gateway.routes.domain.route_table import TABLE


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "code"),
    [
        ("GET", "/fhir/Patient/1", {}, 401, "login"),
        ("GET", "/fhir/metadata", {}, 503, "transient"),
        ("TRACE", "/fhir/metadata", {}, 405, "not-supported"),
        ("GET", "/fhir/metadata", {"Accept": "text/html"}, 503, "transient"),
    ],
)
async def test_a_refusal_is_an_operation_outcome(
    world: World,
    client: aiohttp.ClientSession,
    method: str,
    path: str,
    headers: dict[str, str],
    status: int,
    code: str,
) -> None:
    gateway = await world.gateway("http://127.0.0.1:9", routes=TABLE)
    async with client.request(method, gateway.address + path, headers=headers) as answer:
        assert answer.status == status
        assert answer.content_type == "application/fhir+json"
        assert answer.headers["x-request-id"]
        body = await answer.json(content_type=None)
    (issue,) = body["issue"]
    assert (body["resourceType"], issue["severity"]) == ("OperationOutcome", "error")
    assert (issue["code"], bool(issue["diagnostics"])) == (code, True)


@pytest.mark.parametrize(
    ("query", "headers", "in_xml"),
    [
        ("", {"Accept": "application/fhir+xml"}, True),
        ("", {"Accept": "application/fhir+xml, */*"}, True),
        ("", {"Accept": "application/fhir+xml;q=0.8, application/fhir+json"}, False),
        ("?_format=application/fhir+xml", {"Accept": "application/fhir+json"}, True),
        ("?_format=xml&_format=json", {"Accept": "application/fhir+xml"}, False),
        ("", {"Accept": "application/fhir+json;q=0, */*"}, True),
        ("", {"Accept": "application/fhir+xml;q=0"}, False),
        ("", {"Accept": "*/*"}, False),
        ("", {"Accept": "*/*", "Content-Type": "application/fhir+xml"}, True),
        ("", {"Content-Type": "Application/fhir+xml ; charset=utf-8"}, True),
        ("", {"Content-Type": "application/fhir+xmlish"}, False),
        ("", {"Accept": "text/html", "Content-Type": "application/fhir+xml"}, False),
        ("", {"Accept": "*/*;q=0", "Content-Type": "application/fhir+xml"}, False),
    ],
)
async def test_it_is_in_the_requested_format(
    world: World,
    client: aiohttp.ClientSession,
    query: str,
    headers: dict[str, str],
    in_xml: bool,
) -> None:
    gateway = await world.gateway("http://127.0.0.1:9", routes=TABLE)
    address = URL(f"{gateway.address}/fhir/Patient/1{query}", encoded=True)
    async with client.get(address, headers=headers) as answer:
        body = await answer.read()
    assert answer.content_type == f"application/fhir+{'xml' if in_xml else 'json'}"
    if in_xml:
        found = ElementTree.fromstring(body).findall("*/{http://hl7.org/fhir}code")
        assert [each.get("value") for each in found] == ["login"]


async def test_two_credentials_in_one_request_are_refused(
    world: World, client: aiohttp.ClientSession
) -> None:
    gateway = await world.gateway("http://127.0.0.1:9", routes=TABLE)
    both = CIMultiDict([("Authorization", "Bearer a"), ("Authorization", "Bearer b")])
    async with client.get(gateway.address + "/fhir/Patient/1", headers=both) as answer:
        body = await answer.json(content_type=None)
    (issue,) = body["issue"]
    assert (answer.status, body["resourceType"], issue["code"]) == (
        400,
        "OperationOutcome",
        "invalid",
    )
    assert "Authorization" in issue["diagnostics"]


async def test_a_refused_head_request_has_no_length_that_a_get_would_not_have(
    world: World, client: aiohttp.ClientSession
) -> None:
    gateway = await world.gateway("http://127.0.0.1:9", routes=TABLE)
    async with client.head(gateway.address + "/fhir/Patient/1") as answer:
        assert (answer.status, answer.content_type) == (401, "application/fhir+json")
        assert "content-length" not in answer.headers  # RFC 9110 §8.6
        assert "transfer-encoding" not in answer.headers


async def test_what_is_not_fhir_stays_a_problem(
    world: World, client: aiohttp.ClientSession
) -> None:
    gateway = await world.gateway("http://127.0.0.1:9", routes=TABLE)
    async with client.get(gateway.address + "/fhir/.well-known/smart-configuration/x") as answer:
        assert answer.content_type == "application/fhir+json"
    async with client.get(gateway.address + "/mobilite/v1/feeds") as answer:
        assert answer.content_type == "application/problem+json"
