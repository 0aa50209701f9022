"""The OpenAPI document of the platform, merged from those of the services.

Only what the route table exposes, with names prefixed so that two services may each have a `Stop`.
https://spec.openapis.org/oas/v3.1.0
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from gateway.contract.domain.security import SCHEMES, security_of
from gateway.routes.domain.routes import Route, RouteTable, Service

Document = Mapping[str, Any]

_METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_COMPONENTS: Final = "#/components/"
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
    names = _Names(service)
    for path, item in source.get("paths", {}).items():
        exposed = _exposed(table, service, path, item)
        if exposed:
            route = table.get(path)
            merged["paths"][path] = _operations(names, names.rename(exposed), source, route)
    for section, components in source.get("components", {}).items():
        target = merged["components"].setdefault(section, {})
        for name, component in components.items():
            target[names.component(name)] = names.rename(component)
    used_tags = {tag for item in merged["paths"].values() for tag in _tags(item)}
    known_tags = {tag["name"] for tag in merged["tags"]}
    merged["tags"] += [{"name": tag} for tag in sorted(used_tags - known_tags)]


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
    names: "_Names", item: dict[str, Any], source: Document, route: Route
) -> dict[str, Any]:
    for method in _METHODS:
        if (operation := item.get(method)) is None:
            continue
        # One tag each: documentation pages repeat an operation under each of its tags.
        operation["tags"] = [names.tag(*operation.get("tags", [])[:1])]
        if "operationId" in operation:
            operation["operationId"] = names.operation(operation["operationId"])
        security: Sequence[Document] | None = operation.get("security", source.get("security"))
        renamed = security and [
            {names.component(name): scopes for name, scopes in rule.items()} for rule in security
        ]
        operation |= security_of(route, renamed)
    return item


class _Names:
    """Prefixes tags, component names and operation ids with the name of a service."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._prefix = service.capitalize()

    def tag(self, name: str = "") -> str:
        return f"{self.service} · {name}" if name else self.service

    def component(self, name: str) -> str:
        return f"{self._prefix}{name}"

    def operation(self, name: str) -> str:
        return f"{self.service}_{name}"

    def rename(self, node: Any) -> Any:
        """A copy with every reference to a component or an operation renamed."""
        if isinstance(node, list):
            return [self.rename(each) for each in node]
        if not isinstance(node, dict):
            return node
        return {key: self._value(key, value) for key, value in node.items()}

    def _value(self, key: str, value: Any) -> Any:
        match key, value:
            # Literal data is left unchanged.
            case (("example" | "const" | "enum"), _):
                return value
            case (("properties" | "patternProperties"), dict()):
                # These keys are property names, not OpenAPI keywords.
                return {name: self.rename(schema) for name, schema in value.items()}
            case "$ref", str():
                return self._reference(value)
            case "discriminator", {"mapping": dict() as mapping}:
                renamed = {name: self._reference(target) for name, target in mapping.items()}
                return {**value, "mapping": renamed}
            case "links", dict():
                return {name: self._link(link) for name, link in value.items()}
        return self.rename(value)

    def _reference(self, target: str) -> str:
        if not target.startswith(_COMPONENTS):
            return target
        section, _, rest = target.removeprefix(_COMPONENTS).partition("/")
        return f"{_COMPONENTS}{section}/{self._prefix}{rest}"

    def _link(self, link: Any) -> Any:
        renamed = self.rename(link)
        if isinstance(renamed, dict) and "operationId" in renamed:
            renamed["operationId"] = self.operation(renamed["operationId"])
        return renamed
