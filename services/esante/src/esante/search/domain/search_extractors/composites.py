"""Extractors of composite parameters: values that belong to one element.

https://hl7.org/fhir/R4/search.html#composite
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import product
from math import prod
from typing import Any, Final, NamedTuple

from esante.search.domain.definitions import Component
from esante.search.domain.expressions import Path
from esante.search.domain.search_extractors.collector import MAX_VALUES, IndexCollector, too_many
from esante.search.domain.search_extractors.dates import date_values
from esante.search.domain.search_extractors.quantities import measures
from esante.search.domain.search_extractors.references import reference_elements
from esante.search.domain.search_extractors.strings import string_texts
from esante.search.domain.search_extractors.tokens import token_elements
from esante.store.domain.index_keys import composite_element, parameter_key, present_element

Values = Callable[[Any], list[Any]]
"""Takes the element that the composite selects; returns the values of a component in it."""
DISCRETE: Final = frozenset({"token", "reference", "uri"})
"""Types of components whose values are elements of `tokens`; the others have rows."""

_cached_composite_element = lru_cache(maxsize=20_000)(composite_element)


class ComponentValues(NamedTuple):
    """A component of a composite, with the extractor of its values."""

    type: str
    from_resource: bool
    """Whether the values come from the resource rather than from the element."""
    values: Values
    """For a discrete component, returns elements of `tokens`. For another one, only whether it
    returns any value matters: the rows are extracted by the component's own parameter."""


def values_at(value: Any, names: tuple[str, ...]) -> list[Any]:
    """The values at a path of member names, through arrays."""
    found = [value]
    for name in names:
        below: list[Any] = []
        for each in found:
            member = each.get(name) if isinstance(each, dict) else None
            if isinstance(member, list):
                below += member
            elif member is not None:
                below.append(member)
        found = below
    return found


def _value_extractor(
    value_type: str, of: Component, systems: tuple[str, ...], parameter: int
) -> Any:
    """The extractor of one value of a component; None if the parameter does not index that type."""
    match of.type:
        case "token":
            return token_elements(value_type, systems, parameter)
        case "reference":
            return reference_elements(value_type, parameter)
        case "string":
            return string_texts(value_type)
        case "date":
            return _as_list(date_values(value_type))
        case _:
            return _as_list(measures(value_type))


def _as_list(one: Callable[[Any], Any] | None) -> Callable[[Any], list[Any]] | None:
    return one and (lambda value: [each for each in (one(value),) if each is not None])


def component_values(
    resource_type: str, component: Component, paths: tuple[Path, ...]
) -> ComponentValues:
    """A component of a composite. `paths`: to its values, from the element or the resource."""
    parameter = parameter_key(resource_type, component.code)
    extractors: list[tuple[tuple[str, ...], Callable[[Any], Iterable[Any]]]] = []
    for path in paths:
        extractor = _value_extractor(path.type, component, path.systems, parameter)
        if extractor is not None:
            extractors.append((tuple(key.name for key in path.keys), extractor))

    def values(value: Any) -> list[Any]:
        return [
            extracted
            for names, extractor in extractors
            for each in values_at(value, names)
            for extracted in extractor(each)
        ]

    return ComponentValues(component.type, component.expression.startswith("%resource"), values)


def composite_extractor(
    resource_type: str, code: str, parts: tuple[ComponentValues, ...]
) -> Callable[[Any, Any, IndexCollector], None]:
    """The extractor of the composite parameter `code`, with those components.

    It indexes an element only if every component has a value in it.
    """
    parameter = parameter_key(resource_type, code)
    present = present_element(parameter)
    discrete = [part for part in parts if part.type in DISCRETE]
    rest = [part for part in parts if part.type not in DISCRETE]

    def read(value: Any, resource: Any, collector: IndexCollector) -> None:
        if not all(part.values(resource if part.from_resource else value) for part in rest):
            return
        # Last component first: it is the value, which is missing more often than the code.
        component_elements = []
        for part in reversed(discrete):
            elements = part.values(resource if part.from_resource else value)
            if not elements:
                return
            component_elements.append(elements)
        collector.tokens.add(present)
        # The number of combinations is a product: 100 codings of a code and of a value make 10,000.
        if prod(map(len, component_elements)) + len(collector.tokens) > MAX_VALUES:
            raise too_many()
        pair = collector.pair if rest else 0
        for together in product(*reversed(component_elements)):
            collector.tokens.add(_cached_composite_element(parameter, *together) ^ pair)

    return read
