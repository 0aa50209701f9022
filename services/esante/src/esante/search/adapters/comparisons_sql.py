"""Comparisons with dates and numbers as SQL: what a prefix means of two ranges.

Ranges are [low, high), an end NULL where it is open. https://hl7.org/fhir/R4/search.html#prefix
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, TypeAlias

from esante.search.domain.query.criteria import AmountTest, DateTest

_INSTANT: Final = "timestamptz"
Put: TypeAlias = Callable[[Any, str], str]
"""Takes a value and its SQL type; gives what stands for it in the statement."""


def date_sql(test: DateTest, low: str, high: str, put: Put) -> str:
    """The test on a range kept in two columns, both NULL where there is none."""
    match test.prefix:
        case "eq":
            return f"({_within(test, low, high, put)})"
        case "ne":
            told = f"({low} IS NOT NULL OR {high} IS NOT NULL)"
            return f"({told} AND ({_within(test, low, high, put)}) IS NOT TRUE)"
        case "gt":
            return _ends_later(test, low, high, put)
        case "lt":
            return _begins_earlier(test, low, high, put)
        case "ge":
            later = _ends_later(test, low, high, put)
            return f"({later} OR ({_within(test, low, high, put)}))"
        case "le":
            earlier = _begins_earlier(test, low, high, put)
            return f"({earlier} OR ({_within(test, low, high, put)}))"
        case "sa":
            return "false" if test.high is None else f"{low} >= {put(test.high, _INSTANT)}"
        case "eb":
            return "false" if test.low is None else f"{high} <= {put(test.low, _INSTANT)}"
        case "ap":
            return _overlap(test, low, high, put)


def _within(test: DateTest, low: str, high: str, put: Put) -> str:
    begins = [] if test.low is None else [f"{low} >= {put(test.low, _INSTANT)}"]
    ends = [] if test.high is None else [f"{high} <= {put(test.high, _INSTANT)}"]
    return " AND ".join(begins + ends)


def _ends_later(test: DateTest, low: str, high: str, put: Put) -> str:
    if test.high is None:
        return "false"
    later = f"{high} > {put(test.high, _INSTANT)}"
    return f"({later} OR ({high} IS NULL AND {low} IS NOT NULL))"


def _begins_earlier(test: DateTest, low: str, high: str, put: Put) -> str:
    if test.low is None:
        return "false"
    earlier = f"{low} < {put(test.low, _INSTANT)}"
    return f"({earlier} OR ({low} IS NULL AND {high} IS NOT NULL))"


def _overlap(test: DateTest, low: str, high: str, put: Put) -> str:
    ends = [f"({low} IS NOT NULL OR {high} IS NOT NULL)"]
    if test.high is not None:
        ends.append(f"({low} < {put(test.high, _INSTANT)} OR {low} IS NULL)")
    if test.low is not None:
        ends.append(f"({high} > {put(test.low, _INSTANT)} OR {high} IS NULL)")
    return f"({' AND '.join(ends)})"


def instant_sql(test: DateTest, column: str, put: Put) -> str:
    """The test on an instant, never NULL."""
    match test.prefix:
        case "eq" | "ap":
            return f"({_from(test.low, column, put)} AND NOT {_beyond(test.high, column, put)})"
        case "ne":
            return f"(NOT {_from(test.low, column, put)} OR {_beyond(test.high, column, put)})"
        case "gt" | "sa":
            return _beyond(test.high, column, put)
        case "lt" | "eb":
            return f"NOT {_from(test.low, column, put)}"
        case "ge":
            return _from(test.low, column, put)
        case "le":
            return f"NOT {_beyond(test.high, column, put)}"


def _from(low: datetime | None, column: str, put: Put) -> str:
    return "true" if low is None else f"({column} >= {put(low, _INSTANT)})"


def _beyond(high: datetime | None, column: str, put: Put) -> str:
    return "false" if high is None else f"({column} >= {put(high, _INSTANT)})"


def number_sql(test: AmountTest, column: str, put: Put) -> str:
    """The test on a number. `eq`, `ne` and `ap` count the precision of what is searched, the others
    do not. https://hl7.org/fhir/R4/search.html#number"""
    if test.prefix in ("eq", "ne", "ap"):
        least, most = put(test.low, "numeric"), put(test.high, "numeric")
        if test.prefix == "ne":
            return f"({column} < {least} OR {column} >= {most})"
        return f"({column} >= {least} AND {column} {'<' if test.prefix == 'eq' else '<='} {most})"
    sign = {"gt": ">", "lt": "<", "ge": ">=", "le": "<=", "sa": ">", "eb": "<"}[test.prefix]
    return f"{column} {sign} {put(test.value, 'numeric')}"


def amount_sql(test: AmountTest, row: str, put: Put) -> str:
    """The test on a row of `quantity_value`: on its value where it has one, else (a Range, or less
    than a number) on its range."""
    ranged = _range_sql(test, f"{row}.low", f"{row}.high", put)
    return f"({number_sql(test, f'{row}.value', put)} OR ({row}.value IS NULL AND {ranged}))"


def _range_sql(test: AmountTest, low: str, high: str, put: Put) -> str:
    if test.prefix in ("eq", "ne", "ap"):
        least, most = put(test.low, "numeric"), put(test.high, "numeric")
        within = f"({low} >= {least} AND {high} <= {most})"
        if test.prefix == "ap":
            return f"({low} <= {most} OR {low} IS NULL) AND ({high} >= {least} OR {high} IS NULL)"
        return within if test.prefix == "eq" else f"{within} IS NOT TRUE"
    told = put(test.value, "numeric")
    match test.prefix:
        case "gt":
            return f"({high} > {told} OR {high} IS NULL)"
        case "lt":
            return f"({low} < {told} OR {low} IS NULL)"
        case "ge":
            return f"({high} >= {told} OR {high} IS NULL)"
        case "le":
            return f"({low} <= {told} OR {low} IS NULL)"
        case "sa":
            return f"{low} > {told}"
        case _:
            return f"{high} < {told}"
