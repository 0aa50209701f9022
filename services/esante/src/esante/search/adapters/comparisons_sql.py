"""Comparisons of dates and numbers as SQL, by search prefix.

Ranges are [low, high); NULL is an open end. Each function takes the names of columns, and returns
an SQL condition, which is NULL or false where it is not met. `matcher` has the same comparisons in
memory. https://hl7.org/fhir/R4/search.html#prefix
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final, TypeAlias

from esante.search.domain.query.criteria import AmountTest, DateTest

_INSTANT: Final = "timestamptz"
Bind: TypeAlias = Callable[[Any, str], str]
"""Takes a value and its SQL type; returns its placeholder in the statement."""


def date_sql(test: DateTest, low: str, high: str, bind: Bind) -> str:
    """The test of a date against a range in two columns, which are both NULL without a value."""
    match test.prefix:
        case "eq":
            return f"({_within(test, low, high, bind)})"
        case "ne":
            has_value = f"({low} IS NOT NULL OR {high} IS NOT NULL)"
            return f"({has_value} AND ({_within(test, low, high, bind)}) IS NOT TRUE)"
        case "gt":
            return _ends_later(test, low, high, bind)
        case "lt":
            return _begins_earlier(test, low, high, bind)
        case "ge":
            later = _ends_later(test, low, high, bind)
            return f"({later} OR ({_within(test, low, high, bind)}))"
        case "le":
            earlier = _begins_earlier(test, low, high, bind)
            return f"({earlier} OR ({_within(test, low, high, bind)}))"
        case "sa":
            return "false" if test.high is None else f"{low} >= {bind(test.high, _INSTANT)}"
        case "eb":
            return "false" if test.low is None else f"{high} <= {bind(test.low, _INSTANT)}"
        case "ap":
            return _overlap(test, low, high, bind)


def _within(test: DateTest, low: str, high: str, bind: Bind) -> str:
    begins = [] if test.low is None else [f"{low} >= {bind(test.low, _INSTANT)}"]
    ends = [] if test.high is None else [f"{high} <= {bind(test.high, _INSTANT)}"]
    return " AND ".join(begins + ends)


def _ends_later(test: DateTest, low: str, high: str, bind: Bind) -> str:
    if test.high is None:
        return "false"
    later = f"{high} > {bind(test.high, _INSTANT)}"
    return f"({later} OR ({high} IS NULL AND {low} IS NOT NULL))"


def _begins_earlier(test: DateTest, low: str, high: str, bind: Bind) -> str:
    if test.low is None:
        return "false"
    earlier = f"{low} < {bind(test.low, _INSTANT)}"
    return f"({earlier} OR ({low} IS NULL AND {high} IS NOT NULL))"


def _overlap(test: DateTest, low: str, high: str, bind: Bind) -> str:
    ends = [f"({low} IS NOT NULL OR {high} IS NOT NULL)"]
    if test.high is not None:
        ends.append(f"({low} < {bind(test.high, _INSTANT)} OR {low} IS NULL)")
    if test.low is not None:
        ends.append(f"({high} > {bind(test.low, _INSTANT)} OR {high} IS NULL)")
    return f"({' AND '.join(ends)})"


def instant_sql(test: DateTest, column: str, bind: Bind) -> str:
    """The test of a date against a column with an instant, which is never NULL."""
    match test.prefix:
        case "eq" | "ap":
            return f"({_from(test.low, column, bind)} AND NOT {_beyond(test.high, column, bind)})"
        case "ne":
            return f"(NOT {_from(test.low, column, bind)} OR {_beyond(test.high, column, bind)})"
        case "gt" | "sa":
            return _beyond(test.high, column, bind)
        case "lt" | "eb":
            return f"NOT {_from(test.low, column, bind)}"
        case "ge":
            return _from(test.low, column, bind)
        case "le":
            return f"NOT {_beyond(test.high, column, bind)}"


def _from(low: datetime | None, column: str, bind: Bind) -> str:
    return "true" if low is None else f"({column} >= {bind(low, _INSTANT)})"


def _beyond(high: datetime | None, column: str, bind: Bind) -> str:
    return "false" if high is None else f"({column} >= {bind(high, _INSTANT)})"


def number_sql(test: AmountTest, column: str, bind: Bind) -> str:
    """The test of a number against a column. `eq`, `ne` and `ap` use the precision of the test.
    https://hl7.org/fhir/R4/search.html#number"""
    if test.prefix in ("eq", "ne", "ap"):
        least, most = bind(test.low, "numeric"), bind(test.high, "numeric")
        if test.prefix == "ne":
            return f"({column} < {least} OR {column} >= {most})"
        return f"({column} >= {least} AND {column} {'<' if test.prefix == 'eq' else '<='} {most})"
    sign = {"gt": ">", "lt": "<", "ge": ">=", "le": "<=", "sa": ">", "eb": "<"}[test.prefix]
    return f"{column} {sign} {bind(test.value, 'numeric')}"


def amount_sql(test: AmountTest, row: str, bind: Bind) -> str:
    """The test against a row of `quantity_value`: its value, or its range if it has none.

    `row`: the alias. A Range, or a Quantity with a comparator, has no value.
    """
    ranged = _range_sql(test, f"{row}.low", f"{row}.high", bind)
    return f"({number_sql(test, f'{row}.value', bind)} OR ({row}.value IS NULL AND {ranged}))"


def _range_sql(test: AmountTest, low: str, high: str, bind: Bind) -> str:
    if test.prefix in ("eq", "ne", "ap"):
        least, most = bind(test.low, "numeric"), bind(test.high, "numeric")
        within = f"({low} >= {least} AND {high} <= {most})"
        if test.prefix == "ap":
            return f"({low} <= {most} OR {low} IS NULL) AND ({high} >= {least} OR {high} IS NULL)"
        return within if test.prefix == "eq" else f"{within} IS NOT TRUE"
    value = bind(test.value, "numeric")
    match test.prefix:
        case "gt":
            return f"({high} > {value} OR {high} IS NULL)"
        case "lt":
            return f"({low} < {value} OR {low} IS NULL)"
        case "ge":
            return f"({high} >= {value} OR {high} IS NULL)"
        case "le":
            return f"({low} <= {value} OR {low} IS NULL)"
        case "sa":
            return f"{low} > {value}"
        case _:
            return f"{high} < {value}"


def any_sql(conditions: Iterable[str]) -> str:
    """The disjunction of those conditions; false without any."""
    parts = list(conditions)
    if not parts:
        return "false"
    return parts[0] if len(parts) == 1 else f"({' OR '.join(f'({each})' for each in parts)})"
