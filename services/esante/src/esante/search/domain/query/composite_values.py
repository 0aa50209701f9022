"""Composites: values of one element that stand together, `code$value`.

What is discrete (tokens, references, uris) is one element, `composite_element`; a date, number or
text besides is a row of its component's own parameter, where that element stands
(`domain.indexed.Indexed`). https://hl7.org/fhir/R4/search.html#composite
"""

from collections.abc import Sequence
from itertools import product
from typing import Final

from esante.core.domain.folding import fold
from esante.core.domain.structures import RESOURCE_TYPES
from esante.search.domain.definitions import Component, parameters_of
from esante.search.domain.query.criteria import (
    Amounts,
    Beside,
    Criterion,
    Dates,
    Refs,
    Strings,
    Tokens,
    all_of,
    any_of,
)
from esante.search.domain.query.reference_values import read_reference
from esante.search.domain.query.search_clause import Asked
from esante.search.domain.query.values import (
    pieces,
    plain,
    read_amount,
    read_date,
    read_quantity,
    read_token,
)
from esante.store.domain.index_keys import (
    composite_element,
    parameter_key,
    token_element,
    uri_element,
)
from socle.errors import Refusal

_DISCRETE: Final = frozenset({"token", "reference", "uri"})


def composite(asked: Asked) -> Criterion:
    """Any of the values. Raises Refusal."""
    return any_of([_one(asked, value) for value in asked.values])


def _one(asked: Asked, value: str) -> Criterion:
    components = asked.parameter.components
    told = pieces(value, "$")
    if len(told) != len(components) or not all(told):
        shape = "$".join(each.code for each in components)
        raise Refusal("invalid", f"« {value} » doit s'écrire {shape}.")
    parts = list(zip(components, told, strict=True))
    discrete = [_elements(asked, c, text) for c, text in parts if c.type in _DISCRETE]
    together = [composite_element(asked.key, *each) for each in product(*discrete)]
    rows = [_row(asked, c, text) for c, text in parts if c.type not in _DISCRETE]
    if not rows or asked.parameter.expression == asked.resource_type:
        # The resource itself is the element: what it holds stands together.
        return all_of([Tokens(tuple(together)), *rows])
    measures = tuple(each for each in rows if isinstance(each, Amounts | Dates))
    assert len(measures) == len(rows)
    # Where a code stands at all can be looked up; where it stands with the rest cannot.
    known = [Tokens(each) for each in discrete]
    return all_of([*known, any_of([Beside(each, measures) for each in together])])


def _elements(asked: Asked, component: Component, text: str) -> tuple[int, ...]:
    parameter = parameter_key(asked.resource_type, component.code)
    if component.type == "token":
        token = read_token(text)
        return (token_element(parameter, token.system, token.code),)
    if component.type == "uri":
        return (uri_element(parameter, plain(text)),)
    known = parameters_of(asked.resource_type).get(component.code)
    targets: Sequence[str] = known.targets if known is not None else sorted(RESOURCE_TYPES)
    found = read_reference(text, parameter, targets=targets, base=asked.base, one_type=None)
    assert isinstance(found, Refs | Tokens)
    return found.elements


def _row(asked: Asked, component: Component, text: str) -> Criterion:
    match component.type:
        case "date":
            return Dates(component.code, False, (read_date(text, now=asked.now),))
        case "string":
            return Strings(component.code, "starts", (fold(plain(text)),))
        case "quantity":
            return Amounts(component.code, (read_quantity(text),))
        case _:
            return Amounts(component.code, (read_amount(text),))
