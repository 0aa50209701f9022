"""The functions of FHIRPath on numbers, dates and quantities, and the conversions between types.

https://hl7.org/fhirpath/N1/#math, https://hl7.org/fhirpath/N1/#conversion
"""

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, Context, Decimal
from typing import Any, Final

from esante.fhirpath.domain.arithmetic import (
    boundary,
    number_node,
    number_of,
    precision,
    quantity_operand,
    rounded,
)
from esante.fhirpath.domain.dates import is_date, is_time
from esante.fhirpath.domain.evaluator import Evaluation, Values, single, truth
from esante.fhirpath.domain.expressions import CannotEvaluate
from esante.fhirpath.domain.nodes import DATES, TEXTS, TIMES, Node, system_node, type_info
from esante.fhirpath.domain.quantities import (
    CALENDAR_UNITS,
    Quantity,
    are_comparable,
    in_unit_of,
    quantity_of,
)
from esante.fhirpath.domain.value_functions import ValueFunction, integer_argument, on_node

_INTEGER: Final = re.compile(r"[+-]?[0-9]{1,18}")
_DECIMAL: Final = re.compile(r"[+-]?[0-9]{1,28}(\.[0-9]{1,28})?")
_QUANTITY: Final = re.compile(
    r"([+-]?[0-9]{1,28}(?:\.[0-9]{1,28})?)(?:\s*'([^'\s]{1,200})'|\s+([a-z]+))?"
)
_TRUTHS: Final[Mapping[str, bool]] = {
    **dict.fromkeys(("true", "t", "yes", "y", "1", "1.0"), True),
    **dict.fromkeys(("false", "f", "no", "n", "0", "0.0"), False),
}
_PRECISE: Final = Context(prec=40)
_RESULT: Final = Context(prec=28)
_MAX_EXPONENT: Final = 1_000


def _rounded_to(rounding: str) -> Callable[[Node, Sequence[Any]], Node]:
    """ceiling(), floor(), truncate()."""

    def function(node: Node, _: Sequence[Any]) -> Node:
        return number_node(int(Decimal(number_of(node)).to_integral_value(rounding)))

    return function


def _abs(node: Node, _: Sequence[Any]) -> Node:
    quantity = quantity_operand(node)
    if quantity is not None:
        value = quantity.value.copy_abs()
        return Node(Quantity(value, quantity.unit, quantity.is_ucum), "System.Quantity")
    number = number_of(node)
    return number_node(number if number >= 0 else -number)


def _round(node: Node, given: Sequence[Any]) -> Node:
    digits = integer_argument(given[0]) if given else 0
    return number_node(rounded(Decimal(number_of(node)), digits))


def _sqrt(node: Node, _: Sequence[Any]) -> Node | None:
    number = Decimal(number_of(node))
    return None if number < 0 else _approximate(_PRECISE.sqrt(number))


def _exp(node: Node, _: Sequence[Any]) -> Node:
    number = Decimal(number_of(node))
    if abs(number) > _MAX_EXPONENT:
        raise CannotEvaluate("Un nombre est trop grand.")
    return _approximate(_PRECISE.exp(number))


def _ln(node: Node, _: Sequence[Any]) -> Node | None:
    number = Decimal(number_of(node))
    return None if number <= 0 else _approximate(_PRECISE.ln(number))


def _log(node: Node, given: Sequence[Any]) -> Node | None:
    number, base = Decimal(number_of(node)), Decimal(number_of(system_node(given[0])))
    if number <= 0 or base <= 0 or base == 1:
        return None
    return _approximate(_PRECISE.divide(_PRECISE.ln(number), _PRECISE.ln(base)))


def _power(node: Node, given: Sequence[Any]) -> Node | None:
    base, exponent = number_of(node), number_of(system_node(given[0]))
    if not -_MAX_EXPONENT <= exponent <= _MAX_EXPONENT:
        raise CannotEvaluate("Un exposant est trop grand.")
    is_integer = exponent == int(exponent)
    if (base < 0 and not is_integer) or (base == 0 and exponent < 0):
        return None
    found = _PRECISE.power(Decimal(base), Decimal(exponent))
    if isinstance(base, int) and is_integer and exponent >= 0:
        # Checked before it is made an integer of thousands of digits.
        return number_node(int(number_node(found).value))
    return _approximate(found)


def _approximate(value: Decimal) -> Node:
    """A number of 28 digits, the last of which can be rounded."""
    return number_node(_RESULT.plus(value))


def _boundary(*, high: bool) -> Callable[[Node, Sequence[Any]], Node | None]:
    return lambda node, given: boundary(
        node, integer_argument(given[0]) if given else None, high=high
    )


def _precision(node: Node, _: Sequence[Any]) -> Node | None:
    digits = precision(node)
    return None if digits is None else number_node(digits)


def _comparable(node: Node, given: Sequence[Any]) -> Node | None:
    one, other = quantity_operand(node), quantity_of(given[0])
    if one is None or other is None:
        raise CannotEvaluate("Une quantité est attendue.")
    return system_node(are_comparable(one, other))


def to_text(node: Node) -> str | None:
    """toString() of one value; None if it has none."""
    value = node.value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, int | Decimal):
        number = number_of(node) if node.type != "decimal" else value
        return format(number, "f") if isinstance(number, Decimal) else str(number)
    if isinstance(value, Quantity):
        return value.written()
    quantity = quantity_of(value) if node.type in ("Quantity", "Age", "Duration") else None
    return None if quantity is None else quantity.written()


def _to_string(ev: Evaluation, values: Values, _: Sequence[Values]) -> Values:
    written = to_text(single(values)) if values else None
    return [] if written is None else [ev.text(written)]


def _to_integer(node: Node, _: Sequence[Any]) -> Node | None:
    value = node.value
    # A decimal is not converted, although it can be integral.
    if isinstance(value, int) and node.type != "decimal":
        return number_node(int(value))
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return number_node(int(value))
    return None


def _to_decimal(node: Node, _: Sequence[Any]) -> Node | None:
    value = node.value
    if isinstance(value, int | Decimal):
        return number_node(Decimal(value))
    if isinstance(value, str) and _DECIMAL.fullmatch(value):
        return number_node(Decimal(value))
    return None


def _to_boolean(node: Node, _: Sequence[Any]) -> Node | None:
    value = node.value
    if isinstance(value, bool):
        return system_node(value)
    if isinstance(value, int | Decimal):
        return system_node(bool(value)) if value in (0, 1) else None
    found = _TRUTHS.get(value.lower()) if isinstance(value, str) else None
    return None if found is None else system_node(found)


def _to_date(node: Node, _: Sequence[Any]) -> Node | None:
    if node.type in DATES or node.type in TEXTS:
        written = str(node.value).partition("T")[0] if node.type in DATES else node.value
        if isinstance(written, str) and len(written) <= len("2020-01-01") and is_date(written):
            return Node(written, "System.Date")
    return None


def _to_date_time(node: Node, _: Sequence[Any]) -> Node | None:
    readable = node.type in DATES or node.type in TEXTS
    if readable and isinstance(node.value, str) and is_date(node.value):
        return Node(node.value, "System.DateTime")
    return None


def _to_time(node: Node, _: Sequence[Any]) -> Node | None:
    readable = node.type in TIMES or node.type in TEXTS
    if readable and isinstance(node.value, str) and is_time(node.value):
        return Node(node.value, "System.Time")
    return None


def _to_quantity(node: Node, given: Sequence[Any]) -> Node | None:
    found = _read_quantity(node)
    if found is None or not given:
        return None if found is None else Node(found, "System.Quantity")
    unit = given[0]
    if not isinstance(unit, str):
        raise CannotEvaluate("Un texte est attendu.")
    value = in_unit_of(found, wanted := Quantity(Decimal(1), CALENDAR_UNITS.get(unit, unit)))
    return None if value is None else Node(Quantity(value, wanted.unit), "System.Quantity")


def _read_quantity(node: Node) -> Quantity | None:
    value = node.value
    if isinstance(value, int | Decimal):
        return Quantity(Decimal(value), "1")
    if isinstance(value, Quantity | dict):
        return quantity_of(value)
    match = _QUANTITY.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    if match[3] is not None:
        calendar = CALENDAR_UNITS.get(match[3])
        return None if calendar is None else Quantity(Decimal(match[1]), calendar)
    return Quantity(Decimal(match[1]), match[2] or "1")


def _converts(function: ValueFunction) -> ValueFunction:
    """convertsToInteger(), …: whether the conversion has a result."""
    return ValueFunction(
        function.least,
        function.most,
        lambda ev, values, given: (
            truth(bool(function.evaluate(ev, values, given))) if values else []
        ),
    )


def _clock(written: Callable[[Any], tuple[str, str]]) -> ValueFunction:
    """now(), today(), timeOfDay(): `written` gives the text and the type of an instant."""

    def evaluate(ev: Evaluation, _: Values, __: Sequence[Values]) -> Values:
        if ev.environment.now is None:
            raise CannotEvaluate("L’heure n’est pas connue ici : now(), today(), timeOfDay().")
        return [Node(*written(ev.environment.now))]

    return ValueFunction(0, 0, evaluate)


_CONVERSIONS: Final[Mapping[str, ValueFunction]] = {
    "String": ValueFunction(0, 0, _to_string),
    "Integer": on_node(0, 0, _to_integer),
    "Decimal": on_node(0, 0, _to_decimal),
    "Boolean": on_node(0, 0, _to_boolean),
    "Date": on_node(0, 0, _to_date),
    "DateTime": on_node(0, 0, _to_date_time),
    "Time": on_node(0, 0, _to_time),
    "Quantity": on_node(0, 1, _to_quantity),
}
NUMBER_FUNCTIONS: Final[Mapping[str, ValueFunction]] = {
    **{f"to{name}": function for name, function in _CONVERSIONS.items()},
    **{f"convertsTo{name}": _converts(function) for name, function in _CONVERSIONS.items()},
    "abs": on_node(0, 0, _abs),
    "ceiling": on_node(0, 0, _rounded_to(ROUND_CEILING)),
    "floor": on_node(0, 0, _rounded_to(ROUND_FLOOR)),
    "truncate": on_node(0, 0, _rounded_to(ROUND_DOWN)),
    "round": on_node(0, 1, _round),
    "sqrt": on_node(0, 0, _sqrt),
    "exp": on_node(0, 0, _exp),
    "ln": on_node(0, 0, _ln),
    "log": on_node(1, 1, _log),
    "power": on_node(1, 1, _power),
    "lowBoundary": on_node(0, 1, _boundary(high=False)),
    "highBoundary": on_node(0, 1, _boundary(high=True)),
    "precision": on_node(0, 0, _precision),
    "comparable": on_node(1, 1, _comparable),
    "type": ValueFunction(0, 0, lambda _, values, __: [type_info(each) for each in values]),
    "now": _clock(lambda now: (now.isoformat(timespec="milliseconds"), "System.DateTime")),
    "today": _clock(lambda now: (now.date().isoformat(), "System.Date")),
    "timeOfDay": _clock(
        lambda now: (f"{now:%H:%M:%S}.{now.microsecond // 1000:03d}", "System.Time")
    ),
}
