"""An example of each operation, as a curl command that a reader completes."""

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, urlencode

_DEPTH: Final = 4
"""How deep objects are nested in an example; deeper ones are empty."""
_INSTANT: Final = "2026-03-02T08:00:00+01:00"
_BY_FORMAT: Final = {"date-time": _INSTANT, "date": _INSTANT[:10]}
_BY_TYPE: Final[Mapping[str, Any]] = {"boolean": True, "null": None, "integer": 1, "number": 1}
_CREDENTIALS: Final = {
    "bearer": "Authorization: Bearer TOKEN",
    "apiKey": "X-API-Key: API_KEY",
    "session": "Cookie: __Host-session=SESSION",
}
"""The header of each security scheme of the platform; a service's own is a bearer token."""


def curl_command(
    document: Mapping[str, Any],
    method: str,
    address: str,
    *,
    parameters: Sequence[Mapping[str, Any]],
    body: Mapping[str, Any],
    schemes: Sequence[str],
) -> str:
    """The command of one operation, each option on its own line.

    Values that the document does not give are names in upper case. `address`: with the
    placeholders of the path. `parameters`, `body`: as in the document. `schemes`: as in
    `Operation`.
    """
    query: dict[str, str] = {}
    options = [] if method in ("get", "post") else [f"-X {method.upper()}"]
    for each in parameters:
        name, value = str(each["name"]), _parameter_value(document, each)
        if each["in"] == "path":
            address = address.replace(f"{{{name}}}", quote(value, safe=":"))
        elif each.get("required") and each["in"] == "query":
            query[name] = value
        elif each.get("required") and each["in"] == "header":
            options.append(f"-H {shlex.quote(f'{name}: {value}')}")
    if query:
        address += f"?{urlencode(query)}"
    if schemes:
        header = _CREDENTIALS.get(schemes[0], _CREDENTIALS["bearer"])
        options.append(f"-H {shlex.quote(header)}")
    options += _body_options(document, method, body)
    return " \\\n  ".join([f"curl {shlex.quote(address)}", *options])


def _body_options(document: Mapping[str, Any], method: str, body: Mapping[str, Any]) -> list[str]:
    if not body:
        return ["-X POST"] if method == "post" else []
    media_type, content = next(iter(body.items()))
    options = [f"-H {shlex.quote(f'Content-Type: {media_type}')}"]
    if "json" in media_type:
        value = example_value(document, content.get("schema", {}))
        return [*options, f"-d {shlex.quote(json.dumps(value, ensure_ascii=False, indent=2))}"]
    return [*options, "--data-binary @FILE"]


def _parameter_value(document: Mapping[str, Any], parameter: Mapping[str, Any]) -> str:
    schema = parameter.get("schema", {})
    if (given := parameter.get("example", _given_value(schema))) is not None:
        return str(given)
    if schema.get("type") in _BY_TYPE or "format" in schema:
        return str(example_value(document, schema))
    return str(parameter["name"]).upper()


def example_value(document: Mapping[str, Any], schema: Mapping[str, Any], depth: int = 0) -> Any:
    """A value that shows the shape of a schema: the required properties of objects alone."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return example_value(document, document["components"]["schemas"][name], depth)
    if (given := _given_value(schema)) is not None:
        return given
    if variants := schema.get("anyOf", schema.get("oneOf")):
        return example_value(document, variants[0], depth)
    match schema.get("type"):
        case "array":
            return [example_value(document, schema.get("items", {}), depth + 1)]
        case "object":
            required = schema.get("required", ()) if depth < _DEPTH else ()
            properties = schema.get("properties", {})
            return {
                name: example_value(document, properties.get(name, {}), depth + 1)
                for name in required
            }
        case "string":
            return _BY_FORMAT.get(str(schema.get("format")), "…")
        case other:
            return schema.get("minimum", _BY_TYPE.get(str(other), "…"))


def _given_value(schema: Mapping[str, Any]) -> Any:
    """The value that the document gives as an example, a default, or the only one."""
    for values in (schema.get("examples"), schema.get("enum")):
        if values:
            return values[0]
    return schema.get("const", schema.get("default"))
