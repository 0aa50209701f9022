"""Equality and order of FHIRPath values.

https://hl7.org/fhirpath/N1/#equality, https://hl7.org/fhirpath/N1/#comparison
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from esante.validation.domain.fhirpath.expressions import CannotEvaluate
from esante.validation.domain.fhirpath.nodes import Node, Unresolved
from esante.validation.domain.profiles.check_budget import CheckBudget

_DATE: Final = re.compile(
    r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})(?:T([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})?)?)?)?"
)
DATES: Final = frozenset({"date", "dateTime", "instant"})
_INSTANT_LENGTH: Final = 5
"""Number of components of an instant: year, month, day, seconds of the day, microseconds."""


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


def equal(left: Node, right: Node, budget: CheckBudget) -> bool | None:
    """Whether two values are equal; None for dates of different precision that can be."""
    if isinstance(left, Unresolved) or isinstance(right, Unresolved):
        raise CannotEvaluate("Une référence n’est pas suivie ici.")
    if left.type in DATES and right.type in DATES:
        order = _compare_dates(left.value, right.value)
        return None if order is None else order == 0
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
    """`~`: as equality, without case and spaces of texts, and by precision of dates."""
    if isinstance(left.value, str) and isinstance(right.value, str):
        budget.spend((len(left.value) + len(right.value)) // 50 + 1)
        return _folded(left.value) == _folded(right.value)
    return equal(left, right, budget) is True


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def compare(left: Node, right: Node) -> int | None:
    """The order of two values: negative, 0 or positive; None if it is not known.

    Raises CannotEvaluate for values that have no order.
    """
    one, other = left.value, right.value
    if one is None or other is None:
        return None
    if left.type in DATES and right.type in DATES:
        return _compare_dates(one, other)
    if left.type == right.type == "Quantity":
        return _compare_quantities(one, other)
    return _order(one, other)


def _order(one: Any, other: Any) -> int:
    is_text = isinstance(one, str) and isinstance(other, str)
    if not is_text and not (_is_number(one) and _is_number(other)):
        raise CannotEvaluate("Ces valeurs ne se comparent pas.")
    return int(one > other) - int(one < other)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def _compare_quantities(one: Any, other: Any) -> int | None:
    if not isinstance(one, dict) or not isinstance(other, dict):
        raise CannotEvaluate("Ces valeurs ne se comparent pas.")
    if any(one.get(each) != other.get(each) for each in ("system", "code", "unit", "comparator")):
        raise CannotEvaluate("Deux quantités d’unités différentes ne sont pas comparées ici.")
    left, right = one.get("value"), other.get("value")
    if left is None or right is None:
        return None
    return _order(left, right)


def _compare_dates(one: Any, other: Any) -> int | None:
    left, right = _components(one), _components(other)
    if left is None or right is None:
        raise CannotEvaluate("Une date n’est pas lisible.")
    if len(left) == len(right) == _INSTANT_LENGTH and _zoned(one) != _zoned(other):
        return None
    for a, b in zip(left, right, strict=False):
        if a != b:
            return -1 if a < b else 1
    return 0 if len(left) == len(right) else None


def _zoned(written: str) -> bool:
    return written.endswith("Z") or written[-6:-5] in ("+", "-")


def _components(written: Any) -> tuple[int, ...] | None:
    """Year, month, day and time of a date, as far as it has them; an instant in UTC."""
    match = _DATE.fullmatch(written) if isinstance(written, str) else None
    if match is None:
        return None
    if match[4] is None:
        return tuple(int(part) for part in match.groups()[:3] if part is not None)
    try:
        at = datetime.fromisoformat(written.replace("Z", "+00:00"))
        if at.tzinfo is not None:
            at = at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    seconds = at.hour * 3600 + at.minute * 60 + at.second
    return (at.year, at.month, at.day, seconds, at.microsecond)
