"""The criteria of composite parameters: `code$value`, on values of one repeated element.

The discrete components (tokens, references, uris) together are one index element
(`composite_element`). A date, number or string is a row of its component's own parameter
(`store.domain.index_rows.IndexEntries`).
https://hl7.org/fhir/R4/search.html#composite
"""

from collections.abc import Sequence
from itertools import product
from typing import Final

from esante.core.domain.folding import fold
from esante.core.domain.structures import RESOURCE_TYPES
from esante.search.domain.definitions import Component, parameters_of
from esante.search.domain.query.criteria import (
    Amounts,
    CompositeMatch,
    Criterion,
    Dates,
    References,
    Strings,
    Tokens,
    all_of,
    any_of,
)
from esante.search.domain.query.reference_parser import read_reference
from esante.search.domain.query.search_clause import SearchClause
from esante.search.domain.query.value_parser import (
    read_amount,
    read_date,
    read_quantity,
    read_token,
    split_escaped,
    unescape,
)
from esante.store.domain.index_keys import (
    composite_element,
    parameter_key,
    token_element,
    uri_element,
)
from socle.errors import Refusal

_DISCRETE: Final = frozenset({"token", "reference", "uri"})


def build_composite(clause: SearchClause) -> Criterion:
    """The criterion of a composite clause. Raises Refusal for a malformed value."""
    return any_of([_one(clause, value) for value in clause.values])


def _one(clause: SearchClause, value: str) -> Criterion:
    components = clause.parameter.components
    values = split_escaped(value, "$")
    if len(values) != len(components) or not all(values):
        shape = "$".join(each.code for each in components)
        raise Refusal("invalid", f"« {value} » doit s'écrire {shape}.")
    parts = list(zip(components, values, strict=True))
    discrete = [_discrete_elements(clause, c, text) for c, text in parts if c.type in _DISCRETE]
    together = [composite_element(clause.key, *each) for each in product(*discrete)]
    rows = [_row_criterion(clause, c, text) for c, text in parts if c.type not in _DISCRETE]
    if not rows or clause.parameter.expression == clause.resource_type:
        # The element is the resource itself, so that all its values belong together.
        return all_of([Tokens(tuple(together)), *rows])
    measures = tuple(each for each in rows if isinstance(each, Amounts | Dates))
    assert len(measures) == len(rows)  # R4's only composites with a string are of the resource
    # Redundant, but an index can be used for the codes alone, and not for CompositeMatch.
    known = [Tokens(each) for each in discrete]
    return all_of([*known, any_of([CompositeMatch(each, measures) for each in together])])


def _discrete_elements(clause: SearchClause, component: Component, text: str) -> tuple[int, ...]:
    parameter = parameter_key(clause.resource_type, component.code)
    if component.type == "token":
        token = read_token(text)
        return (token_element(parameter, token.system, token.code),)
    if component.type == "uri":
        return (uri_element(parameter, unescape(text)),)
    known = parameters_of(clause.resource_type).get(component.code)
    targets: Sequence[str] = known.targets if known is not None else sorted(RESOURCE_TYPES)
    found = read_reference(text, parameter, targets=targets, base=clause.base, one_type=None)
    assert isinstance(found, References | Tokens)
    return found.elements


def _row_criterion(clause: SearchClause, component: Component, text: str) -> Criterion:
    match component.type:
        case "date":
            return Dates(component.code, main=False, tests=(read_date(text, now=clause.now),))
        case "string":
            return Strings(component.code, "starts", (fold(unescape(text)),))
        case "quantity":
            return Amounts(component.code, read_quantity(text))
        case _:
            return Amounts(component.code, (read_amount(text),))
