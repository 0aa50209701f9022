"""The names of a service's components and operations in the merged OpenAPI document.

https://spec.openapis.org/oas/v3.1.0#components-object
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.routes.domain.routes import Service

ComponentKey = tuple[str, str]
"""The section and the name of a component: `("schemas", "Stop")`."""
Components = Mapping[ComponentKey, Any]

_COMPONENTS: Final = "#/components/"
_LITERALS: Final = frozenset({"example", "examples", "const", "enum"})
_MAPS: Final = frozenset({"properties", "patternProperties", "responses", "callbacks"})
"""Objects whose keys are names, not keywords."""


def used_components(source: Mapping[str, Any], exposed: Any) -> dict[ComponentKey, Any]:
    """The components of a document that `exposed`, a part of it, refers to, directly or not."""
    every = read_components(source.get("components", {}))
    used: set[ComponentKey] = set()
    waiting = references_in(exposed)
    while waiting:
        if (key := waiting.pop()) in every.keys() - used:
            used.add(key)
            waiting |= references_in(every[key])
    return {key: component for key, component in every.items() if key in used}


def read_components(sections: Mapping[str, Mapping[str, Any]]) -> dict[ComponentKey, Any]:
    """The components of all sections."""
    return {
        (section, name): component
        for section, components in sections.items()
        for name, component in components.items()
    }


def references_in(node: Any) -> set[ComponentKey]:
    """The components that a part of a document refers to."""
    found: set[ComponentKey] = set()

    def record(key: ComponentKey) -> str:
        found.add(key)
        return key[1]

    _Rewriter(record, str).rewrite(node)
    return found


class ServiceNames:
    """The published names of one service.

    A component keeps its name, unless another service has published something else under it: then
    the name gets the prefix of the service. So does an operation.
    """

    def __init__(
        self,
        service: Service,
        components: Components,
        *,
        published: Components,
        operation_ids: Collection[str],
    ) -> None:
        """`published`, `operation_ids`: of the services before it."""
        self._service, self._components = service, components
        self._operation_ids = operation_ids
        self._conflicting = frozenset(_conflicts(components, published))
        self._rewriter = _Rewriter(self.component, self.operation)

    def component(self, key: ComponentKey) -> str:
        """The published name of a component."""
        return f"{self._service.capitalize()}{key[1]}" if key in self._conflicting else key[1]

    def operation(self, name: str) -> str:
        """The published id of an operation."""
        return f"{self._service}_{name}" if name in self._operation_ids else name

    def rewrite(self, node: Any) -> Any:
        """A copy of a part of the document, with published names and without the titles that
        frameworks generate."""
        return self._rewriter.rewrite(node)

    def components(self) -> Iterator[tuple[ComponentKey, Any]]:
        """The components as they are published; the title of a schema is its name."""
        for key, component in self._components.items():
            published = (key[0], self.component(key))
            yield published, _published(published, component, self._rewriter)


def _conflicts(components: Components, published: Components) -> set[ComponentKey]:
    """The components whose name means something else in `published`, or that refer to one."""
    shared = components.keys() & published.keys()
    same_names = _Rewriter(lambda key: key[1], str)
    found = {
        key for key in shared if _published(key, components[key], same_names) != published[key]
    }
    while referring := {key for key in shared - found if references_in(components[key]) & found}:
        found |= referring
    return found


def _published(key: ComponentKey, component: Any, rewriter: "_Rewriter") -> Any:
    copy = rewriter.rewrite(component)
    return {"title": key[1], **copy} if key[0] == "schemas" else copy


@dataclass(frozen=True, slots=True)
class _Rewriter:
    """Copies parts of a document, with other names."""

    component: Callable[[ComponentKey], str]
    """The new name of a component."""
    operation: Callable[[str], str]
    """The new id of an operation."""

    def rewrite(self, node: Any) -> Any:
        """A copy with new names, without titles."""
        if isinstance(node, list):
            return [self.rewrite(each) for each in node]
        if not isinstance(node, dict):
            return node
        return {
            key: self._value(key, value)
            for key, value in node.items()
            if not (key == "title" and isinstance(value, str))
        }

    def _value(self, key: str, value: Any) -> Any:
        match key, value:
            case (name, _) if name in _LITERALS:
                return value
            case (name, dict()) if name in _MAPS:
                return {each: self.rewrite(schema) for each, schema in value.items()}
            case "$ref", str():
                return self._reference(value)
            case "discriminator", {"mapping": dict() as mapping}:
                renamed = {name: self._reference(target) for name, target in mapping.items()}
                return {**value, "mapping": renamed}
            case "links", dict():
                return {name: self._link(link) for name, link in value.items()}
        return self.rewrite(value)

    def _reference(self, target: str) -> str:
        if not target.startswith(_COMPONENTS):
            return target
        section, _, name = target.removeprefix(_COMPONENTS).partition("/")
        return f"{_COMPONENTS}{section}/{self.component((section, name))}"

    def _link(self, link: Any) -> Any:
        renamed = self.rewrite(link)
        if isinstance(renamed, dict) and "operationId" in renamed:
            renamed["operationId"] = self.operation(renamed["operationId"])
        return renamed
