"""Converts the days of a service to GTFS's two calendars, in as few rows as possible.

A weekday is in calendar.txt if the service runs on most of its dates between its first and last
day; deviations are exceptions. A less regular service is in calendar_dates.txt only.
https://gtfs.org/documentation/schedule/reference/#calendartxt
"""

from dataclasses import dataclass

import numpy as np

from mobilite.timetable.domain.timetable import Bool

ADDED, REMOVED = 1, 2
_WEEK = 7


@dataclass(frozen=True, slots=True)
class ServiceCalendar:
    """Days are ordinals. `week` is None if the service has exceptions only."""

    week: tuple[bool, ...] | None
    """Monday to Sunday."""
    first: int
    last: int
    exceptions: tuple[tuple[int, int], ...]
    """(day, ADDED or REMOVED), by day."""


def service_calendar(days: Bool, first_day: int) -> ServiceCalendar:
    """The calendars of a service that runs on the true `days` (bool[days] from `first_day`).

    At least one day is true.
    """
    on = np.flatnonzero(days)
    first, last = int(on[0]), int(on[-1])
    span = days[first : last + 1]
    # date.toordinal() 1 is a Monday.
    weekday = (np.arange(first, last + 1) + first_day - 1) % _WEEK
    runs = np.bincount(weekday[span], minlength=_WEEK)
    week = 2 * runs > np.bincount(weekday, minlength=_WEEK)
    wrong = np.flatnonzero(week[weekday] != span)
    only_dates = 1 + len(wrong) >= len(on)
    chosen = on - first if only_dates else wrong
    return ServiceCalendar(
        None if only_dates else tuple(week.tolist()),
        first_day + first,
        first_day + last,
        tuple(
            (first_day + first + day, ADDED if span[day] else REMOVED) for day in chosen.tolist()
        ),
    )
