"""Dates, instants and times of day of FHIRPath: partial ones, as they are written.

A date is `2020`, `2020-05`, `2020-05-03`, `2020-05-03T10`, … `2020-05-03T10:20:30.5+02:00`; a time
is `10`, `10:20`, `10:20:30.5`. https://hl7.org/fhirpath/N1/#datetime-comparison
"""

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Final, NamedTuple

from esante.fhirpath.domain.expressions import CannotEvaluate

_CLOCK: Final = r"([0-9]{2})(?::([0-9]{2})(?::([0-9]{2}(?:\.[0-9]{1,9})?))?)?"
_TIME: Final = re.compile(_CLOCK)
_DATE: Final = re.compile(
    rf"([0-9]{{4}})(?:-([0-9]{{2}})(?:-([0-9]{{2}})(?:T{_CLOCK}(Z|[+-][0-9]{{2}}:[0-9]{{2}})?)?)?)?"
)
_UNITS: Final = ("year", "month", "day", "hour", "minute", "second")
# How many of each unit make one of the unit before it; N1 counts 30 days in a month of its own.
_SIZES: Final = (Decimal(12), Decimal(30), Decimal(24), Decimal(60), Decimal(60))
_DATE_DIGITS: Final = (4, 6, 8, 10, 12, 14)
_TIME_DIGITS: Final = (2, 4, 6)
_DIGITS_OF_FRACTION: Final = 3


class Instant(NamedTuple):
    """A date, or a time of day."""

    parts: tuple[Decimal, ...]
    """Year, month, day, hour, minute, second, as far as they are written; or hour, minute, …"""
    zone: str
    """`Z`, `+02:00`, or empty."""


def is_date(written: str) -> bool:
    """Whether a text is a date, with or without time."""
    return _read_date(written) is not None


def is_time(written: str) -> bool:
    """Whether a text is a time of day."""
    return _read_time(written) is not None


def compare_dates(one: str, other: str) -> int | None:
    """The order of two dates: negative, 0 or positive.

    None if they are equal as far as both are precise, or if one of two instants has no time zone.
    Raises CannotEvaluate for texts that are no dates.
    """
    left, right = date_of(one), date_of(other)
    both_timed = len(left.parts) > 3 and len(right.parts) > 3
    if both_timed:
        if bool(left.zone) != bool(right.zone):
            return None
        left, right = _in_utc(left), _in_utc(right)
    return _compare(left, right)


def compare_times(one: str, other: str) -> int | None:
    """The order of two times of day, as `compare_dates`."""
    return _compare(time_of(one), time_of(other))


def date_of(written: object) -> Instant:
    """The date that a text is. Raises CannotEvaluate."""
    found = _read_date(written) if isinstance(written, str) else None
    if found is None:
        raise CannotEvaluate("Une date n’est pas lisible.")
    return found


def time_of(written: object) -> Instant:
    """The time of day that a text is. Raises CannotEvaluate."""
    found = _read_time(written) if isinstance(written, str) else None
    if found is None:
        raise CannotEvaluate("Une heure n’est pas lisible.")
    return found


def date_plus(written: str, count: Decimal, unit: str) -> str | None:
    """A date after a duration, as precise as it was; None past the year 9999 or before 1.

    `unit`: a calendar unit, `week` and `millisecond` among them. Decimals of the count are ignored.
    """
    at = date_of(written)
    level = len(at.parts) - 1
    count, unit = _in_precision(count, unit, level)
    amount = int(count)
    try:
        if unit == "millisecond":
            moved = _plus_seconds(at, Decimal(amount) / 1000)
        elif unit in ("year", "month"):
            moved = _plus_months(at, amount * (12 if unit == "year" else 1))
        else:
            moved = _plus_seconds(at, Decimal(amount) * _seconds_of(unit))
    except (OverflowError, ValueError):
        return None
    return _written_date(Instant(moved, at.zone), _fraction_digits(written))


def time_plus(written: str, count: Decimal, unit: str) -> str:
    """A time of day after a duration, which goes round the clock. Otherwise as `date_plus`."""
    at = time_of(written)
    if unit not in ("hour", "minute", "second", "millisecond"):
        raise CannotEvaluate("Une heure ne change que par heures, minutes et secondes.")
    count, unit = _in_precision(count, unit, len(at.parts) + 2)
    seconds = _seconds_of(unit) if unit != "millisecond" else Decimal("0.001")
    filled = (*at.parts, *(Decimal(0),) * (3 - len(at.parts)))
    total = filled[0] * 3600 + filled[1] * 60 + filled[2] + int(count) * seconds
    total -= (total / 86_400).to_integral_value(ROUND_FLOOR) * 86_400
    minutes, second = divmod(total, 60)
    parts = (*divmod(minutes, 60), second)
    return _written_clock(parts[: len(at.parts)], _fraction_digits(written))


def date_boundary(written: str, digits: int, *, high: bool, timed: bool) -> str | None:
    """The first or last date that a partial one can be, with that many digits.

    None if no date has so many. `timed`: whether it is a dateTime. https://hl7.org/fhirpath/ (STU)
    """
    at = date_of(written)
    allowed = (*_DATE_DIGITS, 17) if timed else _DATE_DIGITS[:3]
    if digits not in allowed:
        return None
    if high and len(at.parts) == 4 and digits > 10:
        # N1 says the last minute of that hour, the public test suite the first.
        raise CannotEvaluate("La borne haute d’une heure sans minutes n’est pas calculée ici.")
    parts = list(at.parts)
    bounds = (1, 12), (1, 31), (0, 23), (0, 59), (0, 59)
    while len(parts) < 6:
        low, last = bounds[len(parts) - 1]
        if len(parts) == 2:
            last = monthrange(int(parts[0]), int(parts[1]))[1]
        parts.append(Decimal(last if high else low))
    count = _DATE_DIGITS.index(min(digits, 14)) + 1
    parts[5] = _filled_second(parts[5], high=high and digits == 17)
    zone = at.zone or ("-12:00" if high else "+14:00")
    if digits <= 8:
        return _written_date(Instant(tuple(parts[:count]), ""), 0)
    return _written_date(
        Instant(tuple(parts[:count]), zone), _DIGITS_OF_FRACTION if digits == 17 else 0
    )


def time_boundary(written: str, digits: int, *, high: bool) -> str | None:
    """The first or last time of day that a partial one can be; as `date_boundary`."""
    if digits not in (*_TIME_DIGITS, 9):
        return None
    parts = list(time_of(written).parts)
    while len(parts) < 3:
        parts.append(Decimal(59 if high else 0))
    parts[2] = _filled_second(parts[2], high=high and digits == 9)
    count = _TIME_DIGITS.index(min(digits, 6)) + 1
    return _written_clock(tuple(parts[:count]), _DIGITS_OF_FRACTION if digits == 9 else 0)


def date_digits(written: str) -> int:
    """The number of digits of a date: 4 for a year, 17 with milliseconds."""
    return _DATE_DIGITS[len(date_of(written).parts) - 1] + _fraction_digits(written)


def time_digits(written: str) -> int:
    """The number of digits of a time of day."""
    return _TIME_DIGITS[len(time_of(written).parts) - 1] + _fraction_digits(written)


def _read_date(written: str) -> Instant | None:
    match = _DATE.fullmatch(written)
    if match is None:
        return None
    parts = tuple(Decimal(part) for part in match.groups()[:6] if part is not None)
    try:
        _start_of_minute(parts)
    except ValueError:
        return None
    if len(parts) == 6 and parts[5] >= 60:
        return None
    return Instant(parts, match[7] or "")


def _read_time(written: str) -> Instant | None:
    match = _TIME.fullmatch(written)
    if match is None:
        return None
    parts = tuple(Decimal(part) for part in match.groups() if part is not None)
    limits = (24, 60, 60)
    fits = all(part < limit for part, limit in zip(parts, limits, strict=False))
    return Instant(parts, "") if fits else None


def _compare(left: Instant, right: Instant) -> int | None:
    for a, b in zip(left.parts, right.parts, strict=False):
        if a != b:
            return -1 if a < b else 1
    return 0 if len(left.parts) == len(right.parts) else None


def _in_utc(at: Instant) -> Instant:
    if at.zone in ("", "Z"):
        return at
    sign = -1 if at.zone[0] == "-" else 1
    offset = sign * (int(at.zone[1:3]) * 60 + int(at.zone[4:6]))
    try:
        return Instant(_plus_seconds(at, Decimal(-offset * 60)), "Z")
    except (OverflowError, ValueError):
        raise CannotEvaluate("Une date n’est pas lisible.") from None


def _in_precision(count: Decimal, unit: str, level: int) -> tuple[Decimal, str]:
    """A duration in the most precise unit that a date of that level has, if its own is finer."""
    if unit == "week":
        count, unit = count * 7, "day"
    if unit == "millisecond":
        if level == len(_UNITS) - 1:
            return count, unit
        count, unit = count / 1000, "second"
    at = _UNITS.index(unit)
    while at > level:
        # 365 days are a year, as N1 counts.
        count = count / 365 if at == 2 and level == 0 else count / _SIZES[at - 1]
        at = 0 if at == 2 and level == 0 else at - 1
    return count, _UNITS[at]


def _seconds_of(unit: str) -> Decimal:
    return {"day": Decimal(86_400), "hour": Decimal(3600), "minute": Decimal(60)}.get(
        unit, Decimal(1)
    )


def _plus_months(at: Instant, months: int) -> tuple[Decimal, ...]:
    month = int(at.parts[0]) * 12 + (int(at.parts[1]) if len(at.parts) > 1 else 1) - 1 + months
    year, month = month // 12, month % 12 + 1
    if not 1 <= year <= 9999:
        raise OverflowError
    moved = [Decimal(year), Decimal(month), *at.parts[2:]][: len(at.parts)]
    if len(moved) > 2:
        moved[2] = min(moved[2], Decimal(monthrange(year, month)[1]))
    return tuple(moved)


def _plus_seconds(at: Instant, seconds: Decimal) -> tuple[Decimal, ...]:
    filled = (*at.parts, *(Decimal(1),) * 2)[:3] if len(at.parts) < 3 else at.parts
    second = (filled[5] if len(filled) > 5 else Decimal(0)) + seconds
    carried = second.to_integral_value(ROUND_FLOOR)
    start = _start_of_minute(filled)
    moved = start + timedelta(seconds=int(carried))
    parts = moved.year, moved.month, moved.day, moved.hour, moved.minute
    return (*map(Decimal, parts), moved.second + second - carried)[: len(at.parts)]


def _start_of_minute(parts: tuple[Decimal, ...]) -> datetime:
    """Raises ValueError for a date that no calendar has."""
    year, month, day, hour, minute, _ = (*map(int, parts), *(1, 1, 1, 0, 0, 0)[len(parts) :])
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def _filled_second(second: Decimal, *, high: bool) -> Decimal:
    """A second with its missing digits of a millisecond, all 9 or all 0."""
    if not high:
        return second
    digits = max(0, -int(second.as_tuple().exponent))
    missing = _DIGITS_OF_FRACTION - digits
    if missing <= 0:
        return second
    return second + Decimal(10**missing - 1).scaleb(-_DIGITS_OF_FRACTION)


def _fraction_digits(written: str) -> int:
    match = re.search(r"\.([0-9]+)", written)
    return len(match[1]) if match else 0


def _written_date(at: Instant, fraction_digits: int) -> str:
    year, *rest = at.parts[:3]
    date = "-".join([f"{int(year):04d}", *(f"{int(part):02d}" for part in rest)])
    if len(at.parts) < 4:
        return date
    return f"{date}T{_written_clock(at.parts[3:], fraction_digits)}{at.zone}"


def _written_clock(parts: tuple[Decimal, ...], fraction_digits: int) -> str:
    written = ":".join(f"{int(part):02d}" for part in parts)
    if len(parts) < 3:
        return written
    fraction = parts[2] % 1
    if fraction and not fraction_digits:
        fraction_digits = _DIGITS_OF_FRACTION
    return written + (f"{fraction:.{fraction_digits}f}"[1:] if fraction_digits else "")
