"""When a demand-responsive ride can be booked: booking_rules.txt.

    booking_type 0   until it starts
    booking_type 1   until some minutes before it
    booking_type 2   until a time of a day before it

https://gtfs.org/documentation/schedule/reference/#booking_rulestxt
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from mobilite.gtfs.domain.clock_times import parse_time
from mobilite.gtfs.domain.service_date import ServiceDate
from mobilite.timetable.domain.service_dates import ServiceDates

REAL_TIME, SAME_DAY, DAYS_BEFORE = 0, 1, 2
"""The values of booking_type."""
_MINUTE: Final = 60
_MOST_DAYS: Final = 400
"""Calendar days within which the days of a service are counted. A ride that must be booked earlier
is an error of the feed; one that can be booked earlier is taken to open then."""
_MOST_MINUTES: Final = _MOST_DAYS * 24 * 60


@dataclass(frozen=True, slots=True)
class BookingRule:
    """A row that is complete enough to calculate with. Notice is in seconds or in days."""

    type: int
    notice: int = 0
    """Seconds before the ride (type 1)."""
    longest_notice: int | None = None
    """Seconds before the ride from which on it can be booked (type 1)."""
    last_day: int = 0
    """Days before the ride (type 2), with the time of that day in seconds."""
    last_time: int = 0
    start_day: int | None = None
    """Days before the ride from which on it can be booked, likewise."""
    start_time: int = 0
    service: str = ""
    """Only the days of this service count as days; all if empty."""
    message: str = ""
    pickup_message: str = ""
    drop_off_message: str = ""
    phone: str = ""
    info_url: str = ""
    booking_url: str = ""

    @staticmethod
    def of(row: Mapping[str, Any]) -> "BookingRule | None":
        """The rule of a row; None if it does not state until when to book."""
        try:
            return _read(row)
        except ValueError:
            return None

    def closes(self, day: ServiceDate, pick_up: int, zone: ZoneInfo, dates: ServiceDates) -> int:
        """The last instant to book a ride (POSIX seconds, as `pick_up`) of a service day."""
        if self.type != DAYS_BEFORE:
            return pick_up - self.notice
        return self._instant(day, self.last_day, self.last_time, zone, dates)

    def opens(
        self, day: ServiceDate, pick_up: int, zone: ZoneInfo, dates: ServiceDates
    ) -> int | None:
        """The first instant to book a ride; None if the rule has none."""
        if self.start_day is not None:
            return self._instant(day, self.start_day, self.start_time, zone, dates)
        return None if self.longest_notice is None else pick_up - self.longest_notice

    def first_pick_up(
        self, day: ServiceDate, now: int, zone: ZoneInfo, dates: ServiceDates
    ) -> int | None:
        """The first pick-up that can still be booked at `now`, both in POSIX seconds; None if it is
        too late for the service day."""
        if self.type == DAYS_BEFORE:
            return None if self.closes(day, now, zone, dates) < now else 0
        return now + self.notice

    def _instant(
        self, day: ServiceDate, days: int, seconds: int, zone: ZoneInfo, dates: ServiceDates
    ) -> int:
        """A time of the day so many days before."""
        on = day.day - timedelta(days=days)
        if self.service:
            on, counted = day.day, 0
            for _ in range(_MOST_DAYS):
                if counted == days:
                    break
                on -= timedelta(days=1)
                counted += dates.runs_on(self.service, on)
        return int(ServiceDate(on).instant(seconds, zone).timestamp())


def _read(row: Mapping[str, Any]) -> BookingRule:
    """Raises ValueError if the row does not state until when to book."""
    booking_type = _count(row, "booking_type", DAYS_BEFORE)
    rule = BookingRule(
        booking_type,
        message=str(row.get("message", "")),
        pickup_message=str(row.get("pickup_message", "")),
        drop_off_message=str(row.get("drop_off_message", "")),
        phone=str(row.get("phone_number", "")),
        info_url=str(row.get("info_url", "")),
        booking_url=str(row.get("booking_url", "")),
    )
    if booking_type == REAL_TIME:
        return rule
    if "prior_notice_start_day" in row:
        start_day = min(_count(row, "prior_notice_start_day"), _MOST_DAYS)
        rule = replace(rule, start_day=start_day, start_time=_time(row, "prior_notice_start_time"))
    if booking_type == SAME_DAY:
        most = "prior_notice_duration_max"
        longest = min(_count(row, most), _MOST_MINUTES) * _MINUTE if most in row else None
        notice = _count(row, "prior_notice_duration_min", _MOST_MINUTES) * _MINUTE
        return replace(rule, notice=notice, longest_notice=longest)
    return replace(
        rule,
        last_day=_count(row, "prior_notice_last_day", _MOST_DAYS),
        last_time=_time(row, "prior_notice_last_time"),
        service=str(row.get("prior_notice_service_id", "")),
    )


def _count(row: Mapping[str, Any], column: str, most: int | None = None) -> int:
    value = int(row.get(column, ""))
    if value < 0 or (most is not None and value > most):
        raise ValueError(column)
    return value


def _time(row: Mapping[str, Any], column: str) -> int:
    value = parse_time(str(row.get(column, "")))
    if value < 0:
        raise ValueError(column)
    return value
