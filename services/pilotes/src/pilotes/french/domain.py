"""Numbers and dates in French typography."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from socle.dates import day_in_words

_ZONE: Final = ZoneInfo("Europe/Paris")
NARROW: Final = "\u202f"
"""The narrow no-break space, before a unit and between thousands."""
_NO_BREAK: Final = "\u00a0"


def local_time(at: datetime) -> datetime:
    """An instant in French local time."""
    return at.astimezone(_ZONE)


def local_day(at: datetime) -> date:
    """The day of an instant in French local time."""
    return local_time(at).date()


def start_of_day(day: date) -> datetime:
    """The instant at which a day begins in French local time."""
    return datetime.combine(day, time(), _ZONE)


def local_span(former: datetime, later: datetime) -> timedelta:
    """The time between two instants on French clocks: the day on which they change has 24 hours."""
    return local_time(later).replace(tzinfo=None) - local_time(former).replace(tzinfo=None)


def days_later(at: datetime, days: int) -> datetime:
    """The instant so many days later, in UTC, at the same time of day on French clocks."""
    return (local_time(at) + timedelta(days=days)).astimezone(UTC)


def format_day(at: date | None) -> str:
    """A day, or the day of an aware instant in French local time: « 3 mars 2026 »; a dash for
    None."""
    if at is None:
        return "—"
    return day_in_words(local_time(at) if isinstance(at, datetime) else at, "fr")


def format_instant(at: datetime) -> str:
    """An instant in French local time: « 2 mars 2026 à 9 h 05 », without a line break in the
    time."""
    local = local_time(at)
    return f"{format_day(at)} à {local.hour}{_NO_BREAK}h{_NO_BREAK}{local.minute:02}"


def format_number(value: float, digits: int = 1) -> str:
    """A number with so many decimals: « 1 234,5 »."""
    # A number that rounds to zero has no sign.
    value = round(value, digits) + 0.0
    return f"{value:,.{digits}f}".replace(",", NARROW).replace(".", ",").replace("-", "−")


def format_count(value: int) -> str:
    """An integer: « 1 234 »."""
    return format_number(value, 0)


def format_short(value: float) -> str:
    """A number with one decimal, or without if it is an integer: « 1 234,5 », « 50 »."""
    return format_number(value, 0 if value == round(value) else 1)


def format_magnitude(value: float) -> str:
    """An extrapolated number, rounded to two significant digits and to an integer: « 970 000 »."""
    size = len(str(int(abs(value))))
    return format_count(int(round(value, min(0, 2 - size))))


def format_with_unit(value: str, unit: str) -> str:
    """A formatted number and its unit, without a line break between them: « 8,01 ko »."""
    return f"{value}{NARROW}{unit}"
