"""Conversion of measures to base units, exact until the last digit is rounded.

A unit is a product of base units with a factor: `km/h` is 1000/3600 m.s-1. Arbitrary units and
those of a logarithmic scale are base units of their own: 5 [iU]/mL are 5000 [iU]/L, and no mass.
https://ucum.org/ucum#section-Semantics
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from functools import lru_cache
from math import lcm
from typing import Final

from esante.core.domain.ucum.grammar import (
    MAX_CODE,
    Definition,
    Factor,
    definitions,
    parse_factors,
)

UCUM: Final = "http://unitsofmeasure.org"
"""The code system."""
_OFFSETS: Final[Mapping[str, tuple[Fraction, Fraction]]] = {
    "Cel": (Fraction(1), Fraction("273.15")),
    "[degF]": (Fraction(5, 9), Fraction("459.67") * Fraction(5, 9)),
    "[degRe]": (Fraction(5, 4), Fraction("273.15")),
}
"""(factor, addend) of the temperatures, in kelvins."""
_EXACT: Final = Context(prec=3000)
_ROUNDED: Final = Context(prec=40, rounding=ROUND_HALF_EVEN)
"""Of the results: conversions agree to 40 digits."""
_multiply: Final = _ROUNDED.multiply
_MAX_BITS: Final = 3000
"""Of the numbers in a factor."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """How a measure is converted: (value × numerator + addend) / denominator."""

    dimension: str
    """The base units with their exponents, in one order; measures of the same are comparable."""
    numerator: Decimal
    """Above 0."""
    addend: Decimal
    """Not 0 for a temperature that does not begin at absolute zero."""
    denominator: Decimal
    """Above 0; 1 if the factor is a decimal number, as of nearly every unit."""

    def apply(self, value: Decimal) -> Decimal:
        """The value in base units, rounded once. The order of values is preserved."""
        if self.denominator == 1 and not self.addend:
            return _multiply(value, self.numerator)
        scaled = _EXACT.add(_EXACT.multiply(value, self.numerator), self.addend)
        return _ROUNDED.divide(scaled, self.denominator)


@dataclass(frozen=True, slots=True)
class _Product:
    """A factor, and the exponents of base units."""

    factor: Fraction
    exponents: Mapping[str, int]


def conversion_of(code: str) -> Conversion | None:
    """The conversion of a code of UCUM to base units.

    None if it is none, or combines a temperature scale such as `Cel` with other units.
    """
    return _conversion_of(code) if len(code) <= MAX_CODE else None


@lru_cache(maxsize=2_000)
def _conversion_of(code: str) -> Conversion | None:
    factors = parse_factors(code)
    if factors is None:
        return None
    scale = next((each.unit for each in factors if each.unit in _OFFSETS), None)
    if scale is None:
        product = _product(factors)
        return None if product is None else _conversion(product, Fraction(0))
    if len(factors) > 1 or factors[0].exponent != 1:
        return None
    factor, addend = _OFFSETS[scale]
    return _conversion(_Product(_prefix(factors[0]) * factor, {"K": 1}), addend)


def _conversion(product: _Product, addend: Fraction) -> Conversion:
    exponents = sorted((name, n) for name, n in product.exponents.items() if n)
    dimension = ".".join(f"{name}{n}" for name, n in exponents) or "1"
    common = lcm(product.factor.denominator, addend.denominator)
    numerator, constant = int(product.factor * common), int(addend * common)
    if (places := _decimal_places(common)) is None:
        return Conversion(dimension, Decimal(numerator), Decimal(constant), Decimal(common))
    scale = 10**places // common
    return Conversion(
        dimension,
        _EXACT.scaleb(Decimal(numerator * scale), -places),
        _EXACT.scaleb(Decimal(constant * scale), -places),
        Decimal(1),
    )


def _decimal_places(denominator: int) -> int | None:
    """The digits after the point of 1/denominator; None if they do not end."""
    twos, rest = 0, denominator
    while rest % 2 == 0:
        twos, rest = twos + 1, rest // 2
    fives = 0
    while rest % 5 == 0:
        fives, rest = fives + 1, rest // 5
    return max(twos, fives) if rest == 1 else None


def _product(factors: tuple[Factor, ...]) -> _Product | None:
    """The product of those factors; None if its numbers are too long."""
    total, exponents = Fraction(1), dict[str, int]()
    for each in factors:
        inner = _product_of_unit(each.unit)
        if inner is None:
            return None
        base = inner.factor * _prefix(each) * each.number
        if abs(each.exponent) * _bits(base) > _MAX_BITS:
            return None
        total *= base**each.exponent
        if _bits(total) > _MAX_BITS:
            return None
        for name, exponent in inner.exponents.items():
            exponents[name] = exponents.get(name, 0) + exponent * each.exponent
    return _Product(total, exponents)


@lru_cache(maxsize=500)
def _product_of_unit(code: str) -> _Product | None:
    """The definition of one unit in base units. Code "": the number 1."""
    if not code:
        return _Product(Fraction(1), {})
    defined: Definition = definitions()[0][code]
    if defined.section in ("base", "special") or (
        defined.section == "arbitrary" and defined.unit == "1"
    ):
        return _Product(Fraction(1), {code: 1})
    inner = _product(parse_factors(defined.unit) or ())
    return (
        None if inner is None else _Product(inner.factor * Fraction(defined.value), inner.exponents)
    )


def _prefix(factor: Factor) -> Fraction:
    return Fraction(definitions()[1][factor.prefix]) if factor.prefix else Fraction(1)


def _bits(number: Fraction) -> int:
    return max(number.numerator.bit_length(), number.denominator.bit_length())
