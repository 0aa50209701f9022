"""Dates, times, periods and schedules.

https://hl7.org/fhir/R4/search.html#date
"""

from collections.abc import Callable
from typing import Any, Final

from esante.search.domain.ranges import Instants, date_value_range
from esante.search.domain.search_extractors.collector import Found, Reader
from esante.store.domain.index_keys import present_element
from esante.store.domain.index_rows import DateRow

_DATES: Final = frozenset({"date", "dateTime", "instant", "Period", "Timing"})


def date_values(kind: str) -> Callable[[Any], Instants | None] | None:
    """What gives the range of a value of that type; None for a type that is no date."""
    return date_value_range if kind in _DATES else None


def date_reader(code: str, parameter: int, kind: str, *, is_main: bool) -> Reader | None:
    """Reads values of that type for the date parameter `code`; the type's main date has its own
    place instead of rows."""
    if kind not in _DATES:
        return None
    present = present_element(parameter)

    def read(value: Any, found: Found) -> None:
        limits = date_value_range(value)
        if limits is None:
            return
        found.tokens.add(present)
        if is_main:
            found.main.append(limits)
        else:
            found.dates.append(DateRow(code, *limits, found.pair))

    return read
