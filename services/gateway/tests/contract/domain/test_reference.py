"""The OpenAPI document, read for a person."""

import json
import shlex
from typing import Any

import pytest

from gateway.contract.domain.reference.operations import Group, read_groups
from gateway.contract.domain.reference.schema_types import SchemaType, read_type, references_in

PUBLIC = "https://platform.example"
TEXT, NUMBER = SchemaType("plain", "string"), SchemaType("plain", "integer")


def document(operation: dict[str, Any], method: str = "get", **schemas: Any) -> dict[str, Any]:
    """A document with one operation, at `/trains/{train_id}`."""
    item = {method: {"tags": ["stops"], "responses": {}} | operation}
    return {
        "tags": [{"name": "stops", "description": "Arrêts", "x-service": "trains"}],
        "paths": {"/trains/{train_id}": item},
        "components": {
            "schemas": schemas,
            "parameters": {
                "Train": {
                    "name": "train_id",
                    "in": "path",
                    "required": True,
                    "schema": {"type": "string"},
                }
            },
        },
    }


def only_group(found: dict[str, Any]) -> Group:
    (group,) = read_groups(found, public=PUBLIC)
    return group


def test_operations_are_grouped_by_tag() -> None:
    found = document({"summary": "Un train"})
    found["paths"]["/trains"] = {
        "get": {"tags": ["stops"], "responses": {}},
        "post": {"tags": ["open-notices"], "responses": {}},
        "parameters": [],
    }
    stops, notices = read_groups(found, public=PUBLIC)
    assert (stops.slug, stops.service, stops.name) == ("stops", "trains", "Arrêts")
    assert [(each.method, each.path, each.anchor) for each in stops.operations] == [
        ("GET", "/trains/{train_id}", "get-trains-train-id"),
        ("GET", "/trains", "get-trains"),
    ]
    assert [each.summary for each in stops.operations] == ["Un train", "/trains"]
    assert (notices.slug, notices.name) == ("open-notices", "open-notices")
    assert len(notices.operations) == 1


@pytest.mark.parametrize(
    ("security", "schemes"),
    [
        ([], ()),
        ([{"bearer": ["launch"]}, {"bearer": ["user/"]}, {"session": []}], ("bearer", "session")),
    ],
)
def test_an_operation_has_the_schemes_of_which_one_is_required(
    security: list[dict[str, Any]], schemes: tuple[str, ...]
) -> None:
    (operation,) = only_group(document({"security": security})).operations
    assert operation.schemes == schemes
    assert operation.scopes == (("launch", "user/") if schemes else ())
    assert not operation.sometimes_open
    assert ("Authorization: Bearer" in operation.example) is bool(schemes)


def test_credentials_are_required_in_some_cases_only_if_an_alternative_is_empty() -> None:
    security: list[dict[str, Any]] = [{}, {"bearer": []}, {"session": []}]
    (operation,) = only_group(document({"security": security})).operations
    assert operation.sometimes_open
    assert operation.schemes == ("bearer", "session")
    assert "Bearer" not in operation.example


def test_a_group_has_the_types_that_it_uses() -> None:
    def reference(name: str) -> dict[str, str]:
        return {"$ref": f"#/components/schemas/{name}"}

    content = {"application/json": {"schema": reference("Train")}}
    group = only_group(
        document(
            {"responses": {"200": {"description": "Successful Response", "content": content}}},
            Train={
                "type": "object",
                "description": "A train.",
                "required": ["stops"],
                "properties": {
                    "stops": {"type": "array", "items": reference("Stop")},
                    "next": {"anyOf": [reference("Train"), {"type": "null"}]},
                },
            },
            Stop={"type": "object", "properties": {"id": {"type": "string", "title": "Id"}}},
            Other={"type": "object"},
        )
    )
    assert [each.name for each in group.types] == ["Stop", "Train"]
    stops, following = group.types[1].fields
    assert (stops.name, stops.required) == ("stops", True)
    assert stops.value == SchemaType("list", items=(SchemaType("reference", "Stop"),))
    assert list(references_in(following.value)) == ["Train"]
    (response,) = group.operations[0].responses
    assert (response.status, response.description) == ("200", "")
    assert [each.media_type for each in response.contents] == ["application/json"]


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({}, SchemaType("any")),
        ({"type": "string", "format": "date"}, SchemaType("plain", "string", "date")),
        (
            {"type": "integer", "minimum": 0.0, "default": 20},
            SchemaType("plain", "integer", limits=(("minimum", "0"), ("default", "20"))),
        ),
        (
            {"type": "string", "default": ""},
            SchemaType("plain", "string", limits=(("default", '""'),)),
        ),
        ({"enum": ["a", 1, None]}, SchemaType("values", values=("a", "1", "null"))),
        ({"const": "Feature", "type": "string"}, SchemaType("values", values=("Feature",))),
        ({"type": ["string", "integer"]}, SchemaType("alternatives", items=(TEXT, NUMBER))),
        ({"type": "object"}, SchemaType("plain", "object")),
        ({"type": "object", "additionalProperties": False}, SchemaType("plain", "object")),
        (
            {"type": "object", "additionalProperties": {"type": "string"}},
            SchemaType("map", items=(TEXT,)),
        ),
        (
            {"type": "object", "patternProperties": {"^[a-z]+$": {"type": "string"}}},
            SchemaType("map", items=(TEXT,)),
        ),
    ],
    ids=str,
)
def test_a_schema_is_read_as_a_type(schema: dict[str, Any], expected: SchemaType) -> None:
    assert read_type(schema) == expected


def read_command(example: str) -> tuple[str, list[tuple[str, str]]]:
    """The address of a curl command, and its options with their values."""
    command = example[example.index("curl ") :]
    program, address, *options = shlex.split(command.replace(" \\\n", ""))
    assert program == "curl"
    return address, list(zip(options[::2], options[1::2], strict=True))


def test_an_example_has_the_required_parameters_and_credentials() -> None:
    date = {"type": "string", "format": "date"}
    group = only_group(
        document(
            {
                "security": [{"bearer": []}],
                "x-roles": ["patient", "professional"],
                "parameters": [
                    {"$ref": "#/components/parameters/Train"},
                    {"name": "day", "in": "query", "required": True, "schema": date},
                    {"name": "dry", "in": "query", "schema": {"type": "boolean"}},
                    {"name": "If-Match", "in": "header", "required": True, "schema": {}},
                ],
            },
            "put",
        )
    )
    (operation,) = group.operations
    before, _ = operation.example.split("\n", 1)
    assert before == "TOKEN=$(.venv/bin/regionlab token --role professional)"
    address, options = read_command(operation.example)
    assert address == f"{PUBLIC}/trains/TRAIN_ID?day=2026-03-02"
    assert options == [
        ("-X", "PUT"),
        ("-H", "If-Match: IF-MATCH"),
        ("-H", "Authorization: Bearer $TOKEN"),
    ]
    assert operation.placeholders == ("TRAIN_ID", "IF-MATCH")


def test_an_example_has_the_values_of_the_document() -> None:
    text = {"type": "string"}
    found = document(
        {
            "security": [{"DeskKey": []}],
            "parameters": [
                {"name": "q", "in": "query", "schema": text, "example": "l'aube"},
                {
                    "name": "criteria",
                    "in": "query",
                    "schema": {"type": "object"},
                    "example": {"family": "essai"},
                },
                {"name": "to", "in": "query", "schema": text, "examples": {"a": {"value": "b"}}},
                {"name": "limit", "in": "query", "schema": {"type": "integer"}},
                {"name": "If-Match", "in": "header", "schema": text, "example": '"3"'},
                {"name": "Prefer", "in": "header", "schema": text},
            ],
            "responses": {"200": {"description": "", "content": {"application/zip": {}}}},
        }
    )
    (operation,) = only_group(found).operations
    assert operation.example.startswith("KEY=$(cat .regionlab/guichet.key)\ncurl ")
    address, options = read_command(operation.example.replace(" -O \\\n", " "))
    assert address == f"{PUBLIC}/trains/{{train_id}}?q=l%27aube&family=essai&to=b"
    assert options == [("-H", 'If-Match: "3"'), ("-H", "Authorization: Bearer $KEY")]


@pytest.mark.parametrize(
    ("media_type", "option"),
    [("application/json", ""), ("text/event-stream", "-N"), ("application/zip", "-O")],
)
def test_an_example_displays_a_stream_and_saves_a_file(media_type: str, option: str) -> None:
    responses = {"200": {"description": "", "content": {media_type: {}}}}
    (operation,) = only_group(document({"responses": responses})).operations
    assert operation.example.split()[-1] == (option or f"'{PUBLIC}/trains/{{train_id}}'")


def test_an_example_has_a_body_with_the_required_properties() -> None:
    train = {
        "type": "object",
        "required": ["name", "line", "at", "cars", "within"],
        "properties": {
            "name": {"type": "string", "examples": ["L'aube"]},
            "line": {"type": "string"},
            "at": {"type": "string", "format": "date-time"},
            "cars": {"type": "array", "items": {"type": "integer", "minimum": 2}},
            "note": {"type": "string"},
            "within": {"$ref": "#/components/schemas/Train"},
        },
    }
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Train"}}}
    group = only_group(document({"requestBody": {"content": content}}, "post", Train=train))
    _, options = read_command(group.operations[0].example)
    assert options[0] == ("-H", "Content-Type: application/json")
    body = json.loads(dict(options)["-d"])
    assert body.keys() == {"name", "line", "at", "cars", "within"}
    assert (body["name"], body["line"], body["cars"]) == ("L'aube", "LINE", [2])


@pytest.mark.parametrize(
    ("media_type", "option"),
    [
        ("application/x-www-form-urlencoded", ("-d", "family=essai")),
        ("application/fhir+json", ("-d", '{\n  "family": "essai"\n}')),
    ],
)
def test_a_body_has_the_example_of_the_document(media_type: str, option: tuple[str, str]) -> None:
    content = {media_type: {"schema": {"type": "object"}, "example": {"family": "essai"}}}
    (operation,) = only_group(document({"requestBody": {"content": content}}, "post")).operations
    _, options = read_command(operation.example)
    assert options[-1] == option


def test_a_body_that_is_not_json_comes_from_a_file() -> None:
    content = {"application/zip": {}}
    (operation,) = only_group(document({"requestBody": {"content": content}}, "post")).operations
    assert operation.example.endswith("--data-binary @FILE")
    (operation,) = only_group(document({}, "post")).operations
    assert operation.example.endswith("-X POST")
