"""Arithmetic of FHIRPath on numbers, which stay below a bound.

https://hl7.org/fhirpath/N1/#math-2
"""

import operator
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from esante.validation.domain.fhirpath.expressions import CannotEvaluate
from esante.validation.domain.fhirpath.nodes import Node

_MAX_NUMBER: Final = 10**20
ARITHMETIC: Final[Mapping[str, Callable[[Decimal, Decimal], Decimal]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "div": operator.truediv,
    "mod": operator.mod,
}
"""The operators on numbers."""


def calculate(left: Node, sign: str, right: Node) -> Node | None:
    """The result of an operator on two numbers; None for a division by zero.

    Raises CannotEvaluate for other values and for results that are too large.
    """
    one, other = Decimal(_operand(left)), Decimal(_operand(right))
    if sign in ("/", "div", "mod") and other == 0:
        return None
    try:
        number = _number(ARITHMETIC[sign](one, other))
    except ArithmeticError:
        raise CannotEvaluate("Ce calcul n’est pas fait ici.") from None
    return _number(int(number.value)) if sign == "div" else number


def negated(node: Node) -> Node:
    """The opposite of a number. Raises CannotEvaluate for other values."""
    return _number(-_operand(node))


def _operand(node: Node) -> int | Decimal:
    value = node.value
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise CannotEvaluate("Ce n’est pas un nombre.")
    # Also Infinity and NaN, which JSON does not have.
    if not -_MAX_NUMBER < value < _MAX_NUMBER:
        raise CannotEvaluate("Un nombre est trop grand.")
    return value


def _number(value: Any) -> Node:
    if not -_MAX_NUMBER < value < _MAX_NUMBER:
        raise CannotEvaluate("Un nombre est trop grand.")
    if isinstance(value, Decimal) and value == int(value):
        value = int(value)
    return Node(value, "integer" if isinstance(value, int) else "decimal")
