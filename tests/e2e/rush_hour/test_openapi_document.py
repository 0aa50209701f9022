"""The OpenAPI document of the platform as code generators need it: a valid document whose names are
unique and readable, and whose examples are true."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest
import pytest_asyncio
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from running_demo import Demo

pytestmark = pytest.mark.e2e

METHODS: Final = ("get", "put", "post", "delete", "patch")
OPERATION_ID: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
TAG: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
ERRORS: Final = {"application/problem+json": "Problem", "application/fhir+json": "OperationOutcome"}
ADDRESS: Final = "urn:document"


@pytest_asyncio.fixture
async def document(demo: Demo) -> Any:
    return await demo.get("/openapi.json")


def operations(document: Any) -> Iterator[tuple[str, Any]]:
    """The operations, with their addresses."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield f"{method} {path}", item[method]


def nodes(node: Any) -> Iterator[Any]:
    """The objects of a document, except those of example values."""
    if isinstance(node, list):
        for each in node:
            yield from nodes(each)
    elif isinstance(node, dict):
        yield node
        for name, each in node.items():
            if name not in ("example", "examples", "enum", "const"):
                yield from nodes(each)


def repeated(names: Iterator[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


async def test_the_document_is_valid(document: Any) -> None:
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


async def test_the_title_of_a_schema_is_its_name(document: Any) -> None:
    schemas = document["components"]["schemas"]
    assert {name: schema.get("title") for name, schema in schemas.items()} == {
        n: n for n in schemas
    }
    # Code generators name classes by titles: another one would be a second class.
    titles = [node["title"] for node in nodes(schemas) if isinstance(node.get("title"), str)]
    assert repeated(iter(titles)) == []
    assert all(name.isalnum() and name[0].isupper() for name in schemas), sorted(schemas)


async def test_operations_have_names_of_functions(document: Any) -> None:
    names = {address: each["operationId"] for address, each in operations(document)}
    assert repeated(iter(names.values())) == []
    unreadable = {
        address: name
        for address, name in names.items()
        if not OPERATION_ID.fullmatch(name) or len(name) > 40
    }
    assert unreadable == {}
    assert {"list_stops", "get_departures", "search_resources", "issue_token"} <= {*names.values()}


async def test_no_name_has_two_meanings(document: Any) -> None:
    """The merge would put the name of a service before it."""
    prefixes = {tag["x-service"] for tag in document["tags"]}
    assert prefixes >= {"mobilite", "mobilite_desk", "pilotes", "esante", "gateway"}
    names = [name for section in document["components"].values() for name in section]
    names += [each["operationId"] for _, each in operations(document)]
    assert [name for name in names if name.lower().startswith(tuple(prefixes))] == []


async def test_tags_are_plain_and_described_in_french(document: Any) -> None:
    tags = {tag["name"]: tag for tag in document["tags"]}
    assert len(tags) == len(document["tags"])
    assert all(TAG.fullmatch(name) and tag["description"] for name, tag in tags.items()), tags
    used = [each["tags"] for _, each in operations(document)]
    assert all(len(each) == 1 for each in used)
    assert {name for each in used for name in each} == tags.keys()


async def test_every_component_is_used(document: Any) -> None:
    referred = {node["$ref"] for node in nodes(document) if "$ref" in node}
    published = {
        f"#/components/{section}/{name}"
        for section, components in document["components"].items()
        if section != "securitySchemes"
        for name in components
    }
    assert referred == published


async def test_every_operation_describes_its_errors(document: Any) -> None:
    for address, each in operations(document):
        content = each["responses"]["default"]["content"]
        # SIRI's errors are SIRI documents too, of its own schema.
        own = {"application/json", "application/xml"} if "siri" in each["tags"] else set()
        described = {
            media: found["schema"]["$ref"].rpartition("/")[2]
            for media, found in content.items()
            if media not in own
        }
        assert described, address
        assert described.items() <= ERRORS.items(), address


async def test_examples_are_valid(document: Any) -> None:
    found = list(examples(document))
    assert len(found) > 100
    registry = Registry().with_resource(ADDRESS, Resource(document, DRAFT202012))
    wrong = [
        (value, error.message)
        for schema, value in found
        for error in Draft202012Validator(absolute(schema), registry=registry).iter_errors(value)
    ]
    assert wrong == []


def examples(document: Any) -> Iterator[tuple[Mapping[str, Any], Any]]:
    """The example values of the document, each with its schema."""
    for node in nodes(document):
        schema = node.get("schema")
        if isinstance(schema, dict):
            # A parameter, or the content of a body.
            if "example" in node:
                yield schema, node["example"]
            named = node.get("examples", {})
            yield from ((schema, each["value"]) for each in named.values())
        elif isinstance(values := node.get("examples"), list):
            yield from ((node, each) for each in values)


def absolute(node: Any) -> Any:
    """A copy of a schema with absolute references."""
    if isinstance(node, list):
        return [absolute(each) for each in node]
    if not isinstance(node, dict):
        return node
    return {
        key: f"{ADDRESS}{value}" if key == "$ref" else absolute(value)
        for key, value in node.items()
    }
