"""The OpenAPI document of the platform, merged from those of the services.

Only what the route table exposes. Names are those of the services: generated clients have modules,
functions and classes of these names. https://spec.openapis.org/oas/v3.1.0
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from gateway.contract.domain.component_names import (
    ComponentKey,
    ServiceNames,
    read_components,
    used_components,
)
from gateway.contract.domain.security import SCHEMES, security_of
from gateway.routes.domain.routes import Route, RouteTable, Service

Document = Mapping[str, Any]

_METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_DESCRIPTION: Final = (
    "Les services de Région Lab derrière une seule adresse. Ce qui n’a pas de cadenas répond à "
    "tous ; une clé gratuite (en-tête X-Api-Key) y relève les quotas. Une erreur est un document "
    "problem+json (RFC 9457), ou une ressource OperationOutcome sous /fhir, avec une phrase en "
    "français et l’identifiant de la demande."
)
_MISSING: Final = (
    " Le contrat de ces services n’a pas pu être lu, et leurs adresses manquent ici : {}."
)


def merge(
    table: RouteTable, documents: Mapping[Service, Document | None], *, version: str
) -> dict[str, Any]:
    """The merged document.

    `documents`: the OpenAPI document of each service; a service whose document is None is listed in
    `x-unavailable`, and named in the description, which people read.
    `version`: the platform's.
    """
    merged: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "Région Lab", "description": _DESCRIPTION, "version": version},
        "servers": [{"url": "/"}],
        "tags": [],
        "paths": {},
        "components": {"securitySchemes": {name: dict(scheme) for name, scheme in SCHEMES.items()}},
    }
    for service, document in documents.items():
        if document is not None:
            _add(merged, table, service, document)
    absent = sorted(service for service, document in documents.items() if document is None)
    if absent:
        merged["x-unavailable"] = absent
        merged["info"]["description"] += _MISSING.format(", ".join(absent))
    return merged


def _add(merged: dict[str, Any], table: RouteTable, service: Service, source: Document) -> None:
    exposed = {
        path: item
        for path, operations in source.get("paths", {}).items()
        if (item := _exposed(table, service, path, operations))
    }
    names = ServiceNames(
        service,
        _own_schemes(source, table, exposed) | used_components(source, exposed),
        published=read_components(merged["components"]),
        operation_ids=_operation_ids(merged["paths"]),
    )
    for path, item in exposed.items():
        route = table.get(path)
        merged["paths"][path] = _operations(names, service, names.rewrite(item), source, route)
    for (section, name), component in names.components():
        merged["components"].setdefault(section, {})[name] = component
    _add_tags(merged, service, source)


def _own_schemes(
    source: Document, table: RouteTable, paths: Iterable[str]
) -> dict[ComponentKey, Any]:
    """The security schemes of a service that verifies credentials itself."""
    if not any(table.get(path).credentials for path in paths):
        return {}
    schemes = source.get("components", {}).get("securitySchemes", {})
    return read_components({"securitySchemes": schemes})


def _operation_ids(paths: Document) -> frozenset[str]:
    return frozenset(
        item[method]["operationId"]
        for item in paths.values()
        for method in _METHODS
        if "operationId" in item.get(method, {})
    )


def _add_tags(merged: dict[str, Any], service: Service, source: Document) -> None:
    """List the tags of the operations, in their order, with the service and its description."""
    described = {tag["name"]: tag for tag in source.get("tags", ())}
    listed = {tag["name"] for tag in merged["tags"]}
    used = (tag for item in merged["paths"].values() for tag in _tags(item))
    for name in dict.fromkeys(used):
        if name not in listed:
            merged["tags"].append({**described.get(name, {"name": name}), "x-service": service})


def _tags(item: Document) -> Sequence[str]:
    return [tag for method in _METHODS for tag in item.get(method, {}).get("tags", [])]


def _exposed(table: RouteTable, service: Service, path: str, item: Document) -> dict[str, Any]:
    """The path item with the exposed operations only; empty if there is none."""
    reachable = [m for m in _METHODS if m in item and table.exposes(service, path, m)]
    if not reachable:
        return {}
    shared = {key: value for key, value in item.items() if key not in _METHODS}
    return shared | {method: item[method] for method in reachable}


def _operations(
    names: ServiceNames, service: Service, item: dict[str, Any], source: Document, route: Route
) -> dict[str, Any]:
    for method in _METHODS:
        if (operation := item.get(method)) is None:
            continue
        # One tag each: documentation pages repeat an operation under each of its tags.
        operation["tags"] = list(operation.get("tags", ()))[:1] or [service]
        if "operationId" in operation:
            operation["operationId"] = names.operation(operation["operationId"])
        security: Sequence[Document] | None = operation.get("security", source.get("security"))
        renamed = security and [
            {names.component(("securitySchemes", name)): scopes for name, scopes in rule.items()}
            for rule in security
        ]
        operation |= security_of(route, method.upper(), renamed)
    return item
