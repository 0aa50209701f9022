"""The OpenAPI document of the FHIR server: an operation for each route, whose example and scopes
are true."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fhir_world import FhirWorld

ORDER = ("put", "post", "get", "patch", "delete")
"""The order of examples: some suppose the resource that another wrote."""
STORED = [
    {"resourceType": "Patient", "id": "invitation"},
    {
        "resourceType": "RelatedPerson",
        "id": "exemple",
        "patient": {"reference": "Patient/invitation"},
    },
    {
        "resourceType": "Patient",
        "id": "urgence",
        "identifier": [{"system": "urn:oid:1.2.250.1.213.1.4.10", "value": "279035121518989"}],
    },
    {
        "resourceType": "Patient",
        "id": "identifie",
        "identifier": [{"system": "urn:oid:1.2.250.1.213.1.4.2", "value": "exemple"}],
    },
    {
        "resourceType": "ValueSet",
        "id": "exemple",
        "status": "active",
        "compose": {"include": [{"system": "http://hl7.org/fhir/administrative-gender"}]},
    },
    {
        "resourceType": "CodeSystem",
        "id": "exemple",
        "url": "https://region.exemple.fr/codes",
        "status": "active",
        "content": "complete",
        "concept": [{"code": "a", "concept": [{"code": "b"}]}],
    },
    {
        "resourceType": "Composition",
        "id": "exemple",
        "status": "final",
        "type": {"text": "Note"},
        "date": "2026-03-02",
        "title": "Note",
        "author": [{"display": "Ada"}],
    },
    {
        "resourceType": "ConceptMap",
        "id": "exemple",
        "url": "https://region.exemple.fr/correspondances",
        "status": "active",
        "group": [
            {
                "source": "urn:x",
                "target": "urn:y",
                "element": [{"code": "a", "target": [{"code": "b", "equivalence": "equivalent"}]}],
            }
        ],
    },
    {"resourceType": "Group", "id": "exemple", "type": "person", "actual": True},
    {
        "resourceType": "Subscription",
        "id": "exemple",
        "status": "off",
        "reason": "essai",
        "criteria": "Patient?",
        "channel": {"type": "rest-hook", "endpoint": "https://abonne.example.org"},
    },
]
"""What examples suppose to be stored."""


async def populate(fhir: FhirWorld) -> None:
    for each in STORED:
        answer = await fhir.send("PUT", f"/{each['resourceType']}/{each['id']}", each)
        assert answer.status == 201, answer.body


@dataclass(frozen=True)
class Example:
    """The example of one operation."""

    method: str
    path: str
    """Under /fhir, with its query."""
    media: str
    body: bytes | None
    scopes: tuple[str, ...]
    """The alternatives, of which one is enough; empty if none is required."""
    headers: dict[str, str]


def examples(document: Any) -> list[Example]:
    found = [
        _example(document, method, path, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        # An example needs the answer of another one; a stream has no end.
        if "{job}" not in path and "$event-stream" not in path
    ]
    return sorted(found, key=lambda each: ORDER.index(each.method.lower()))


def _example(document: Any, method: str, path: str, operation: Any) -> Example:
    query: dict[str, str] = {}
    headers: dict[str, str] = {}
    scopes = [scope for rule in operation["security"] for scope in rule["smart"]]
    for each in _resolved(document, operation["parameters"]):
        value = each.get("example")
        if each["in"] == "path":
            placeholder = f"{{{each['name']}}}"
            path = path.replace(placeholder, value)
            scopes = [scope.replace(placeholder, value) for scope in scopes]
        elif each["in"] == "header" and value is not None:
            headers[each["name"]] = value
        elif each["in"] == "query" and value is not None:
            query |= value if isinstance(value, dict) else {each["name"]: value}
    content = operation.get("requestBody", {}).get("content", {"": {}})
    media, sample = next((media, each.get("example")) for media, each in content.items())
    form = media == "application/x-www-form-urlencoded"
    body = None if sample is None else (urlencode(sample) if form else json.dumps(sample)).encode()
    return Example(
        method.upper(),
        path.removeprefix("/fhir") + (f"?{urlencode(query)}" if query else ""),
        media,
        body,
        tuple(scopes),
        headers,
    )


def _resolved(document: Any, parameters: Any) -> Iterator[Any]:
    for each in parameters:
        name = each.get("$ref", "").rpartition("/")[2]
        yield document["components"]["parameters"][name] if name else each


LEVELS = ("system", "user", "patient")
"""Those of scopes, from the one that gives most."""


async def send(fhir: FhirWorld, example: Example, scope: str) -> int:
    answer = await fhir.send(
        example.method,
        example.path,
        example.body,
        scope=scope,
        role="professional" if scope.startswith("user/") else None,
        media=example.media,
        headers=example.headers,
    )
    return answer.status


async def test_each_interaction_has_an_operation(fhir: FhirWorld) -> None:
    document = await fhir.openapi()
    found = {f"{each.upper()} {path}" for path, item in document["paths"].items() for each in item}
    assert {
        "GET /fhir/metadata",
        "POST /fhir",
        "GET /fhir/{type}",
        "POST /fhir/{type}/_search",
        "POST /fhir/{type}",
        "GET /fhir/{type}/{id}",
        "PUT /fhir/{type}/{id}",
        "PATCH /fhir/{type}/{id}",
        "DELETE /fhir/{type}/{id}",
        "GET /fhir/{type}/{id}/_history/{version}",
        "POST /fhir/{type}/$validate",
        "GET /fhir/CodeSystem/$lookup",
        "POST /fhir/Group/{id}/$export",
        "DELETE /fhir/$async-job/{job}",
    } <= found
    assert len(found) == 75
    for name in ("operationId", "summary"):
        names = [each[name] for item in document["paths"].values() for each in item.values()]
        assert len(set(names)) == len(names)


async def test_an_example_works_with_its_scope_alone(fhir: FhirWorld) -> None:
    await populate(fhir)
    for each in examples(await fhir.openapi()):
        if each.method == "PUT":
            # A scope to update does not create.
            assert await send(fhir, each, "system/*.cruds") == 201
        by_level = sorted(each.scopes, key=lambda scope: LEVELS.index(scope.partition("/")[0]))
        scope = next(iter(by_level), "system/Basic.r")
        assert await send(fhir, each, scope) < 300, (each, scope)


async def test_an_example_without_its_scope_is_refused(fhir: FhirWorld) -> None:
    await populate(fhir)
    for each in examples(await fhir.openapi()):
        # A request that a Bundle contains is refused by itself; a search finds nothing.
        if each.scopes and each.path.partition("?")[0] not in ("", "/$meta", "/_search"):
            level = "system" if any(one.startswith("system/") for one in each.scopes) else "user"
            status = await send(fhir, each, f"{level}/Basic.cruds")
            assert status == 403, (each, status)
