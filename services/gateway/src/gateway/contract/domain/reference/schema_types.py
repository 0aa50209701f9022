"""JSON schemas as types that a template renders.

https://json-schema.org/draft/2020-12/json-schema-validation
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

Form = Literal["reference", "list", "map", "object", "values", "alternatives", "plain", "any"]

_LIMITS: Final = (
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "pattern",
    "default",
)
"""The keywords that are displayed with a type."""


@dataclass(frozen=True, slots=True)
class SchemaType:
    """What a value can be."""

    form: Form
    name: str = ""
    """Of a `reference`: the component schema. Of a `plain` type: that of JSON."""
    format: str = ""
    """Of a `plain` type, such as `date-time`."""
    items: tuple["SchemaType", ...] = ()
    """Of a `list` or a `map`: the type of its values. Of `alternatives`: each."""
    values: tuple[str, ...] = ()
    """The only values, as JSON."""
    fields: tuple["Field", ...] = ()
    """Of an `object`."""
    limits: tuple[tuple[str, str], ...] = ()
    """Keyword and value, as JSON."""


@dataclass(frozen=True, slots=True)
class Field:
    """A property of an object."""

    name: str
    required: bool
    description: str
    """In French; empty if there is none."""
    value: SchemaType


def read_type(schema: Mapping[str, Any]) -> SchemaType:
    """The type of a schema."""
    if "$ref" in schema:
        return SchemaType("reference", str(schema["$ref"]).rpartition("/")[2])
    variants = schema.get("anyOf", schema.get("oneOf", ()))
    if not variants and isinstance(schema.get("type"), list):
        variants = [{**schema, "type": each} for each in schema["type"]]
    if variants:
        items = tuple(map(read_type, variants))
        return SchemaType("alternatives", items=items, limits=_limits(schema))
    values = schema.get("enum", [schema["const"]] if "const" in schema else ())
    if values:
        return SchemaType("values", values=tuple(map(_json, values)), limits=_limits(schema))
    return _read_plain(schema)


def _read_plain(schema: Mapping[str, Any]) -> SchemaType:
    name, limits = str(schema.get("type", "")), _limits(schema)
    if name == "array":
        return SchemaType("list", items=(read_type(schema.get("items", {})),), limits=limits)
    if "properties" in schema:
        return SchemaType("object", fields=read_fields(schema))
    if name == "object" and (of_values := _values_of_map(schema)) is not None:
        return SchemaType("map", items=(read_type(of_values),))
    if not name:
        return SchemaType("any", limits=limits)
    return SchemaType("plain", name, str(schema.get("format", "")), limits=limits)


def read_fields(schema: Mapping[str, Any]) -> tuple[Field, ...]:
    """The properties of the schema of an object."""
    required = schema.get("required", ())
    return tuple(
        Field(name, name in required, str(each.get("description", "")), read_type(each))
        for name, each in schema.get("properties", {}).items()
    )


def references_in(found: SchemaType) -> Iterator[str]:
    """The names of the component schemas that a type refers to."""
    if found.form == "reference":
        yield found.name
    for each in (*found.items, *(field.value for field in found.fields)):
        yield from references_in(each)


def _values_of_map(schema: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The schema of the values of an object with any names; None if it is not given."""
    patterns = tuple(schema.get("patternProperties", {}).values())
    found = patterns[0] if patterns else schema.get("additionalProperties")
    return found if isinstance(found, Mapping) else None


def _limits(schema: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((name, _json(schema[name])) for name in _LIMITS if schema.get(name) is not None)


def _json(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
