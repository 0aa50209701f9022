"""The OpenAPI document, read for a person: groups of operations, each with what it requires.

https://spec.openapis.org/oas/v3.1.0
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gateway.contract.domain.reference.curl import curl_command, placeholders_of
from gateway.contract.domain.reference.schema_types import (
    Field,
    SchemaType,
    read_fields,
    read_type,
    references_in,
)

Document = Mapping[str, Any]

METHODS: Final = ("get", "post", "put", "patch", "delete")
_ROLES: Final = ("coordinator", "professional", "integrator", "traveller", "patient")
"""The roles that call in examples, from the one with the most rights."""
_OF_PROGRAMS: Final = "system/"
_GENERATED: Final = frozenset({"Successful Response", "Response"})
"""Descriptions of responses that FastAPI writes itself."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an operation."""

    name: str
    location: str
    """`path`, `query`, `header` or `cookie`."""
    required: bool
    description: str
    """In French; empty if there is none."""
    value: SchemaType


@dataclass(frozen=True, slots=True)
class Content:
    """A body: its media type, and the type of its value."""

    media_type: str
    value: SchemaType


@dataclass(frozen=True, slots=True)
class Response:
    """A response of an operation."""

    status: str
    """A status, or `default` for all others."""
    description: str
    """In French; empty if there is none."""
    contents: tuple[Content, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the platform."""

    anchor: str
    """Unique in its group."""
    method: str
    """In upper case."""
    path: str
    summary: str
    """In French."""
    description: str
    """In French; empty if there is none."""
    schemes: tuple[str, ...]
    """The security schemes of which one is required; empty if none ever is."""
    scopes: tuple[str, ...]
    """The scopes of which one is required; empty if none is."""
    sometimes_open: bool
    """Whether credentials are required in some cases only, which the description states."""
    parameters: tuple[Parameter, ...]
    body: tuple[Content, ...]
    responses: tuple[Response, ...]
    example: str
    """Commands for a shell."""
    example_scheme: str | None
    """The security scheme of the example; None if it needs no credentials."""
    placeholders: tuple[str, ...]
    """The names in the example that stand for values, which a reader replaces."""
    standard: str
    """The address of the clause of a standard that defines it; empty if there is none."""


@dataclass(frozen=True, slots=True)
class ObjectType:
    """A component schema that a group uses."""

    name: str
    description: str
    """In English; empty if there is none."""
    fields: tuple[Field, ...]
    value: SchemaType
    """Displayed if it has no fields."""


@dataclass(frozen=True, slots=True)
class Group:
    """The operations with the same tag."""

    slug: str
    """Its address after `/docs/`."""
    service: str
    """The service of its first operation."""
    name: str
    """In French: the description of the tag, else the tag."""
    operations: tuple[Operation, ...]
    types: tuple[ObjectType, ...]
    """Those that its operations use, directly or not, by name."""


def read_groups(document: Document, *, public: str) -> tuple[Group, ...]:
    """The groups of a merged document, in the order of their first operation.

    `public`: the platform's address, for the examples.
    """
    by_tag: dict[str, list[Operation]] = {}
    for path, item in document["paths"].items():
        for method in METHODS:
            if (operation := item.get(method)) is not None:
                shared: Sequence[Document] = item.get("parameters", ())
                read = _read_operation(document, (method, path), operation, shared, public)
                by_tag.setdefault(operation["tags"][0], []).append(read)
    schemas = document.get("components", {}).get("schemas", {})
    tags = {tag["name"]: tag for tag in document.get("tags", ())}
    return tuple(
        _group(tags.get(name, {"name": name}), tuple(found), schemas)
        for name, found in by_tag.items()
    )


def _group(tag: Document, operations: tuple[Operation, ...], schemas: Document) -> Group:
    name = str(tag["name"])
    used = _used_schemas(operations, schemas)
    types = tuple(_object_type(each, schemas[each]) for each in sorted(used))
    description = str(tag.get("description", name))
    return Group(_slug(name), str(tag.get("x-service", "")), description, operations, types)


def _read_operation(
    document: Document,
    target: tuple[str, str],
    operation: Document,
    shared: Sequence[Document],
    public: str,
) -> Operation:
    method, path = target
    given = [_resolve(document, each) for each in (*shared, *operation.get("parameters", ()))]
    body = _resolve(document, operation.get("requestBody", {})).get("content", {})
    security = operation.get("security", ())
    schemes, sometimes_open = _schemes(security), not all(security)
    responses = tuple(_read_responses(document, operation.get("responses", {})))
    scheme = schemes[0] if schemes and not sometimes_open else None
    return Operation(
        anchor=_slug(f"{method} {path}"),
        method=method.upper(),
        path=path,
        summary=str(operation.get("summary", path)),
        description=str(operation.get("description", "")),
        schemes=schemes,
        scopes=tuple(dict.fromkeys(_scopes(security))),
        sometimes_open=sometimes_open,
        parameters=tuple(map(_read_parameter, given)),
        body=_read_contents(body),
        responses=responses,
        example=curl_command(
            document,
            method,
            public + path,
            parameters=given,
            body=body,
            scheme=scheme,
            role=_caller_role(operation.get("x-roles", ()), tuple(_scopes(security))),
            returned=_media_type_of_success(responses),
        ),
        example_scheme=scheme,
        placeholders=placeholders_of(document, given),
        standard=str(operation.get("externalDocs", {}).get("url", "")),
    )


def _schemes(security: Sequence[Document]) -> tuple[str, ...]:
    """The alternatives of a security requirement."""
    return tuple(dict.fromkeys(name for rule in security for name in rule))


def _scopes(security: Sequence[Document]) -> Iterator[str]:
    for rule in security:
        for scopes in rule.values():
            yield from scopes


def _caller_role(roles: Sequence[str], scopes: Sequence[str]) -> str:
    """The role of the caller of an example: a program if only programs have one of the scopes, else
    the one with the most rights."""
    if scopes and all(each.startswith(_OF_PROGRAMS) for each in scopes):
        return "integrator"
    return next((each for each in _ROLES if each in roles), _ROLES[0])


def _media_type_of_success(responses: Sequence[Response]) -> str:
    """The first media type of the first success; empty if it has no body."""
    for each in responses:
        if each.status.startswith("2"):
            return each.contents[0].media_type if each.contents else ""
    return ""


def _read_parameter(given: Document) -> Parameter:
    return Parameter(
        name=str(given["name"]),
        location=str(given["in"]),
        required=bool(given.get("required")),
        description=str(given.get("description", "")),
        value=read_type(given.get("schema", {})),
    )


def _read_responses(document: Document, responses: Document) -> Iterator[Response]:
    for status, response in responses.items():
        found = _resolve(document, response)
        description = str(found.get("description", ""))
        described = "" if description in _GENERATED else description
        yield Response(status, described, _read_contents(found.get("content", {})))


def _read_contents(content: Document) -> tuple[Content, ...]:
    return tuple(
        Content(media_type, read_type(each.get("schema", {})))
        for media_type, each in content.items()
    )


def _object_type(name: str, schema: Document) -> ObjectType:
    return ObjectType(
        name, str(schema.get("description", "")), read_fields(schema), read_type(schema)
    )


def _used_schemas(operations: Sequence[Operation], schemas: Document) -> set[str]:
    """The component schemas that the operations use, directly or through others."""
    found: set[str] = set()
    waiting = [name for each in operations for name in _references_of(each)]
    while waiting:
        name = waiting.pop()
        if name not in found and name in schemas:
            found.add(name)
            waiting += references_in(read_type(schemas[name]))
    return found


def _references_of(operation: Operation) -> Iterator[str]:
    contents = (
        *operation.body,
        *(each for response in operation.responses for each in response.contents),
    )
    values = (*(each.value for each in operation.parameters), *(each.value for each in contents))
    for value in values:
        yield from references_in(value)


def _resolve(document: Document, node: Document) -> Document:
    """The node, or the component that it refers to."""
    if "$ref" not in node:
        return node
    found: Any = document
    for part in str(node["$ref"]).removeprefix("#/").split("/"):
        found = found[part]
    return dict(found)


def _slug(text: str) -> str:
    """The text in lower-case ASCII letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
