"""Extractors of number and quantity parameters: numbers, quantities, money and ranges of them.

https://hl7.org/fhir/R4/search.html#number, #quantity
"""

from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeAlias

from esante.core.domain.ucum.conversion import UCUM, Conversion, conversion_of
from esante.search.domain.ranges import number_range
from esante.search.domain.search_extractors.collector import Extractor, IndexCollector
from esante.store.domain.index_keys import dimension_key, present_element, unit_key
from esante.store.domain.index_rows import BASE_UNITS, QuantityRow

_QUANTITIES: Final = frozenset(
    {"Quantity", "Age", "Duration", "Count", "Distance", "SimpleQuantity"}
)
CURRENCIES: Final = "urn:iso:std:iso:4217"
"""The code system of Money.currency."""
_NUMBERS: Final = frozenset({int, Decimal})
_MAX_CACHED_LENGTH: Final = 200
"""Characters of a Quantity that is cached."""

_cached_unit_key = lru_cache(maxsize=5_000)(unit_key)
_cached_dimension_key = lru_cache(maxsize=1_000)(dimension_key)


_Limits: TypeAlias = tuple[Decimal | None, Decimal | None, Decimal | None]
"""Low, high and value, as in Measure."""


class BaseMeasure(NamedTuple):
    """A measured value in base units of UCUM."""

    unit: int
    """The `dimension_key`."""
    low: Decimal | None
    """This and the next fields are as in Measure."""
    high: Decimal | None
    value: Decimal | None


class Measure(NamedTuple):
    """A measured value, which becomes one quantity row for each form of its unit."""

    low: Decimal | None
    """Start of its range; None: open."""
    high: Decimal | None
    """End of its range; None: open."""
    value: Decimal | None
    """None for a Range, or with a comparator."""
    units: tuple[int, ...] = (0,)
    """The key of each form by which its unit is searched; 0: without unit."""
    base: BaseMeasure | None = None
    """In base units; None without a unit of UCUM that is known."""


def _units(system: Any, code: Any, display: Any, *, converted: bool = False) -> tuple[int, ...]:
    """The unit keys of a Quantity: by system and code, by code, and by display (`unit`).

    `converted`: there is a row in base units, which is searched by system and code instead.
    """
    units: list[int] = []
    for name in dict.fromkeys(each for each in (code, display) if isinstance(each, str) and each):
        if isinstance(system, str) and system and name == code and not converted:
            units.append(_unit(system, name))
        units.append(_unit(None, name))
    return tuple(units) or (0,)


def _unit(system: str | None, name: str) -> int:
    short = len(name) + len(system or "") < 120
    return _cached_unit_key(system, name) if short else unit_key(system, name)


def _number(value: Any) -> Measure | None:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return None
    limits = number_range(value)
    return Measure(*limits, Decimal(value)) if limits else None


def _quantity(value: Any) -> Measure | None:
    if not isinstance(value, dict):
        return None
    number = value.get("value")
    names = value.get("system"), value.get("code"), value.get("unit"), value.get("comparator")
    if number.__class__ in _NUMBERS and all(
        each is None or each.__class__ is str for each in names
    ):
        # By its digits: 1.0 and 1.00 are equal, and have two precisions.
        digits = str(number)
        if len(digits) + sum(map(len, filter(None, names))) < _MAX_CACHED_LENGTH:
            return _cached_measure(digits, *names)
    return _measure(number, *names)


def _measure(number: Any, system: Any, code: Any, unit: Any, comparator: Any) -> Measure | None:
    """The measure of a Quantity with those members."""
    measure = _number(number)
    if measure is None:
        return None
    known = conversion_of(code) if system == UCUM and isinstance(code, str) else None
    units = _units(system, code, unit, converted=known is not None)
    limits = _compared(measure, comparator)
    return Measure(*limits, units, None if known is None else _in_base_units(limits, known))


@lru_cache(maxsize=20_000)
def _cached_measure(
    digits: str, system: str | None, code: str | None, unit: str | None, comparator: str | None
) -> Measure | None:
    """As `_measure`, of a number with those digits: results of a laboratory repeat themselves."""
    return _measure(Decimal(digits), system, code, unit, comparator)


def _compared(measure: Measure, comparator: Any) -> _Limits:
    """Low, high and value with a comparator: `< 5` is a range without a value."""
    low, high, number = measure[:3]
    match comparator:
        case "<":
            return None, number, None
        case "<=":
            return None, high, None
        case ">":
            return number, None, None
        case ">=":
            return low, None, None
    return low, high, number


def _in_base_units(limits: _Limits, known: Conversion) -> BaseMeasure:
    low, high, value = limits
    return BaseMeasure(
        _cached_dimension_key(known.dimension),
        None if low is None else known.apply(low),
        None if high is None else known.apply(high),
        None if value is None else known.apply(value),
    )


def _money(value: Any) -> Measure | None:
    measure = _number(value.get("value")) if isinstance(value, dict) else None
    if measure is None:
        return None
    return measure._replace(units=_units(CURRENCIES, value.get("currency"), None))


def _range(value: Any) -> Measure | None:
    if not isinstance(value, dict):
        return None
    low, high = _quantity(value.get("low")), _quantity(value.get("high"))
    if low is None and high is None:
        return None
    units = tuple(dict.fromkeys((*(low.units if low else ()), *(high.units if high else ()))))
    ends = low.low if low else None, high.high if high else None
    return Measure(*ends, None, units, _base_range(low, high))


def _base_range(low: Measure | None, high: Measure | None) -> BaseMeasure | None:
    """A Range in base units; None if one of its ends has none, or they are of two dimensions."""
    bases = [each.base for each in (low, high) if each is not None]
    if None in bases or len({each.unit for each in bases if each}) != 1:
        return None
    start, end = low.base if low else None, high.base if high else None
    unit = next(each.unit for each in bases if each)
    return BaseMeasure(unit, start.low if start else None, end.high if end else None, None)


def measures(value_type: str) -> Callable[[Any], Measure | None] | None:
    """A function that returns the measure of a value of that data type, or None if it is malformed;
    None for other data types (SampledData)."""
    if value_type in _QUANTITIES:
        return _quantity
    return {
        "decimal": _number,
        "integer": _number,
        "positiveInt": _number,
        "unsignedInt": _number,
        "Money": _money,
        "Range": _range,
    }.get(value_type)


def quantity_extractor(code: str, parameter: int, value_type: str) -> Extractor | None:
    """The extractor of the number or quantity parameter `code` for values of that data type; None
    if it is neither. `parameter`: its key."""
    read_measure = measures(value_type)
    if read_measure is None:
        return None
    present, in_base = present_element(parameter), code + BASE_UNITS

    def read(value: Any, collector: IndexCollector) -> None:
        measure = read_measure(value)
        if measure is None:
            return
        collector.tokens.add(present)
        for unit in measure.units:
            low, high, number = measure.low, measure.high, measure.value
            collector.quantities.append(QuantityRow(code, low, high, number, unit, collector.pair))
        if (base := measure.base) is not None:
            row = QuantityRow(in_base, base.low, base.high, base.value, base.unit, collector.pair)
            collector.quantities.append(row)

    return read
