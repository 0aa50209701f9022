"""Values drawn from a JSON Schema, for the words our contracts use; any other word is an error."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from regionlab.contracts.json_schemas import Schema, resolved

Instances = st.SearchStrategy[Any]
_ANNOTATIONS = {"$schema", "$id", "title", "description", "type"}


def instances(schema: Schema) -> Instances:
    """Any value the schema allows, without fields it does not name."""
    return _any(resolved(schema, schema))


def _any(schema: Schema) -> Instances:
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    drawn, words = _BY_TYPE[schema["type"]]
    unknown = schema.keys() - _ANNOTATIONS - words
    assert not unknown, f"words of JSON Schema these tests do not draw: {unknown}"
    return drawn(schema)


def _object(schema: Schema) -> Instances:
    if "properties" not in schema:
        return st.dictionaries(st.text(min_size=1), _any(schema["additionalProperties"]))
    required = set(schema.get("required", ()))
    values = {name: _any(field) for name, field in schema["properties"].items()}
    return st.fixed_dictionaries(
        {name: value for name, value in values.items() if name in required},
        optional={name: value for name, value in values.items() if name not in required},
    )


def _array(schema: Schema) -> Instances:
    return st.lists(_any(schema["items"]), max_size=3)


def _string(schema: Schema) -> Instances:
    if "pattern" in schema:
        # Python's `$` also matches before a last line feed, JSON Schema's does not.
        return st.from_regex(schema["pattern"].replace("$", r"\Z"))
    if schema.get("format") == "date-time":
        instants = st.datetimes(datetime(1970, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC))
        return instants.map(datetime.isoformat)
    return st.text(min_size=schema.get("minLength", 0))


def _integer(schema: Schema) -> Instances:
    least, most = schema.get("minimum"), schema.get("maximum")
    if "exclusiveMinimum" in schema:
        least = schema["exclusiveMinimum"] + 1
    if "exclusiveMaximum" in schema:
        most = schema["exclusiveMaximum"] - 1
    return st.integers(least, most)


def _number(schema: Schema) -> Instances:
    return st.floats(
        schema.get("minimum"),
        schema.get("exclusiveMaximum", schema.get("maximum")),
        exclude_max="exclusiveMaximum" in schema,
        allow_nan=False,
        allow_infinity=False,
    )


_BOUNDS = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
_BY_TYPE: dict[str, tuple[Callable[[Schema], Instances], set[str]]] = {
    "object": (_object, {"properties", "required", "additionalProperties"}),
    "array": (_array, {"items"}),
    "string": (_string, {"pattern", "format", "minLength"}),
    "integer": (_integer, _BOUNDS),
    "number": (_number, _BOUNDS),
    "boolean": (lambda _: st.booleans(), set()),
}
