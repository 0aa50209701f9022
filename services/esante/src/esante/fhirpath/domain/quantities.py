"""Quantities of FHIRPath: a decimal with a unit of UCUM, or a calendar duration.

https://hl7.org/fhirpath/N1/#quantity
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Context, Decimal
from math import floor
from typing import Any, Final

from esante.core.domain.ucum.conversion import UCUM, Conversion, conversion_of
from esante.fhirpath.domain.expressions import CannotEvaluate

_DURATIONS: Final[Mapping[str, str]] = {
    "year": "a",
    "month": "mo",
    "week": "wk",
    "day": "d",
    "hour": "h",
    "minute": "min",
    "second": "s",
    "millisecond": "ms",
}
"""Calendar durations, each with the unit of UCUM that is equivalent to it."""
CALENDAR_UNITS: Final[Mapping[str, str]] = {
    **{name: name for name in _DURATIONS},
    **{f"{name}s": name for name in _DURATIONS},
}
_INEXACT: Final = frozenset({"year", "month"})
"""Calendar durations that have no equal in UCUM: a year of UCUM has 365.25 days."""
_DEFINITE: Final[Mapping[str, str]] = {
    code: name for name, code in _DURATIONS.items() if name not in _INEXACT
}
_CONTEXT: Final = Context(prec=40)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A measure."""

    value: Decimal
    unit: str
    """A code of UCUM, the singular of a calendar duration, or the text of another unit."""
    is_ucum: bool = True
    """Whether `unit` is a code of UCUM or a calendar duration."""

    def written(self) -> str:
        """The literal of FHIRPath: `4 'mg'`, `1 week`."""
        number = format(self.value, "f")
        if self.unit in _DURATIONS:
            # The grammar has the plural and the singular; the suite writes the singular of 1.
            return f"{number} {self.unit}{'' if self.value == 1 else 's'}"
        return f"{number} '{self.unit}'"


def quantity_of(value: Any) -> Quantity | None:
    """The quantity that a value is: a Quantity, or the JSON of one. None if it has no number.

    Raises CannotEvaluate for one with a comparator.
    """
    if isinstance(value, Quantity):
        return value
    number = value.get("value") if isinstance(value, dict) else None
    if isinstance(number, bool) or not isinstance(number, int | Decimal):
        return None
    if "comparator" in value:
        raise CannotEvaluate("Une quantité avec un comparateur n’est pas calculée ici.")
    code = value.get("code")
    if value.get("system") == UCUM and isinstance(code, str):
        return Quantity(Decimal(number), code)
    unit = code if isinstance(code, str) else value.get("unit")
    return Quantity(Decimal(number), unit if isinstance(unit, str) else "", is_ucum=False)


def compare_quantities(one: Quantity, other: Quantity) -> int | None:
    """The order of two quantities; None if their units are not comparable."""
    left, right = one.value, other.value
    if one.unit != other.unit or one.is_ucum != other.is_ucum:
        conversions = _conversions(one, other)
        if conversions is None:
            return None
        left, right = conversions[0].apply(left), conversions[1].apply(right)
    return int(left > right) - int(left < right)


def are_comparable(one: Quantity, other: Quantity) -> bool:
    """Whether two quantities have the same dimension."""
    same = one.unit == other.unit and one.is_ucum == other.is_ucum
    return same or _conversions(one, other) is not None


def quantities_equivalent(one: Quantity, other: Quantity) -> bool:
    """Whether they are equal to the digits of the less precise one, in the larger unit."""
    if one.unit == other.unit and one.is_ucum == other.is_ucum:
        return decimals_equivalent(one.value, other.value)
    conversions = _conversions(one, other, calendar_as_ucum=True)
    if conversions is None:
        return False
    left, right = conversions
    if left.addend or right.addend:
        return left.apply(one.value) == right.apply(other.value)
    ratio = _CONTEXT.divide(
        _CONTEXT.multiply(right.numerator, left.denominator),
        _CONTEXT.multiply(left.numerator, right.denominator),
    )
    if ratio > 1:
        one, other, ratio = other, one, _CONTEXT.divide(Decimal(1), ratio)
    # `other` has the smaller unit: each factor of ten gives its numbers a digit after the point.
    finer = floor(-ratio.log10())
    digits = min(decimal_digits(one.value), decimal_digits(other.value) + finer)
    return _rounded(one.value, digits) == _rounded(_CONTEXT.multiply(other.value, ratio), digits)


def decimals_equivalent(one: Decimal, other: Decimal) -> bool:
    """Whether two numbers are equal, rounded to the digits of the less precise one."""
    digits = min(decimal_digits(one), decimal_digits(other))
    return _rounded(one, digits) == _rounded(other, digits)


def decimal_digits(value: Decimal) -> int:
    """The digits after the point, without zeros at the end; negative for hundreds."""
    exponent = value.normalize(_CONTEXT).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def in_unit_of(one: Quantity, other: Quantity) -> Decimal | None:
    """The value of `one` in the unit of `other`; None if they are not comparable."""
    if one.unit == other.unit and one.is_ucum == other.is_ucum:
        return one.value
    conversions = _conversions(one, other)
    if conversions is None:
        return None
    base, to = conversions[0].apply(one.value), conversions[1]
    scaled = _CONTEXT.subtract(_CONTEXT.multiply(base, to.denominator), to.addend)
    return _CONTEXT.divide(scaled, to.numerator)


def is_finer(one: Quantity, other: Quantity) -> bool:
    """Whether the unit of `one` is smaller than that of `other`, which is comparable."""
    conversions = _conversions(one, other)
    if conversions is None:
        return False
    left, right = conversions
    return left.numerator * right.denominator < right.numerator * left.denominator


def multiplied(one: Quantity, sign: str, other: Quantity) -> Quantity:
    """The product or quotient of two quantities. Raises CannotEvaluate if its unit is too long."""
    left, right = _code(one), _code(other)
    if sign == "/":
        value = _CONTEXT.divide(one.value, other.value)
        unit = left if right == "1" else "1" if left == right else f"{left}/{_grouped(right)}"
    else:
        value = _CONTEXT.multiply(one.value, other.value)
        unit = left if right == "1" else right if left == "1" else f"{left}.{_grouped(right)}"
    if conversion_of(unit) is None:
        raise CannotEvaluate("Ce calcul d’unités n’est pas fait ici.")
    return Quantity(value, unit)


def duration_of(quantity: Quantity) -> str:
    """The calendar unit by which a date is moved. Raises CannotEvaluate for other units."""
    if quantity.is_ucum and quantity.unit in _DURATIONS:
        return quantity.unit
    found = _DEFINITE.get(quantity.unit) if quantity.is_ucum else None
    if found is None:
        raise CannotEvaluate("Une date ne change que d’une durée : jours, mois, heures…")
    return found


def _code(quantity: Quantity) -> str:
    if not quantity.is_ucum or quantity.unit in _INEXACT:
        raise CannotEvaluate("Ce calcul d’unités n’est pas fait ici.")
    return _DURATIONS.get(quantity.unit, quantity.unit)


def _grouped(code: str) -> str:
    return f"({code})" if "." in code or "/" in code else code


def _rounded(value: Decimal, digits: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-digits), context=Context(prec=100))


def _conversions(
    one: Quantity, other: Quantity, *, calendar_as_ucum: bool = False
) -> tuple[Conversion, Conversion] | None:
    if not one.is_ucum or not other.is_ucum:
        return None
    if not calendar_as_ucum and (one.unit in _INEXACT) != (other.unit in _INEXACT):
        return None
    if not calendar_as_ucum and one.unit in _INEXACT:
        return None
    left = conversion_of(_DURATIONS.get(one.unit, one.unit))
    right = conversion_of(_DURATIONS.get(other.unit, other.unit))
    if left is None or right is None or left.dimension != right.dimension:
        return None
    return left, right
