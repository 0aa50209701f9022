"""The operators of `_filter`, as criteria of one search parameter.

`eq` and `ne` compare complete texts, without case and accents. `ne` of a code, a reference or a uri
requires a value and that none is equal; of a date or a number, as the prefix, that one is unequal.
https://hl7.org/fhir/R4/search_filter.html
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from esante.core.domain.folding import fold
from esante.search.domain.query.criteria import Criterion, DateTest, Not, Strings, Tokens, all_of
from esante.search.domain.query.criterion_builder import build_criterion, build_dates
from esante.search.domain.query.filter_parser import MODIFIERS, Operator
from esante.search.domain.query.search_clause import SearchClause
from esante.search.domain.query.value_parser import read_date, unescape
from esante.store.domain.index_keys import present_element
from socle.errors import Refusal

_COMPARED: Final = ("eq", "ne", "gt", "lt", "ge", "le", "ap", "sa", "eb")
_EQUALITY: Final = ("eq", "ne")
_OPERATORS: Final[Mapping[str, tuple[str, ...]]] = {
    "string": (*_EQUALITY, "co", "sw", "ew"),
    "token": (*_EQUALITY, "ss", "sb", "in", "ni"),
    "reference": (*_EQUALITY, "re"),
    "date": (*_COMPARED, "po"),
    "number": _COMPARED,
    "quantity": _COMPARED,
    "uri": _EQUALITY,
    "composite": _EQUALITY,
    "special": ("eq",),
}
"""Besides `pr`, by the type of the parameter."""
_STRINGS: Final[Mapping[Operator, str]] = {
    "eq": "equals",
    "ne": "differs",
    "co": "contains",
    "sw": "starts",
    "ew": "ends",
}


def build_comparison(clause: SearchClause, operator: Operator) -> Criterion:
    """The criterion of a comparison.

    `clause`: with its one value, and without a modifier. Raises Refusal if the operator does not
    apply to the parameter, or for an invalid value.
    """
    (value,) = clause.values
    parameter_type = clause.parameter.type
    if operator == "pr":
        if value not in ("true", "false"):
            raise Refusal("invalid", "« pr » attend true ou false.")
        missing = "false" if value == "true" else "true"
        return build_criterion(replace(clause, modifier="missing", values=(missing,)))
    if operator not in (known := _OPERATORS[parameter_type]):
        raise Refusal(
            "invalid",
            f"« {operator} » ne compare pas ce paramètre ({parameter_type}) : "
            f"{', '.join((*known, 'pr'))}.",
        )
    if parameter_type == "string":
        text = fold(unescape(value))
        return Strings(clause.parameter.code, _STRINGS[operator], (text,))  # type: ignore[arg-type]
    if operator in MODIFIERS:
        return build_criterion(replace(clause, modifier=MODIFIERS[operator]))
    if operator == "po":
        period = read_date(value, now=clause.now)
        return build_dates(clause, (DateTest("ap", period.low, period.high),))
    if parameter_type in ("date", "number", "quantity"):
        return build_criterion(replace(clause, values=(operator + value,)))
    equal = build_criterion(clause)
    if operator != "ne":
        return equal
    return all_of([Tokens((present_element(clause.key),)), Not(equal)])
