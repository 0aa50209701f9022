"""Converts the days of a service to GTFS's two calendars, in as few rows as possible.

A weekday is in calendar.txt if the service runs on most of its dates between its first and last
day; deviations are exceptions. A less regular service is in calendar_dates.txt only.
https://gtfs.org/documentation/schedule/reference/#calendartxt
"""

from dataclasses import dataclass

import numpy as np

from mobilite.timetable.domain.timetable import Bool

ADDED, REMOVED = 1, 2
"""The values of exception_type."""
_WEEK = 7


@dataclass(frozen=True, slots=True)
class ServiceCalendar:
    """The rows of one service in calendar.txt and calendar_dates.txt. Days are ordinals
    (`date.toordinal`)."""

    week: tuple[bool, ...] | None
    """Monday to Sunday; None if the service is in calendar_dates.txt only."""
    first: int
    """The first day of service."""
    last: int
    """The last day of service."""
    exceptions: tuple[tuple[int, int], ...]
    """(day, ADDED or REMOVED), by day."""


def service_calendar(days: Bool, first_day: int) -> ServiceCalendar:
    """The calendars of a service.

    `days`: bool[days], on which days it runs; at least one is true. `first_day`: the ordinal of
    `days[0]`.
    """
    on = np.flatnonzero(days)
    first, last = int(on[0]), int(on[-1])
    span = days[first : last + 1]
    # date.toordinal() 1 is a Monday.
    weekday = (np.arange(first, last + 1) + first_day - 1) % _WEEK
    runs = np.bincount(weekday[span], minlength=_WEEK)
    week = 2 * runs > np.bincount(weekday, minlength=_WEEK)
    deviating = np.flatnonzero(week[weekday] != span)
    # The variant with fewer rows: one of calendar.txt and the deviations, or all days.
    only_dates = 1 + len(deviating) >= len(on)
    exceptions = on - first if only_dates else deviating
    return ServiceCalendar(
        None if only_dates else tuple(week.tolist()),
        first_day + first,
        first_day + last,
        tuple(
            (first_day + first + day, ADDED if span[day] else REMOVED)
            for day in exceptions.tolist()
        ),
    )
