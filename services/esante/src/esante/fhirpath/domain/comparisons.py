"""Equality and order of FHIRPath values.

https://hl7.org/fhirpath/N1/#equality, https://hl7.org/fhirpath/N1/#comparison
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from esante.core.domain.check_budget import CheckBudget
from esante.fhirpath.domain.dates import compare_dates, compare_times
from esante.fhirpath.domain.expressions import CannotEvaluate
from esante.fhirpath.domain.nodes import DATES, TIMES, UNRESOLVED, Node, has_type
from esante.fhirpath.domain.quantities import (
    Quantity,
    compare_quantities,
    decimals_equivalent,
    quantities_equivalent,
    quantity_of,
)


def equal_collections(
    left: Sequence[Node], right: Sequence[Node], budget: CheckBudget
) -> bool | None:
    """`=`: whether both have the same values in the same order; None if that is not known."""
    if len(left) != len(right):
        return False
    answers = [equal(one, other, budget) for one, other in zip(left, right, strict=True)]
    if False in answers:
        return False
    return None if None in answers else True


def equivalent_collections(
    left: Sequence[Node], right: Sequence[Node], budget: CheckBudget
) -> bool:
    """`~`: whether both have equivalent values, in any order."""
    if len(left) != len(right):
        return False
    rest = list(right)
    for each in left:
        at = next((i for i, other in enumerate(rest) if equivalent(each, other, budget)), None)
        if at is None:
            return False
        del rest[at]
    return True


def equal(left: Node, right: Node, budget: CheckBudget) -> bool | None:
    """Whether two values are equal; None for dates of different precision that can be, and for
    quantities whose units cannot be compared."""
    one, other = left.type, right.type
    if one[:1] == UNRESOLVED or other[:1] == UNRESOLVED:
        raise CannotEvaluate("Une référence n’est pas suivie ici.")
    if one in DATES and other in DATES and left.value is not None and right.value is not None:
        order = compare_dates(left.value, right.value)
        return None if order is None else order == 0
    if one == other == "System.Time" or (one in TIMES and other in TIMES and left.value):
        order = compare_times(left.value, right.value)
        return None if order is None else order == 0
    if isinstance(left.value, Quantity) or isinstance(right.value, Quantity):
        return _equal_quantities(left, right)
    if isinstance(left.value, Mapping) and _is_quantity(left) and _is_quantity(right):
        return equal_json(left.value, right.value, budget) or _equal_quantities(left, right)
    return equal_json(left.value, right.value, budget)


def equal_json(left: Any, right: Any, budget: CheckBudget) -> bool:
    """Whether two JSON values are equal; numbers by value, booleans never with numbers."""
    budget.spend(1 + (len(left) // 200 if isinstance(left, str) else 0))
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    if isinstance(left, Mapping):
        return (
            isinstance(right, Mapping)
            and left.keys() == right.keys()
            and all(equal_json(value, right[name], budget) for name, value in left.items())
        )
    if isinstance(left, list):
        return (
            isinstance(right, list)
            and len(left) == len(right)
            and all(equal_json(a, b, budget) for a, b in zip(left, right, strict=True))
        )
    return bool(left == right)


def equivalent(left: Node, right: Node, budget: CheckBudget) -> bool:
    """`~`: as equality, without case and spaces of texts, and to the digits of the less precise
    number."""
    if left.type in DATES or right.type in DATES or left.type in TIMES or right.type in TIMES:
        return equal(left, right, budget) is True
    one, other = _quantity(left), _quantity(right)
    if one is not None and other is not None:
        return quantities_equivalent(one, other)
    return _equivalent_json(left.value, right.value, budget)


def compare(left: Node, right: Node) -> int | None:
    """The order of two values: negative, 0 or positive; None if it is not known.

    Raises CannotEvaluate for values that have no order.
    """
    one, other = left.value, right.value
    if one is None or other is None:
        return None
    if left.type in DATES and right.type in DATES:
        return compare_dates(one, other)
    if left.type in TIMES and right.type in TIMES:
        return compare_times(one, other)
    if isinstance(one, Quantity | dict) or isinstance(other, Quantity | dict):
        first, second = _quantity(left), _quantity(right)
        if first is None or second is None:
            raise CannotEvaluate("Ces valeurs ne se comparent pas.")
        return compare_quantities(first, second)
    return _order(one, other)


def _order(one: Any, other: Any) -> int:
    is_text = isinstance(one, str) and isinstance(other, str)
    if not is_text and not (_is_number(one) and _is_number(other)):
        raise CannotEvaluate("Ces valeurs ne se comparent pas.")
    return int(one > other) - int(one < other)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _is_quantity(node: Node) -> bool:
    return node.type == "Quantity" or has_type(node, "FHIR.Quantity")


def _quantity(node: Node) -> Quantity | None:
    """The quantity that a value is, or that a number is converted to; None for others."""
    if _is_number(node.value):
        return Quantity(Decimal(node.value), "1")
    if isinstance(node.value, Quantity):
        return node.value
    is_json = isinstance(node.value, dict) and _is_quantity(node)
    return quantity_of(node.value) if is_json else None


def _equal_quantities(left: Node, right: Node) -> bool | None:
    one, other = _quantity(left), _quantity(right)
    if one is None or other is None:
        return False
    order = compare_quantities(one, other)
    return None if order is None else order == 0


def _equivalent_json(left: Any, right: Any, budget: CheckBudget) -> bool:
    budget.spend(1)
    if isinstance(left, str) and isinstance(right, str):
        budget.spend((len(left) + len(right)) // 50 + 1)
        return _folded(left) == _folded(right)
    if _is_number(left) and _is_number(right):
        return decimals_equivalent(Decimal(left), Decimal(right))
    if isinstance(left, Mapping):
        return (
            isinstance(right, Mapping)
            and left.keys() == right.keys()
            and all(_equivalent_json(value, right[name], budget) for name, value in left.items())
        )
    if isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        rest = list(right)
        for each in left:
            at = next((i for i, r in enumerate(rest) if _equivalent_json(each, r, budget)), None)
            if at is None:
                return False
            del rest[at]
        return True
    return equal_json(left, right, budget)


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
