"""Builds the criterion of a search clause, by the type of its parameter and its modifier.
https://hl7.org/fhir/R4/search.html#modifiers
"""

from collections.abc import Callable, Mapping
from typing import Final

from esante.core.domain.folding import fold
from esante.core.domain.structures import RESOURCE_TYPES
from esante.search.domain.definitions import MAIN_CODE, MAIN_DATE, SearchParameter
from esante.search.domain.near import Near
from esante.search.domain.query.composite_builder import build_composite
from esante.search.domain.query.criteria import (
    Amounts,
    Criterion,
    Dates,
    DateTest,
    MainCode,
    Not,
    Strings,
    Tokens,
    UrisBelow,
    any_of,
)
from esante.search.domain.query.hierarchy_builder import build_above, build_below
from esante.search.domain.query.reference_parser import read_reference
from esante.search.domain.query.search_clause import SearchClause
from esante.search.domain.query.value_parser import (
    read_amount,
    read_circle,
    read_date,
    read_of_type,
    read_quantity,
    read_token,
    unescape,
)
from esante.store.domain.index_keys import (
    of_type_element,
    parameter_key,
    present_element,
    token_element,
    uri_element,
)
from esante.terminology.domain.expansion import Coded
from socle.errors import Refusal


def is_searchable(parameter: SearchParameter) -> bool:
    """Whether searches support a parameter."""
    return parameter.type in _MODIFIERS


def build_criterion(clause: SearchClause) -> Criterion:
    """The criterion of a clause. Raises Refusal for an invalid modifier or value."""
    if clause.modifier == "missing":
        return _missing(clause)
    known = _MODIFIERS.get(clause.parameter.type, {})
    if clause.modifier in known:
        return known[clause.modifier](clause)
    if clause.parameter.type == "reference" and clause.modifier in RESOURCE_TYPES:
        return _reference(clause)
    if not known:
        raise Refusal("invalid", "Ce paramètre n'est pas pris en charge.")
    modifiers = [f":{each}" for each in (*known, "missing") if each]
    raise Refusal(
        "invalid",
        f"« :{clause.modifier} » n'est pas un modificateur de ce paramètre "
        f"({clause.parameter.type}) : {', '.join(modifiers)}.",
    )


def _missing(clause: SearchClause) -> Criterion:
    if clause.values not in (("true",), ("false",)):
        raise Refusal("invalid", "« :missing » attend true ou false.")
    present = Tokens((present_element(clause.key),))
    return Not(present) if clause.values == ("true",) else present


def _string(clause: SearchClause) -> Criterion:
    return Strings(clause.parameter.code, "starts", _folded(clause))


def _contains(clause: SearchClause) -> Criterion:
    return Strings(clause.parameter.code, "contains", _folded(clause))


def _exact(clause: SearchClause) -> Criterion:
    return Strings(clause.parameter.code, "exact", tuple(unescape(each) for each in clause.values))


def _folded(clause: SearchClause) -> tuple[str, ...]:
    return tuple(fold(unescape(each)) for each in clause.values)


def _token(clause: SearchClause) -> Criterion:
    tokens = [read_token(each) for each in clause.values]
    is_main = MAIN_CODE.get(clause.resource_type) == clause.parameter.code
    elements = [(token_element(clause.key, t.system, t.code), t.code) for t in tokens]
    # Main codes are not indexed in the form `system|`.
    return any_of([MainCode(e) if is_main and code else Tokens((e,)) for e, code in elements])


def _not(clause: SearchClause) -> Criterion:
    return Not(_token(clause))


def _in_value_set(clause: SearchClause) -> Criterion:
    found = (clause.codes.value_set(unescape(each)) for each in clause.values)
    return _any_code(clause, [coded for codes in found for coded in codes])


def _not_in_value_set(clause: SearchClause) -> Criterion:
    return Not(_in_value_set(clause))


def _below_code(clause: SearchClause) -> Criterion:
    found = (clause.codes.below(read_token(each)) for each in clause.values)
    return _any_code(clause, [coded for codes in found for coded in codes])


def _above_code(clause: SearchClause) -> Criterion:
    found = (clause.codes.above(read_token(each)) for each in clause.values)
    return _any_code(clause, [coded for codes in found for coded in codes])


def _any_code(clause: SearchClause, codes: list[Coded]) -> Criterion:
    """A value is one of those codes, in its system."""
    elements = (token_element(clause.key, *coded) for coded in codes)
    return Tokens(tuple(dict.fromkeys(elements)))


def _token_text(clause: SearchClause) -> Criterion:
    return Strings(f"{clause.parameter.code}:text", "starts", _folded(clause))


def _of_type(clause: SearchClause) -> Criterion:
    identifiers = [read_of_type(each) for each in clause.values]
    return Tokens(tuple(of_type_element(clause.key, *each) for each in identifiers))


def _reference(clause: SearchClause) -> Criterion:
    return any_of(
        [
            read_reference(
                each,
                clause.key,
                targets=clause.parameter.targets,
                base=clause.base,
                one_type=clause.modifier,
            )
            for each in clause.values
        ]
    )


def _identifier(clause: SearchClause) -> Criterion:
    key = parameter_key(clause.resource_type, f"{clause.parameter.code}:identifier")
    tokens = [read_token(each) for each in clause.values]
    return any_of([Tokens((token_element(key, t.system, t.code),)) for t in tokens])


def _date(clause: SearchClause) -> Criterion:
    return build_dates(clause, tuple(read_date(each, now=clause.now) for each in clause.values))


def build_dates(clause: SearchClause, tests: tuple[DateTest, ...]) -> Criterion:
    """The criterion of those tests of a date parameter."""
    code = clause.parameter.code
    return Dates(code, MAIN_DATE.get(clause.resource_type) == code, tests)


def _number(clause: SearchClause) -> Criterion:
    return Amounts(clause.parameter.code, tuple(read_amount(each) for each in clause.values))


def _quantity(clause: SearchClause) -> Criterion:
    tests = tuple(test for each in clause.values for test in read_quantity(each))
    return Amounts(clause.parameter.code, tests)


def _near(clause: SearchClause) -> Criterion:
    return Near(tuple(read_circle(each) for each in clause.values))


def _uri(clause: SearchClause) -> Criterion:
    return Tokens(tuple(uri_element(clause.key, unescape(each)) for each in clause.values))


def _uri_below(clause: SearchClause) -> Criterion:
    return UrisBelow(clause.parameter.code, tuple(unescape(each) for each in clause.values))


def _uri_above(clause: SearchClause) -> Criterion:
    above = [uri for each in clause.values for uri in uris_above(unescape(each))]
    return Tokens(tuple(uri_element(clause.key, each) for each in above))


def uris_above(uri: str) -> list[str]:
    """A uri and those above it, down to the host, each with and without final slash.

    Only the uri itself if it has no `://`.
    """
    found = [uri]
    scheme, _, rest = uri.partition("://")
    parts = rest.rstrip("/").split("/")
    for count in range(len(parts), 0, -1):
        path = f"{scheme}://{'/'.join(parts[:count])}"
        found += [path, path + "/"]
    return list(dict.fromkeys(found)) if rest else [uri]


_MODIFIERS: Final[Mapping[str, Mapping[str | None, Callable[[SearchClause], Criterion]]]] = {
    "string": {None: _string, "exact": _exact, "contains": _contains},
    "token": {
        None: _token,
        "not": _not,
        "text": _token_text,
        "of-type": _of_type,
        "in": _in_value_set,
        "not-in": _not_in_value_set,
        "below": _below_code,
        "above": _above_code,
    },
    "reference": {
        None: _reference,
        "identifier": _identifier,
        "below": build_below,
        "above": build_above,
    },
    "date": {None: _date},
    "number": {None: _number},
    "quantity": {None: _quantity},
    "uri": {None: _uri, "above": _uri_above, "below": _uri_below},
    "composite": {None: build_composite},
    "special": {None: _near},
}
