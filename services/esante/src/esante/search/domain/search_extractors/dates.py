"""Extractors of date parameters: dates, times, periods and schedules.

https://hl7.org/fhir/R4/search.html#date
"""

from collections.abc import Callable
from typing import Any, Final

from esante.search.domain.ranges import Instants, date_value_range
from esante.search.domain.search_extractors.collector import Extractor, IndexCollector
from esante.store.domain.index_keys import present_element
from esante.store.domain.index_rows import DateRow

_DATES: Final = frozenset({"date", "dateTime", "instant", "Period", "Timing"})


def date_values(value_type: str) -> Callable[[Any], Instants | None] | None:
    """A function that returns the range of a value of that data type; None if it is not a date."""
    return date_value_range if value_type in _DATES else None


def date_extractor(
    code: str, parameter: int, value_type: str, *, is_main: bool
) -> Extractor | None:
    """The extractor of the date parameter `code` for values of that data type; None if it is not a
    date.

    `parameter`: its key. `is_main`: whether it is the main date, stored in columns, not rows.
    """
    if value_type not in _DATES:
        return None
    present = present_element(parameter)

    def read(value: Any, collector: IndexCollector) -> None:
        limits = date_value_range(value)
        if limits is None:
            return
        collector.tokens.add(present)
        if is_main:
            collector.main.append(limits)
        else:
            collector.dates.append(DateRow(code, *limits, collector.pair))

    return read
