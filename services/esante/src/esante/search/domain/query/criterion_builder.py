"""The criterion that the values of one search parameter ask, by its type and modifier.
https://hl7.org/fhir/R4/search.html#modifiers
"""

from collections.abc import Callable, Mapping
from typing import Final

from esante.core.domain.folding import fold
from esante.core.domain.structures import RESOURCE_TYPES
from esante.search.domain.definitions import MAIN_CODE, MAIN_DATE, SearchParameter
from esante.search.domain.query.composite_values import composite
from esante.search.domain.query.criteria import (
    Amounts,
    Coded,
    Criterion,
    Dates,
    Not,
    Strings,
    Tokens,
    UrisBelow,
    any_of,
)
from esante.search.domain.query.reference_values import read_reference
from esante.search.domain.query.search_clause import Asked
from esante.search.domain.query.values import (
    plain,
    read_amount,
    read_date,
    read_of_type,
    read_quantity,
    read_token,
)
from esante.store.domain.index_keys import (
    of_type_element,
    parameter_key,
    present_element,
    token_element,
    uri_element,
)
from socle.errors import Refusal


def is_searched(parameter: SearchParameter) -> bool:
    """Whether searches take it: not the special ones, each of which has rules of its own."""
    return parameter.type in _MODIFIERS


def criterion_of(asked: Asked) -> Criterion:
    """Raises Refusal where a modifier or a value is not one of that parameter's."""
    if asked.modifier == "missing":
        return _missing(asked)
    known = _MODIFIERS.get(asked.parameter.type, {})
    if asked.modifier in known:
        return known[asked.modifier](asked)
    if asked.parameter.type == "reference" and asked.modifier in RESOURCE_TYPES:
        return _reference(asked)
    if not known:
        raise Refusal("invalid", "Ce paramètre n'est pas pris en charge.")
    told = [f":{each}" for each in (*known, "missing") if each]
    raise Refusal(
        "invalid",
        f"« :{asked.modifier} » n'est pas un modificateur de ce paramètre "
        f"({asked.parameter.type}) : {', '.join(told)}.",
    )


def _missing(asked: Asked) -> Criterion:
    if asked.values not in (("true",), ("false",)):
        raise Refusal("invalid", "« :missing » attend true ou false.")
    present = Tokens((present_element(asked.key),))
    return Not(present) if asked.values == ("true",) else present


def _string(asked: Asked) -> Criterion:
    return Strings(asked.parameter.code, "starts", _folded(asked))


def _contains(asked: Asked) -> Criterion:
    return Strings(asked.parameter.code, "contains", _folded(asked))


def _exact(asked: Asked) -> Criterion:
    return Strings(asked.parameter.code, "exact", tuple(plain(each) for each in asked.values))


def _folded(asked: Asked) -> tuple[str, ...]:
    return tuple(fold(plain(each)) for each in asked.values)


def _token(asked: Asked) -> Criterion:
    tokens = [read_token(each) for each in asked.values]
    is_main = MAIN_CODE.get(asked.resource_type) == asked.parameter.code
    elements = [(token_element(asked.key, t.system, t.code), t.code) for t in tokens]
    return any_of([Coded(e) if is_main and code else Tokens((e,)) for e, code in elements])


def _not(asked: Asked) -> Criterion:
    return Not(_token(asked))


def _token_text(asked: Asked) -> Criterion:
    return Strings(f"{asked.parameter.code}:text", "starts", _folded(asked))


def _of_type(asked: Asked) -> Criterion:
    told = [read_of_type(each) for each in asked.values]
    return Tokens(tuple(of_type_element(asked.key, *each) for each in told))


def _reference(asked: Asked) -> Criterion:
    return any_of(
        [
            read_reference(
                each,
                asked.key,
                targets=asked.parameter.targets,
                base=asked.base,
                one_type=asked.modifier,
            )
            for each in asked.values
        ]
    )


def _identifier(asked: Asked) -> Criterion:
    key = parameter_key(asked.resource_type, f"{asked.parameter.code}:identifier")
    tokens = [read_token(each) for each in asked.values]
    return any_of([Tokens((token_element(key, t.system, t.code),)) for t in tokens])


def _date(asked: Asked) -> Criterion:
    code = asked.parameter.code
    tests = tuple(read_date(each, now=asked.now) for each in asked.values)
    return Dates(code, MAIN_DATE.get(asked.resource_type) == code, tests)


def _number(asked: Asked) -> Criterion:
    return Amounts(asked.parameter.code, tuple(read_amount(each) for each in asked.values))


def _quantity(asked: Asked) -> Criterion:
    return Amounts(asked.parameter.code, tuple(read_quantity(each) for each in asked.values))


def _uri(asked: Asked) -> Criterion:
    return Tokens(tuple(uri_element(asked.key, plain(each)) for each in asked.values))


def _uri_below(asked: Asked) -> Criterion:
    return UrisBelow(asked.parameter.code, tuple(plain(each) for each in asked.values))


def _uri_above(asked: Asked) -> Criterion:
    above = [uri for each in asked.values for uri in uris_above(plain(each))]
    return Tokens(tuple(uri_element(asked.key, each) for each in above))


def uris_above(uri: str) -> list[str]:
    """That address and those it lies below, each with and without its final slash."""
    found = [uri]
    scheme, _, rest = uri.partition("://")
    parts = rest.rstrip("/").split("/")
    for count in range(len(parts), 0, -1):
        path = f"{scheme}://{'/'.join(parts[:count])}"
        found += [path, path + "/"]
    return list(dict.fromkeys(found)) if rest else [uri]


_MODIFIERS: Final[Mapping[str, Mapping[str | None, Callable[[Asked], Criterion]]]] = {
    "string": {None: _string, "exact": _exact, "contains": _contains},
    "token": {None: _token, "not": _not, "text": _token_text, "of-type": _of_type},
    "reference": {None: _reference, "identifier": _identifier},
    "date": {None: _date},
    "number": {None: _number},
    "quantity": {None: _quantity},
    "uri": {None: _uri, "above": _uri_above, "below": _uri_below},
    "composite": {None: composite},
}
