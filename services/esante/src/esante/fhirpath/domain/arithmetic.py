"""Arithmetic of FHIRPath on numbers, quantities and dates.

Sums and products are exact, or refused; quotients have 28 digits. Numbers stay below a bound.
https://hl7.org/fhirpath/N1/#math-2, https://hl7.org/fhirpath/N1/#datetime-arithmetic
"""

from collections.abc import Callable, Mapping
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal, Inexact
from typing import Any, Final

from esante.fhirpath.domain.dates import (
    date_boundary,
    date_digits,
    date_plus,
    time_boundary,
    time_digits,
    time_plus,
)
from esante.fhirpath.domain.expressions import CannotEvaluate
from esante.fhirpath.domain.nodes import DATES, TIMES, Node, system_node
from esante.fhirpath.domain.quantities import (
    Quantity,
    duration_of,
    in_unit_of,
    is_finer,
    multiplied,
    quantity_of,
)

MAX_NUMBER: Final = 10**28
"""Numbers stay below it."""
_EXACT: Final = Context(prec=100, traps=[*Context().traps, Inexact])
_DIVISION: Final = Context(prec=28)
_MAX_DIGITS: Final = 31
"""Of a boundary, after the point."""
_DEFAULT_DIGITS: Final = 8


def calculate(left: Node, sign: str, right: Node) -> Node | None:
    """The result of an operator on two values; None for a division by zero.

    Raises CannotEvaluate for other values and for results that are too large.
    """
    if left.type in DATES or left.type in TIMES:
        return _moved(left, sign, right)
    try:
        one, other = quantity_operand(left), quantity_operand(right)
        if one is not None or other is not None:
            return _of_quantities(
                one or Quantity(Decimal(number_of(left)), "1"),
                sign,
                other or Quantity(Decimal(number_of(right)), "1"),
            )
        return _of_numbers(number_of(left), sign, number_of(right))
    except ArithmeticError:
        raise CannotEvaluate("Ce calcul n’est pas fait ici.") from None


def negated(node: Node) -> Node:
    """The opposite of a number or quantity. Raises CannotEvaluate for other values."""
    quantity = quantity_operand(node)
    if quantity is not None:
        opposite = Quantity(quantity.value.copy_negate(), quantity.unit, quantity.is_ucum)
        return Node(opposite, "System.Quantity")
    value = number_of(node)
    return system_node(value.copy_negate() if isinstance(value, Decimal) and value else -value)


def number_of(node: Node) -> int | Decimal:
    """The number of a node. Raises CannotEvaluate for other values, and too large ones."""
    value = node.value
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise CannotEvaluate("Ce n’est pas un nombre.")
    # Also Infinity and NaN, which JSON does not have.
    if not -MAX_NUMBER < value < MAX_NUMBER:
        raise CannotEvaluate("Un nombre est trop grand.")
    if node.type == "decimal":
        return Decimal(value)
    return value


def number_node(value: int | Decimal) -> Node:
    """A calculated number. Raises CannotEvaluate for a too large one."""
    if not -MAX_NUMBER < value < MAX_NUMBER:
        raise CannotEvaluate("Un nombre est trop grand.")
    return system_node(value)


def quantity_operand(node: Node) -> Quantity | None:
    """The quantity of a node; None for a value of another type. Raises CannotEvaluate for one
    without number."""
    if not isinstance(node.value, Quantity | dict):
        return None
    found = quantity_of(node.value)
    if found is None:
        raise CannotEvaluate("Ce n’est pas un nombre.")
    if not -MAX_NUMBER < found.value < MAX_NUMBER:
        raise CannotEvaluate("Un nombre est trop grand.")
    return found


def boundary(node: Node, digits: int | None, *, high: bool) -> Node | None:
    """lowBoundary() and highBoundary(): the least or greatest value that a partial one can be.

    `digits`: after the point of a number, or of a date. None if it has none with so many digits.
    """
    if node.value is None:
        return None
    if node.type in TIMES:
        time = time_boundary(node.value, 9 if digits is None else digits, high=high)
        return None if time is None else Node(time, "System.Time")
    if node.type in DATES:
        timed = node.type not in ("date", "System.Date")
        default = 17 if timed else 8
        date = date_boundary(
            node.value, default if digits is None else digits, high=high, timed=timed
        )
        return None if date is None else Node(date, "System.DateTime" if timed else "System.Date")
    digits = _DEFAULT_DIGITS if digits is None else digits
    if not 0 <= digits <= _MAX_DIGITS:
        return None
    quantity = quantity_operand(node)
    if quantity is not None:
        value = _number_boundary(quantity.value, digits, high=high)
        return Node(Quantity(value, quantity.unit, quantity.is_ucum), "System.Quantity")
    return Node(
        _number_boundary(Decimal(number_of(node)), digits, high=high),
        "System.Decimal" if digits else "System.Integer",
    )


def precision(node: Node) -> int | None:
    """precision(): the digits of a number after the point, or of a date."""
    if node.value is None:
        return None
    if node.type in DATES:
        return date_digits(node.value)
    if node.type in TIMES:
        return time_digits(node.value)
    exponent = Decimal(number_of(node)).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _number_boundary(value: Decimal, digits: int, *, high: bool) -> Decimal:
    exponent = value.as_tuple().exponent
    half = Decimal(5).scaleb(int(exponent) - 1)
    found = _EXACT.add(value, half if high else -half)
    # Away from zero it is rounded, towards zero it is cut, as in the public test suite.
    outward = high == (value >= 0)
    cut = _DIVISION.copy()
    cut.prec = 80
    rounding = ROUND_HALF_UP if outward else "ROUND_DOWN"
    return found.quantize(Decimal(1).scaleb(-digits), rounding, cut)


def _of_numbers(one: int | Decimal, sign: str, other: int | Decimal) -> Node | None:
    left, right = Decimal(one), Decimal(other)
    if sign in ("/", "div", "mod") and right == 0:
        return None
    if sign == "/":
        return number_node(_DIVISION.divide(left, right))
    if sign == "div":
        return number_node(int(_EXACT.divide_int(left, right)))
    operator = _EXACT_OPERATORS.get(sign)
    if operator is None:
        raise CannotEvaluate("Ce calcul n’est pas fait ici.")
    result = operator(left, right)
    is_integer = isinstance(one, int) and isinstance(other, int)
    return number_node(int(result) if is_integer else result)


_EXACT_OPERATORS: Final[Mapping[str, Callable[[Decimal, Decimal], Decimal]]] = {
    "+": _EXACT.add,
    "-": _EXACT.subtract,
    "*": _EXACT.multiply,
    "mod": _EXACT.remainder,
}


def _of_quantities(one: Quantity, sign: str, other: Quantity) -> Node | None:
    if sign in ("*", "/"):
        if sign == "/" and other.value == 0:
            return None
        result = multiplied(one, sign, other)
    elif sign in ("+", "-"):
        # The result has the finer of both units.
        value = in_unit_of(other, one)
        if value is None:
            return None
        result = Quantity(_EXACT_OPERATORS[sign](one.value, value), one.unit, one.is_ucum)
        if one.unit != other.unit and is_finer(other, one):
            left = in_unit_of(one, other)
            if left is not None:
                value = _EXACT_OPERATORS[sign](left, other.value)
                result = Quantity(value, other.unit, other.is_ucum)
    else:
        raise CannotEvaluate("Ce calcul n’est pas fait ici.")
    if not -MAX_NUMBER < result.value < MAX_NUMBER:
        raise CannotEvaluate("Un nombre est trop grand.")
    return Node(result, "System.Quantity")


def _moved(date: Node, sign: str, duration: Node) -> Node | None:
    quantity = quantity_operand(duration)
    if sign not in ("+", "-") or quantity is None:
        raise CannotEvaluate("Une date ne change que d’une durée : jours, mois, heures…")
    if date.value is None:
        return None
    unit = duration_of(quantity)
    count = quantity.value if sign == "+" else -quantity.value
    if abs(count) > 10**13:
        raise CannotEvaluate("Une durée est trop longue.")
    if date.type in TIMES:
        return Node(time_plus(date.value, count, unit), "System.Time")
    moved = date_plus(date.value, count, unit)
    own_type = "System.Date" if date.type in ("date", "System.Date") else "System.DateTime"
    return None if moved is None else Node(moved, own_type)


def rounded(value: Decimal, digits: int) -> Decimal:
    """A number rounded half up. Raises CannotEvaluate for more than 28 digits."""
    if not 0 <= digits <= 28:
        raise CannotEvaluate("Un arrondi a de 0 à 28 chiffres.")
    return value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP, Context(prec=80))


def to_integer(value: Decimal, rounding: str) -> int:
    """A number without its decimals."""
    return int(value.to_integral_value(rounding))


CEILING: Final[Any] = "ROUND_CEILING"
FLOOR: Final[Any] = ROUND_FLOOR
