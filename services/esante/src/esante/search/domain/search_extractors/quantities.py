"""Numbers, quantities, money and ranges of them.

https://hl7.org/fhir/R4/search.html#number, #quantity
"""

from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, NamedTuple

from esante.search.domain.ranges import number_range
from esante.search.domain.search_extractors.collector import Found, Reader
from esante.store.domain.index_keys import present_element, unit_key
from esante.store.domain.index_rows import QuantityRow

_QUANTITIES: Final = frozenset(
    {"Quantity", "Age", "Duration", "Count", "Distance", "SimpleQuantity"}
)
CURRENCIES: Final = "urn:iso:std:iso:4217"  # of Money.currency

_unit_again = lru_cache(maxsize=5_000)(unit_key)


class Measure(NamedTuple):
    """A value of a row; `units`: the keys of each unit form it answers to, 0 where it has none."""

    low: Decimal | None
    high: Decimal | None
    value: Decimal | None
    units: tuple[int, ...] = (0,)


def _units(system: Any, code: Any, printed: Any) -> tuple[int, ...]:
    told: list[int] = []
    for name in dict.fromkeys(each for each in (code, printed) if isinstance(each, str) and each):
        if isinstance(system, str) and system and name == code:
            told.append(_unit(system, name))
        told.append(_unit(None, name))
    return tuple(told) or (0,)


def _unit(system: str | None, name: str) -> int:
    short = len(name) + len(system or "") < 120
    return _unit_again(system, name) if short else unit_key(system, name)


def _number(value: Any) -> Measure | None:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return None
    limits = number_range(value)
    return Measure(*limits, Decimal(value)) if limits else None


def _quantity(value: Any) -> Measure | None:
    measure = _number(value.get("value")) if isinstance(value, dict) else None
    if measure is None:
        return None
    units = _units(value.get("system"), value.get("code"), value.get("unit"))
    low, high, number, _ = measure
    # "< 5": everything below, without being 5 itself.
    match value.get("comparator"):
        case "<":
            return Measure(None, number, None, units)
        case "<=":
            return Measure(None, high, None, units)
        case ">":
            return Measure(number, None, None, units)
        case ">=":
            return Measure(low, None, None, units)
    return Measure(low, high, number, units)


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
    return Measure(low.low if low else None, high.high if high else None, None, units)


def measures(kind: str) -> Callable[[Any], Measure | None] | None:
    """What gives the measure of a value of that type; None for one that has none (SampledData)."""
    if kind in _QUANTITIES:
        return _quantity
    return {
        "decimal": _number,
        "integer": _number,
        "positiveInt": _number,
        "unsignedInt": _number,
        "Money": _money,
        "Range": _range,
    }.get(kind)


def quantity_reader(code: str, parameter: int, kind: str) -> Reader | None:
    """Reads values of that type for the number or quantity parameter `code`."""
    read_measure = measures(kind)
    if read_measure is None:
        return None
    present = present_element(parameter)

    def read(value: Any, found: Found) -> None:
        measure = read_measure(value)
        if measure is None:
            return
        found.tokens.add(present)
        for unit in measure.units:
            low, high, number = measure.low, measure.high, measure.value
            found.quantities.append(QuantityRow(code, low, high, number, unit, found.pair))

    return read
