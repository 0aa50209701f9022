"""Levels and differences of an indicator in French. Those of a binary indicator are shares of 1."""

from pilotes.french.domain import NARROW, format_number, format_with_unit
from pilotes.record.domain.protocol import Indicator
from pilotes.statistics.domain.levels import Interval


def format_level(indicator: Indicator, value: float) -> str:
    """A level: « 42,0 % »."""
    if indicator.binary:
        return format_with_unit(format_number(100 * value), "%")
    return format_number(value, 2)


def format_difference(indicator: Indicator, value: float) -> str:
    """A difference, with its sign: « +4,2 points »."""
    if not indicator.binary:
        return _signed(value, 2)
    # In French, numbers below two take the singular.
    unit = "point" if abs(round(100 * value, 1)) < 2 else "points"
    return f"{_signed(100 * value, 1)} {unit}"


def format_difference_range(indicator: Indicator, low: float, high: float) -> str:
    """The interval of a difference: « de −3,1 à +29,0 points »."""
    if not indicator.binary:
        return f"de {_signed(low, 2)} à {_signed(high, 2)}"
    return f"de {_signed(100 * low, 1)} à {_signed(100 * high, 1)} points"


def _signed(value: float, digits: int) -> str:
    return f"{'+' if round(value, digits) > 0 else ''}{format_number(value, digits)}"


def format_interval(indicator: Indicator, found: Interval) -> str:
    """A level and its interval: « 42,0 % (de 35,1 à 49,2 %) »."""
    low, high = (format_level(indicator, each) for each in (found.low, found.high))
    unit = f"{NARROW}%"
    return f"{format_level(indicator, found.estimate)} (de {low.removesuffix(unit)} à {high})"
