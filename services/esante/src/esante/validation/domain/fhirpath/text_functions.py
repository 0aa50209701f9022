"""The functions of FHIRPath on texts and numbers; their arguments are evaluated before.

Regular expressions are those of RE2, which takes time linear in the text whatever the pattern is.
https://hl7.org/fhirpath/N1/#string-manipulation
"""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import re2

from esante.validation.domain.fhirpath.evaluator import (
    MAX_TEXT,
    Evaluation,
    Values,
    single,
    truth,
)
from esante.validation.domain.fhirpath.expressions import CannotEvaluate
from esante.validation.domain.fhirpath.nodes import Node

TextFunction = Callable[[Evaluation, Values, Sequence[Values]], Values]
"""(evaluation, the collection it is called on, the values of each argument)."""

_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}")
_DECIMAL: Final = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?")
_PATTERN_MEMORY: Final = 1 << 20
"""Bytes that a compiled regular expression can take."""
_PATTERN_COST: Final = 100
"""Steps of the budget for compiling a regular expression."""


def _pattern(ev: Evaluation, pattern: str) -> Any:
    options = re2.Options()
    options.max_mem, options.log_errors, options.dot_nl = _PATTERN_MEMORY, False, True
    ev.budget.spend(_PATTERN_COST + len(pattern))
    try:
        return re2.compile(pattern, options)
    except re2.error:
        raise CannotEvaluate("Cette expression régulière n’est pas évaluée ici.") from None


def _on_text(count: int, function: Callable[[Evaluation, str, Sequence[Any]], Any]) -> TextFunction:
    """A function of one text with that many arguments at least; empty if one of them is."""

    def call(ev: Evaluation, values: Values, given: Sequence[Values]) -> Values:
        if len(given) < count:
            raise CannotEvaluate("Il manque un paramètre à une fonction.")
        if not values or not all(given):
            return []
        text = single(values).value
        if text is None:
            return []
        if not isinstance(text, str):
            raise CannotEvaluate("Un texte est attendu.")
        ev.budget.spend(1 + len(text) // 50)
        return _result(ev, function(ev, text, [single(each).value for each in given]))

    return call


def _result(ev: Evaluation, value: Any) -> Values:
    if value is None:
        return []
    if isinstance(value, bool):
        return truth(value)
    return [Node(value, "integer")] if isinstance(value, int) else [ev.text(value)]


def _text_of(value: Any) -> str:
    if not isinstance(value, str):
        raise CannotEvaluate("Un texte est attendu.")
    return value


def _substring(_: Evaluation, text: str, given: Sequence[Any]) -> str | None:
    start, length = given[0], given[1] if len(given) > 1 else len(text)
    if any(isinstance(each, bool) or not isinstance(each, int) for each in (start, length)):
        raise CannotEvaluate("Un nombre entier est attendu.")
    return text[start : start + max(0, length)] if 0 <= start < len(text) else None


def _matches(ev: Evaluation, text: str, given: Sequence[Any]) -> bool:
    pattern = _pattern(ev, _text_of(given[0]))
    ev.budget.spend(len(text) // 10)
    return pattern.search(text) is not None


def _replace_matches(ev: Evaluation, text: str, given: Sequence[Any]) -> str:
    pattern, new = _pattern(ev, _text_of(given[0])), _text_of(given[1])
    if "\\" in new or "$" in new:
        raise CannotEvaluate("Un remplacement par des groupes n’est pas fait ici.")
    _bound_growth(text, new)
    ev.budget.spend(len(text) // 10)
    return str(pattern.sub(new, text))


def _replace(ev: Evaluation, text: str, given: Sequence[Any]) -> str:
    new = _text_of(given[1])
    _bound_growth(text, new)
    return text.replace(_text_of(given[0]), new)


def _bound_growth(text: str, new: str) -> None:
    if (len(text) + 1) * (len(new) + 1) > MAX_TEXT * 10:
        raise CannotEvaluate("Un remplacement ferait un texte trop long.")


def _to_string(ev: Evaluation, values: Values, _: Sequence[Values]) -> Values:
    if not values or (value := single(values).value) is None:
        return []
    if isinstance(value, bool):
        return [ev.text("true" if value else "false")]
    if isinstance(value, str | int | Decimal):
        return [ev.text(format(value, "f") if isinstance(value, Decimal) else str(value))]
    return []


def _to_integer(_: Evaluation, values: Values, __: Sequence[Values]) -> Values:
    value = single(values).value if values else None
    if isinstance(value, int):
        return [Node(int(value), "integer")]
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return [Node(int(value), "integer")]
    return []


def _to_decimal(_: Evaluation, values: Values, __: Sequence[Values]) -> Values:
    value = single(values).value if values else None
    if isinstance(value, int | Decimal):
        return [Node(Decimal(value), "decimal")]
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return [Node(Decimal(value), "decimal")]
    return []


def _converts(function: TextFunction) -> TextFunction:
    """convertsToInteger(), …: whether the conversion has a result."""
    return lambda ev, values, given: truth(bool(function(ev, values, given))) if values else []


TEXT_FUNCTIONS: Final[Mapping[str, TextFunction]] = {
    "startsWith": _on_text(1, lambda _, text, given: text.startswith(_text_of(given[0]))),
    "endsWith": _on_text(1, lambda _, text, given: text.endswith(_text_of(given[0]))),
    "contains": _on_text(1, lambda _, text, given: _text_of(given[0]) in text),
    "indexOf": _on_text(1, lambda _, text, given: text.find(_text_of(given[0]))),
    "substring": _on_text(1, _substring),
    "matches": _on_text(1, _matches),
    "replaceMatches": _on_text(2, _replace_matches),
    "replace": _on_text(2, _replace),
    "upper": _on_text(0, lambda _, text, __: text.upper()),
    "lower": _on_text(0, lambda _, text, __: text.lower()),
    "trim": _on_text(0, lambda _, text, __: text.strip()),
    "length": _on_text(0, lambda _, text, __: len(text)),
    "toString": _to_string,
    "toInteger": _to_integer,
    "toDecimal": _to_decimal,
    "convertsToString": _converts(_to_string),
    "convertsToInteger": _converts(_to_integer),
    "convertsToDecimal": _converts(_to_decimal),
}
