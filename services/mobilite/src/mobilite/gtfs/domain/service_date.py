"""The service day: the date a timetable counts its seconds from.

A GTFS time is a number of seconds after *noon minus 12 hours* of the service date, local time. On
two nights a year that is not midnight, and a time may exceed 24:00:00.
https://gtfs.org/documentation/schedule/reference/#field-types
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""The columns of calendar.txt, in the order of `date.weekday`."""
_HALF_DAY = timedelta(hours=12)
_NOON = time(12)


@dataclass(frozen=True, slots=True, order=True)
class ServiceDate:
    """One service day, without a zone: the agency's zone turns it into instants."""

    day: date

    @staticmethod
    def parse(text: str) -> "ServiceDate | None":
        """Read GTFS's `YYYYMMDD`; None for anything else."""
        if len(text) != 8 or not (text.isascii() and text.isdigit()):
            return None
        try:
            return ServiceDate(date(int(text[:4]), int(text[4:6]), int(text[6:])))
        except ValueError:
            return None

    @staticmethod
    def of_ordinal(day: int) -> "ServiceDate":
        """The service date of an ordinal (`date.toordinal`)."""
        return ServiceDate(date.fromordinal(day))

    @staticmethod
    def of_instant(instant: datetime, zone: tzinfo) -> "ServiceDate":
        """The service date equal to the local calendar date of an aware instant."""
        return ServiceDate(instant.astimezone(zone).date())

    @staticmethod
    def of_timestamp(instant: int, zone: tzinfo) -> "ServiceDate":
        """The service date equal to the local calendar date of an instant in POSIX seconds."""
        return ServiceDate(datetime.fromtimestamp(instant, zone).date())

    def __str__(self) -> str:
        # Not strftime: on Linux its %Y writes the year 1 as "1".
        return self.day.isoformat().replace("-", "")

    def plus(self, days: int) -> "ServiceDate":
        """The service date that many days later (or earlier)."""
        return ServiceDate(self.day + timedelta(days=days))

    def start(self, zone: tzinfo) -> datetime:
        """Noon minus 12 h, as an aware UTC instant."""
        return datetime.combine(self.day, _NOON, zone).astimezone(UTC) - _HALF_DAY

    def instant(self, seconds: int, zone: tzinfo) -> datetime:
        """The aware UTC instant of a GTFS time (`seconds` may exceed 86,400 or be negative)."""
        return self.start(zone) + timedelta(seconds=seconds)

    def seconds(self, instant: datetime, zone: tzinfo) -> int:
        """The GTFS time, in whole seconds (rounded down), of an aware instant on this date."""
        return (instant - self.start(zone)) // timedelta(seconds=1)
