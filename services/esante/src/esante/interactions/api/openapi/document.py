"""The OpenAPI document of the FHIR server, generated from its routes.

https://spec.openapis.org/oas/v3.1.0
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from esante.core.api.fhir_router import PREFIX, Route
from esante.interactions.api.openapi.bulk_operations import BULK_OPERATIONS
from esante.interactions.api.openapi.components import COMPONENTS, SCHEME
from esante.interactions.api.openapi.operation_text import TAGS, OperationText
from esante.interactions.api.openapi.query_operations import QUERY_OPERATIONS
from esante.interactions.api.openapi.resource_operations import RESOURCE_OPERATIONS
from esante.interactions.api.openapi.subscription_operations import SUBSCRIPTION_OPERATIONS
from esante.interactions.api.openapi.terminology_operations import TERMINOLOGY_OPERATIONS
from esante.interactions.api.patch_formats import JSON_PATCH, MERGE_PATCH

_TEXTS: Final = {
    **RESOURCE_OPERATIONS,
    **QUERY_OPERATIONS,
    **SUBSCRIPTION_OPERATIONS,
    **TERMINOLOGY_OPERATIONS,
    **BULK_OPERATIONS,
}
_FHIR_JSON: Final = "application/fhir+json"
_FORM: Final = "application/x-www-form-urlencoded"
_PATH_PARAMETERS: Final = {
    "{id}": "Id",
    "{version}": "Version",
    "{compartment}": "Compartment",
    "{job}": "Job",
    "{file}": "File",
}
# The value of a parameter of an operation, by name; others are strings.
_VALUE_MEMBERS: Final = {"url": "valueUri", "system": "valueUri", "code": "valueCode"}


def openapi_document(routes: Iterable[Route]) -> dict[str, Any]:
    """The document of those routes. Raises LookupError for a route without a text."""
    paths: dict[str, dict[str, Any]] = {}
    for route in sorted(routes, key=_reading_order):
        operation = _operation(route, _TEXTS[route.code, route.level])
        paths.setdefault(_path(route), {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "e-santé", "version": "0.1.0"},
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": paths,
        "components": COMPONENTS,
    }


def _reading_order(route: Route) -> int:
    return list(_TEXTS).index((route.code, route.level))


def _path(route: Route) -> str:
    """The address of a route; that of one type names it."""
    path = route.path_template
    if len(route.types) == 1:
        path = path.replace("{type}", route.types[0])
    return f"{PREFIX}/{path}" if path else PREFIX


def _operation(route: Route, text: OperationText) -> dict[str, Any]:
    by_form = route.method == "POST" and text.query is not None
    operation = {
        "summary": text.summary + (_form_note(route) if by_form else ""),
        "description": text.description,
        "operationId": text.operation_id + (_form_suffix(route) if by_form else ""),
        "tags": [text.tag],
        "externalDocs": {"url": text.clause},
        "security": _security(route, text),
        "parameters": list(_parameters(route, text, in_form=by_form)),
        "responses": _responses(text),
    }
    if (content := _content(route, text)) is not None:
        required = text.body is not None and route.code != "$validate"
        operation["requestBody"] = {"required": required, "content": content}
    return operation


def _form_note(route: Route) -> str:
    """The words that distinguish a POST from the GET with the same parameters."""
    return ", par une ressource Parameters" if route.code.startswith("$") else ", par formulaire"


def _form_suffix(route: Route) -> str:
    """The same distinction in an operation id."""
    return "_by_parameters" if route.code.startswith("$") else "_by_form"


def _security(route: Route, text: OperationText) -> list[dict[str, list[str]]]:
    """The alternatives: one scope is enough."""
    if route.code == "capabilities":
        return []
    if not text.scopes:
        return [{SCHEME: []}]
    placeholders = ("{compartment}", "{type}")
    resource_type = next((each for each in placeholders if each in _path(route)), "*")
    return [{SCHEME: [f"{level}/{resource_type}.{text.scopes}"]} for level in text.levels]


def _parameters(route: Route, text: OperationText, *, in_form: bool) -> Iterator[dict[str, Any]]:
    path = _path(route)
    if "{type}" in path:
        yield _type_parameter(route.types)
    for placeholder, name in _PATH_PARAMETERS.items():
        if placeholder in path:
            yield {"$ref": f"#/components/parameters/{name}"}
    for name in text.parameters:
        component = COMPONENTS["parameters"][name]
        if in_form and component["in"] != "header":
            continue
        if name == "Criteria" and text.query is not None:
            yield component | {"example": dict(text.query)}
        else:
            yield {"$ref": f"#/components/parameters/{name}"}
    if route.code.startswith("$") and not in_form:
        for name, value in (text.query or {}).items():
            yield {"name": name, "in": "query", "schema": {"type": "string"}, "example": value}


def _type_parameter(types: tuple[str, ...]) -> dict[str, Any]:
    if not types:
        return {"$ref": "#/components/parameters/Type"}
    schema = {"type": "string", "enum": list(types)}
    return {"name": "type", "in": "path", "required": True, "schema": schema, "example": types[-1]}


def _content(route: Route, text: OperationText) -> dict[str, Any] | None:
    """The body of a request; None without any."""
    if route.method not in ("POST", "PUT", "PATCH"):
        return None
    if route.method == "PATCH":
        patches = {JSON_PATCH: text.body, MERGE_PATCH: None, _FHIR_JSON: None}
        return {
            media: {"schema": {}} | ({"example": sample} if sample else {})
            for media, sample in patches.items()
        }
    if text.query is not None and not route.code.startswith("$") and text.body is None:
        form = {"type": "object", "additionalProperties": {"type": "string"}}
        return {_FORM: {"schema": form, "example": dict(text.query)}}
    schema = {"$ref": "#/components/schemas/Resource"}
    sample = _parameters_resource(text.query) if text.body is None else text.body
    return {_FHIR_JSON: {"schema": schema, "example": sample}}


def _parameters_resource(query: Mapping[str, str] | None) -> dict[str, Any]:
    entries = [
        {"name": name, _VALUE_MEMBERS.get(name, "valueString"): value}
        for name, value in (query or {}).items()
    ]
    return {"resourceType": "Parameters"} | ({"parameter": entries} if entries else {})


def _responses(text: OperationText) -> dict[str, Any]:
    success = (
        _resource_response("Réussite", text.returned, text.media)
        if text.returned
        else {"description": "Fait"}
    )
    found = dict.fromkeys(text.statuses, success)
    if "IfNoneMatch" in text.parameters:
        found["304"] = {"description": "Inchangée"}
    return found | {"default": _resource_response("Erreur", "OperationOutcome")}


def _resource_response(description: str, schema: str, media: str = _FHIR_JSON) -> dict[str, Any]:
    content = {media: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"description": description, "content": content}
