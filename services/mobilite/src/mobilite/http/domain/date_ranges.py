"""A range of dates in a query of figures."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from socle.errors import Refusal

MOST_DAYS: Final = 400
"""The longest range of one query."""


@dataclass(frozen=True, slots=True)
class DateRange:
    """Both dates are included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many dates it has."""
        return (self.last - self.first).days + 1

    def dates(self) -> list[date]:
        """Each date in order."""
        return [self.first + timedelta(days=day) for day in range(self.days)]


def date_range(first: date | None, last: date | None, *, default: DateRange) -> DateRange:
    """The range of the parameters `from` and `to`; one alone takes as many days as `default` has.
    Raises Refusal("invalid") for a range that is empty or too long."""
    more = timedelta(days=default.days - 1)
    if first is None:
        first = default.first if last is None else last - more
    if last is None:
        last = default.last if first == default.first else first + more
    if last < first:
        raise Refusal("invalid", "La période finit avant de commencer.", parameter="to")
    found = DateRange(first, last)
    if found.days > MOST_DAYS:
        raise Refusal(
            "invalid",
            f"Une période de {MOST_DAYS} jours au plus est acceptée : elle en a {found.days}.",
            parameter="from",
        )
    return found
