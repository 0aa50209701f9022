"""Composites: values of one element that stand together.

https://hl7.org/fhir/R4/search.html#composite
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import product
from math import prod
from typing import Any, Final, NamedTuple

from esante.search.domain.definitions import Component
from esante.search.domain.expressions import Path
from esante.search.domain.search_extractors.collector import MOST, Found, too_many
from esante.search.domain.search_extractors.dates import date_values
from esante.search.domain.search_extractors.quantities import measures
from esante.search.domain.search_extractors.references import reference_elements
from esante.search.domain.search_extractors.strings import string_texts
from esante.search.domain.search_extractors.tokens import token_elements
from esante.store.domain.index_keys import composite_element, parameter_key, present_element

Values = Callable[[Any], list[Any]]  # of the element that the composite finds
DISCRETE: Final = frozenset({"token", "reference", "uri"})

_composite_again = lru_cache(maxsize=20_000)(composite_element)


class Part(NamedTuple):
    """A component, ready to read. `values`: elements of `tokens`; of what is kept in rows, the
    values themselves, of which only whether there are any matters here."""

    type: str
    whole: bool  # read from the resource rather than from the element
    values: Values


def values_at(value: Any, names: tuple[str, ...]) -> list[Any]:
    """Everything that way down."""
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


def _reading(kind: str, of: Component, systems: tuple[str, ...], parameter: int) -> Any:
    """The reading of one value; None where that type is none of the parameter's."""
    match of.type:
        case "token":
            return token_elements(kind, systems, parameter)
        case "reference":
            return reference_elements(kind, parameter)
        case "string":
            return string_texts(kind)
        case "date":
            return _as_list(date_values(kind))
        case _:
            return _as_list(measures(kind))


def _as_list(one: Callable[[Any], Any] | None) -> Callable[[Any], list[Any]] | None:
    return one and (lambda value: [each for each in (one(value),) if each is not None])


def part_of(resource_type: str, component: Component, paths: tuple[Path, ...]) -> Part:
    """A component whose values are at those paths."""
    parameter = parameter_key(resource_type, component.code)
    readings: list[tuple[tuple[str, ...], Callable[[Any], Iterable[Any]]]] = []
    for path in paths:
        reading = _reading(path.type, component, path.systems, parameter)
        if reading is not None:
            readings.append((tuple(key.name for key in path.keys), reading))

    def values(value: Any) -> list[Any]:
        return [
            told
            for names, reading in readings
            for each in values_at(value, names)
            for told in reading(each)
        ]

    return Part(component.type, component.expression.startswith("%resource"), values)


def composite_reader(
    resource_type: str, code: str, parts: tuple[Part, ...]
) -> Callable[[Any, Any, Found], None]:
    """Reads an element, and the resource it is in, for the composite `code`: only where it has a
    value for each part."""
    parameter = parameter_key(resource_type, code)
    present = present_element(parameter)
    discrete = [part for part in parts if part.type in DISCRETE]
    rest = [part for part in parts if part.type not in DISCRETE]

    def read(value: Any, resource: Any, found: Found) -> None:
        if not all(part.values(resource if part.whole else value) for part in rest):
            return
        # The last is the value, which is missing more often than the code.
        told = [part.values(resource if part.whole else value) for part in reversed(discrete)]
        if not all(told):
            return
        found.tokens.add(present)
        # A hundred codings for a code and a hundred for its value are ten thousand pairs.
        if prod(map(len, told)) + len(found.tokens) > MOST:
            raise too_many()
        pair = found.pair if rest else 0
        for together in product(*reversed(told)):
            found.tokens.add(_composite_again(parameter, *together) ^ pair)

    return read
