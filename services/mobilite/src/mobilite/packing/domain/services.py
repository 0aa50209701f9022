"""calendar.txt and calendar_dates.txt: the days on which each service runs, as a boolean matrix.

https://gtfs.org/documentation/schedule/reference/#calendartxt
"""

from dataclasses import dataclass

import numpy as np

from mobilite.gtfs.domain.service_date import WEEKDAYS, ServiceDate
from mobilite.packing.domain.report import Report
from mobilite.packing.domain.tables import Table
from mobilite.timetable.domain.timetable import I32, Bool

ADDED, REMOVED = 1, 2
"""The values of exception_type."""
MAX_CELLS = 64_000_000
"""Services × days beyond which the days are cut: an end date typed as 2999 would give gigabytes."""
CUT_BEFORE, CUT_DAYS = 400, 1830
"""The days retained then: the first is so many days before the median start of the services, the
last so many days after the first."""


@dataclass(frozen=True, slots=True)
class Services:
    """Services by row, and the days on which they run."""

    ids: list[str]
    first_day: int
    """The ordinal (`date.toordinal`) of the first column of `days`."""
    days: Bool
    """[services, days]"""


def pack_services(calendar: Table, dates: Table, report: Report) -> Services:
    """Read both calendars; either can be empty. A service runs on the weekdays of its range and
    on added days, but not on removed ones."""
    starts, ends = _days(calendar, "start_date"), _days(calendar, "end_date")
    wrong = np.asarray((starts < 0) | (ends < 0), dtype=np.bool_)
    report.add_rows("calendar.txt", "wrong_date", wrong, calendar.texts("service_id"))
    calendar, starts, ends = calendar.take(~wrong), starts[~wrong], ends[~wrong]
    on, exception_type = _days(dates, "date"), dates.integers("exception_type", 0)
    report.add_rows("calendar_dates.txt", "wrong_date", on < 0, dates.texts("date"))
    unknown = ~np.isin(exception_type, (ADDED, REMOVED))
    report.add_rows("calendar_dates.txt", "wrong_exception", unknown, dates.texts("service_id"))
    retained = (on >= 0) & ~unknown
    dates, on, exception_type = dates.take(retained), on[retained], exception_type[retained]

    ids = list(dict.fromkeys([*calendar.texts("service_id"), *dates.texts("service_id")]))
    row = {text: i for i, text in enumerate(ids)}
    first, last = _window(starts, ends, on[exception_type == ADDED], len(ids), report)
    days = np.zeros((len(ids), last - first + 1), dtype=np.bool_)
    week = np.stack([calendar.integers(name, 0) == 1 for name in WEEKDAYS], axis=1)
    for i, service in enumerate(calendar.texts("service_id")):
        begin, end = max(int(starts[i]), first), min(int(ends[i]), last)
        # date.toordinal() 1 is a Monday: (ordinal - 1) % 7 is date.weekday().
        run = np.arange(begin, end + 1)
        days[row[service], run - first] |= week[i, (run - 1) % 7]
    for service, day, exception in zip(dates.texts("service_id"), on, exception_type, strict=True):
        if first <= day <= last:
            days[row[service], day - first] = exception == ADDED
    idle = np.asarray(~days.any(axis=1), dtype=np.bool_)
    report.add_rows("calendar.txt", "service_without_date", idle, ids)
    return Services(ids, first, days)


def split_by_zone(
    services: Services, trip_service: I32, trip_zone: I32
) -> tuple[Services, I32, I32]:
    """Give each pair (service, time zone) used by trips its own row.

    `trip_service`, `trip_zone`: int32[trips], rows. Returns the services in use, the zone of each
    (int32[services]), and the new service of each trip (int32[trips]).
    """
    pairs, new = np.unique(np.stack([trip_service, trip_zone]), axis=1, return_inverse=True)
    retained = Services(
        [services.ids[i] for i in pairs[0]], services.first_day, services.days[pairs[0]]
    )
    return retained, pairs[1].astype(np.int32), new.reshape(-1).astype(np.int32)


def _days(table: Table, column: str) -> I32:
    """int32[rows]: the ordinal of each date, -1 if it is none."""
    texts = table.texts(column)
    known: dict[str, int] = {}
    for text in set(texts):
        date = ServiceDate.parse(text.strip())
        known[text] = date.day.toordinal() if date else -1
    return np.fromiter(map(known.__getitem__, texts), np.int32, len(texts))


def _window(starts: I32, ends: I32, added: I32, services: int, report: Report) -> tuple[int, int]:
    """The first and last day (ordinals) of the matrix: all days of the services, cut if they exceed
    MAX_CELLS. (1, 1) if no service has a day."""
    if not len(starts) + len(added):
        return 1, 1
    first = int(min([*starts, *added]))
    last = max(int(max([*ends, *added])), first)
    if (last - first + 1) * services > MAX_CELLS:
        report.add("calendar.txt", "calendar_cut", 1)
        middle = int(np.median(np.concatenate([starts, added])))
        first = max(first, middle - CUT_BEFORE)
        last = min(last, first + CUT_DAYS)
    return first, last
