"""An example of each operation, as commands that a reader pastes into a shell.

Those that need credentials get them from the demo first, in the folder of the project.
"""

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
_CREDENTIALS: Final[Mapping[str, tuple[Sequence[str], str]]] = {
    "bearer": (
        ["TOKEN=$(.venv/bin/regionlab token --role {role})"],
        "Authorization: Bearer $TOKEN",
    ),
    "apiKey": ([], "X-Api-Key: $KEY"),
}
"""By security scheme: the commands that get them from the demo, and the header."""
# The desk is the service that verifies keys of its own.
_DESK_KEY: Final = (["KEY=$(cat .regionlab/guichet.key)"], "Authorization: Bearer $KEY")


def curl_command(
    document: Mapping[str, Any],
    method: str,
    address: str,
    *,
    parameters: Sequence[Mapping[str, Any]],
    body: Mapping[str, Any],
    scheme: str | None,
    role: str,
    returned: str,
) -> str:
    """The commands of one operation, each option on its own line.

    Values that the document does not give are names in upper case. `address`: with the
    placeholders of the path. `parameters`, `body`: as in the document. `scheme`: the security
    scheme that is required, if one is. `role`: of the caller. `returned`: the media type of a
    success.
    """
    query: dict[str, str] = {}
    options = [*_output_options(returned)]
    options += [] if method in ("get", "post") else [f"-X {method.upper()}"]
    for each in parameters:
        name, value = str(each["name"]), _parameter_value(document, each)
        if each["in"] == "path":
            address = address.replace(f"{{{name}}}", quote(str(value), safe=":"))
        elif not (each.get("required") or _examples(each)):
            continue
        elif each["in"] == "query":
            query |= value if isinstance(value, Mapping) else {name: str(value)}
        elif each["in"] == "header":
            options.append(f"-H {shlex.quote(f'{name}: {value}')}")
    if query:
        address += f"?{urlencode(query, safe=':/,')}"
    before: list[str] = []
    if scheme is not None:
        commands, header = _CREDENTIALS.get(scheme, _DESK_KEY)
        before = [each.format(role=role) for each in commands]
        options.append(f'-H "{header}"')
    options += _body_options(document, method, body)
    return "\n".join([*before, " \\\n  ".join([f"curl {shlex.quote(address)}", *options])])


def placeholders_of(
    document: Mapping[str, Any], parameters: Sequence[Mapping[str, Any]]
) -> tuple[str, ...]:
    """The names that stand for values in the command: those of the required parameters whose value
    the document does not give."""
    return tuple(
        str(each["name"]).upper()
        for each in parameters
        if each.get("required") and _known_value(document, each) is None
    )


def _output_options(returned: str) -> Sequence[str]:
    """A stream is displayed as it arrives; a binary file is saved."""
    if returned == "text/event-stream":
        return ("-N",)
    return () if not returned or "json" in returned or returned.startswith("text/") else ("-O",)


def _body_options(document: Mapping[str, Any], method: str, body: Mapping[str, Any]) -> list[str]:
    if not body:
        return ["-X POST"] if method == "post" else []
    media_type, content = next(iter(body.items()))
    value = content.get("example", example_value(document, content.get("schema", {})))
    if media_type == "application/x-www-form-urlencoded":
        return [f"-d {shlex.quote(urlencode(value))}"]
    options = [f"-H {shlex.quote(f'Content-Type: {media_type}')}"]
    if "json" in media_type:
        return [*options, f"-d {shlex.quote(json.dumps(value, ensure_ascii=False, indent=2))}"]
    return [*options, "--data-binary @FILE"]


def _parameter_value(document: Mapping[str, Any], parameter: Mapping[str, Any]) -> Any:
    known = _known_value(document, parameter)
    return str(parameter["name"]).upper() if known is None else known


def _known_value(document: Mapping[str, Any], parameter: Mapping[str, Any]) -> Any:
    """The value of a parameter in an example; None if the document does not give any."""
    schema = parameter.get("schema", {})
    if examples := _examples(parameter):
        return examples[0]
    if (given := _given_value(schema)) is not None:
        return given
    if schema.get("type") in _BY_TYPE or "format" in schema:
        return example_value(document, schema)
    return None


def _examples(parameter: Mapping[str, Any]) -> Sequence[Any]:
    """The example values that the parameter itself has. An optional parameter without any is left
    out of the command."""
    if "example" in parameter:
        return (parameter["example"],)
    return tuple(each["value"] for each in parameter.get("examples", {}).values())


def example_value(
    document: Mapping[str, Any], schema: Mapping[str, Any], depth: int = 0, text: str = "…"
) -> Any:
    """A value that shows the shape of a schema: the required properties of objects alone. `text`:
    for a string whose value the document does not give."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        return example_value(document, document["components"]["schemas"][name], depth, text)
    if (given := _given_value(schema)) is not None:
        return given
    if variants := schema.get("anyOf", schema.get("oneOf")):
        return example_value(document, variants[0], depth, text)
    match schema.get("type"):
        case "array":
            return [example_value(document, schema.get("items", {}), depth + 1)]
        case "object":
            required = schema.get("required", ()) if depth < _DEPTH else ()
            properties = schema.get("properties", {})
            return {
                name: example_value(document, properties.get(name, {}), depth + 1, name.upper())
                for name in required
            }
        case "string":
            return _BY_FORMAT.get(str(schema.get("format")), text)
        case other:
            return schema.get("minimum", _BY_TYPE.get(str(other), "…"))


def _given_value(schema: Mapping[str, Any]) -> Any:
    """The value that the document gives as an example, a default, or the only one."""
    for values in (schema.get("examples"), schema.get("enum")):
        if values:
            return values[0]
    return schema.get("const", schema.get("default"))
