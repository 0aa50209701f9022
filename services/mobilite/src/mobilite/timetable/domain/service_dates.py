"""On which dates a service of a timetable runs, those included that no trip uses."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final

from mobilite.gtfs.domain.service_date import WEEKDAYS, ServiceDate
from mobilite.timetable.domain.timetable import Timetable

_ADDED: Final = "1"
"""The exception_type of a date that is added."""


_CACHED: Final = 1024


class ServiceDates:
    """The services of one feed. The cache changes no result."""

    def __init__(self, timetable: Timetable) -> None:
        self._timetable = timetable
        self._weeks = {row.get("service_id", ""): row for row in timetable.notes.rows("calendar")}
        self._exceptions: dict[str, dict[str, bool]] = defaultdict(dict)
        for row in timetable.notes.rows("calendar_dates"):
            added = str(row.get("exception_type")) == _ADDED
            self._exceptions[row.get("service_id", "")][str(row.get("date", ""))] = added
        self.before = lru_cache(_CACHED)(self._before)
        """The date so many days of a service before a date, at most `longest` dates before it:
        service, date, days, longest."""

    def has(self, service: str) -> bool:
        """Whether there is such a service."""
        known = self._timetable.service_ids.index_of(service) is not None
        return known or service in self._weeks or service in self._exceptions

    def runs_on(self, service: str, day: date) -> bool:
        """Whether a service runs on a date; never if there is no such service."""
        row = self._timetable.service_ids.index_of(service)
        if row is not None:
            return bool(self._timetable.services_on(ServiceDate(day))[row])
        text = str(ServiceDate(day))
        exception = self._exceptions.get(service, {}).get(text)
        return _runs_weekly(self._weeks.get(service), day, text) if exception is None else exception

    def _before(self, service: str, day: date, days: int, longest: int) -> date:
        counted = 0
        for _ in range(longest):
            if counted == days:
                break
            day -= timedelta(days=1)
            counted += self.runs_on(service, day)
        return day


def _runs_weekly(week: Mapping[str, Any] | None, day: date, text: str) -> bool:
    """Whether a row of calendar.txt has the date. `text`: the date as YYYYMMDD."""
    if week is None or not str(week.get("start_date")) <= text <= str(week.get("end_date")):
        return False
    return str(week.get(WEEKDAYS[day.weekday()])) == "1"
