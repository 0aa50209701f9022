"""The parameters of an operation: from the query string, a Parameters resource or a bare resource.

https://hl7.org/fhir/R4/operations.html#request
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from esante.core.api.fhir_request import FhirRequest
from esante.core.api.formats import require_format
from esante.core.api.responses import FhirResponse
from esante.core.api.views import View, parse_view
from esante.core.domain.json_parser import (
    JsonObject,
    parse_document,
    parse_object,
    scan_list,
    scan_object,
    scan_standalone,
)
from esante.core.flows.worker_pool import WorkerPool
from socle.errors import Refusal

# Parameters of the view, not of the operation.
_VIEW_PARAMETERS: Final = ("_format", "_pretty", "_summary", "_elements")


@dataclass(frozen=True, slots=True)
class OperationParameters:
    """The parameters of one call of an operation."""

    values: Mapping[str, list[Any]] = field(default_factory=dict)
    """By name. Values of the query string are strings, those of a body JSON values of any type;
    resources are JsonObject. A bare resource is the parameter `resource`."""

    def list_texts(self, name: str) -> list[str]:
        """All values of a parameter. Raises Refusal if one is not a string."""
        for value in self.values.get(name, ()):
            if not isinstance(value, str):
                raise Refusal("invalid", f"Le paramètre « {name} » est un texte.")
        return list(self.values.get(name, ()))

    def find_text(self, name: str) -> str | None:
        """The string value of a parameter; None without it.

        Raises Refusal if it has several values or is not a string.
        """
        texts = self.list_texts(name)
        if len(texts) > 1:
            raise Refusal("invalid", f"Le paramètre « {name} » ne vient qu'une fois.")
        return texts[0] if texts else None

    def find_number(self, name: str) -> int | None:
        """The first value of a parameter, an integer of at most nine digits; None without it.

        Raises Refusal if it is not.
        """
        for value in self.values.get(name, ()):
            text = str(value)
            if not (text.isascii() and text.isdigit() and len(text) < 10):
                raise Refusal("invalid", f"Le paramètre « {name} » est un nombre entier.")
            return int(text)
        return None

    def find_resource(self, name: str) -> JsonObject | None:
        """The first value of a parameter, a resource; None without it. Raises Refusal if not."""
        for value in self.values.get(name, ()):
            if not isinstance(value, JsonObject):
                raise Refusal("invalid", f"Le paramètre « {name} » est une ressource.")
            return value
        return None

    def find_object(self, name: str) -> dict[str, Any] | None:
        """The first value of a parameter, of a complex data type, as JSON; None without it.

        Raises Refusal if it is not an object.
        """
        for value in self.values.get(name, ()):
            if not isinstance(value, dict):
                raise Refusal("invalid", f"Le paramètre « {name} » n'est pas un texte.")
            return value
        return None


async def read_parameters(
    request: FhirRequest, workers: WorkerPool, *, names: Collection[str]
) -> OperationParameters:
    """The parameters of a request.

    `names`: those that the operation has. Raises Refusal if the request is malformed, or has
    another parameter and the caller does not prefer lenient handling.
    """
    values: dict[str, list[Any]] = {}
    for name, value in request.query:
        if name not in _VIEW_PARAMETERS:
            values.setdefault(name, []).append(value)
    if request.method == "POST":
        body = await request.body()
        if body:
            body = await request.as_json(body, request.content_type())
            await workers.run(len(body), lambda: _read_body(body, values))
    unknown = [name for name in values if name not in names]
    if unknown and not request.lenient:
        listed = ", ".join(f"« {name[:40]} »" for name in unknown)
        raise Refusal("invalid", f"Paramètre inconnu ici : {listed}.", issue="not-supported")
    return OperationParameters(values)


def _read_body(body: bytes, values: dict[str, list[Any]]) -> None:
    parsed = parse_object(body)
    if parsed.value.get("resourceType") != "Parameters":
        values.setdefault("resource", []).append(parsed)
        return
    parts: list[JsonObject] = parse_document(body, _parameters).value.get("parameter", [])
    for each in (parameter.value for parameter in parts):
        if not isinstance(each.get("name"), str):
            raise Refusal("invalid", "Un paramètre a un nom.", expression=["Parameters.parameter"])
        value = next((each[m] for m in each if m == "resource" or m.startswith("value")), None)
        if value is not None:
            values.setdefault(each["name"], []).append(value)


def _parameters(text: str, at: int) -> tuple[JsonObject, int]:
    return scan_object(text, at, {"parameter": _list})


def _list(text: str, at: int) -> tuple[list[JsonObject], int]:
    return scan_list(text, at, _parameter)


def _parameter(text: str, at: int) -> tuple[JsonObject, int]:
    """A resource in a parameter has its own text, so that it is validated as received."""
    return scan_object(text, at, {"resource": scan_standalone})


def operation_view(request: FhirRequest) -> View:
    """The view of the answer of an operation. Raises Refusal if it is invalid, or of an
    unsupported format."""
    view = parse_view([pair for pair in request.query if pair[0] in _VIEW_PARAMETERS])
    require_format(request.headers.get(b"accept"), view.format)
    return view


def operation_response(value: Mapping[str, Any], request: FhirRequest) -> FhirResponse:
    """The response of an operation: a resource as JSON values, complete whatever `_summary` and
    `_elements` are. Raises Refusal for an invalid view or an unsupported format."""
    view = operation_view(request)
    option = orjson.OPT_INDENT_2 if view.pretty else None
    return FhirResponse(200, orjson.dumps(value, option=option))


def make_parameters(*pairs: tuple[str, str, Any]) -> dict[str, Any]:
    """A Parameters resource of (name, member, value); pairs whose value is None are omitted."""
    entries = [{"name": name, member: value} for name, member, value in pairs if value is not None]
    return {"resourceType": "Parameters", "parameter": entries}
