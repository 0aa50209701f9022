"""The range of values that a date or a number means, by its precision.

Indexing and queries use the same functions, so that they agree.
https://hl7.org/fhir/R4/search.html#date, #number, #prefix
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from functools import lru_cache
from typing import Any, Final

_DATE: Final = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d)?)?)?)?",
    re.ASCII,
)
_DAY: Final = timedelta(days=1)

Instants = tuple[datetime | None, datetime | None]
"""A range [start, end) of instants; None is an open end."""


def date_range(text: str) -> Instants | None:
    """The range of instants of `2024-03`, `2024-03-07` or `2024-03-07T10:00:00+01:00`.

    Without a time zone it is UTC. None if the text is not a date. An end before year 1 or after
    year 9999 is None (open).
    """
    return _short_date_range(text) if len(text) < 40 else _date_range(text)


def _date_range(text: str) -> Instants | None:
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    try:
        if hour is not None:
            start = datetime(int(year), int(month), int(day), int(hour), int(minute), tzinfo=UTC)
            return _time_range(start, second, fraction, zone)
        start = datetime(int(year), int(month or 1), int(day or 1), tzinfo=UTC)
    except ValueError:
        return None
    return start, _end_of(start, month, day)


_short_date_range = lru_cache(maxsize=20_000)(_date_range)


def _end_of(start: datetime, month: str | None, day: str | None) -> datetime | None:
    try:
        if day is not None:
            return start + _DAY
        if month is not None and start.month < 12:
            return start.replace(month=start.month + 1)
        return start.replace(year=start.year + 1, month=1)
    except (OverflowError, ValueError):
        return None


def _time_range(
    minute: datetime, second: str | None, fraction: str | None, zone: str | None
) -> Instants | None:
    """The range of a time with minutes, seconds or a fraction; at least a microsecond.

    `minute`: the start of the minute, as if in UTC. `fraction`: its digits. `zone`: `Z`, `+01:00`,
    or None for UTC. A leap second (60) counts as the next minute. None for a greater second.
    """
    low = timedelta(seconds=int(second or 0))
    if low > timedelta(seconds=60):
        return None
    length = timedelta(minutes=1) if second is None else timedelta(seconds=1)
    if fraction is not None:
        digits = fraction[:6]
        low += timedelta(microseconds=int(digits.ljust(6, "0")))
        length = timedelta(microseconds=10 ** (6 - len(digits)))
    low -= _offset(zone)
    return _shift(minute, low), _shift(minute, low + length)


def _offset(zone: str | None) -> timedelta:
    if zone is None or zone == "Z":
        return timedelta(0)
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
    return -offset if zone[0] == "-" else offset


def _shift(instant: datetime, by: timedelta) -> datetime | None:
    try:
        return instant + by
    except OverflowError:
        return None


def date_value_range(value: Any) -> Instants | None:
    """The range of a date, dateTime, instant, Period or Timing in JSON; None if it has none.

    The range of a Timing encloses its events and its bounds.
    """
    if isinstance(value, str):
        return date_range(value)
    if not isinstance(value, Mapping):
        return None
    if "start" in value or "end" in value:
        return _period(value)
    repeat = value.get("repeat")
    bounds = repeat.get("boundsPeriod") if isinstance(repeat, Mapping) else None
    ranges = [each for each in map(_text_range, value.get("event") or ()) if each]
    if isinstance(bounds, Mapping) and (limits := _period(bounds)):
        ranges.append(limits)
    return enclosing_range(ranges)


def _text_range(text: Any) -> Instants | None:
    return date_range(text) if isinstance(text, str) else None


def _period(period: Mapping[str, Any]) -> Instants | None:
    start, end = _text_range(period.get("start")), _text_range(period.get("end"))
    if start is None and end is None:
        return None
    return start[0] if start else None, end[1] if end else None


def enclosing_range(ranges: list[Instants]) -> Instants | None:
    """The smallest range that contains all of those; None without any."""
    if not ranges:
        return None
    lows = [low for low, _ in ranges if low is not None]
    highs = [high for _, high in ranges if high is not None]
    return (
        min(lows) if len(lows) == len(ranges) else None,
        max(highs) if len(highs) == len(ranges) else None,
    )


_EXACT: Final = Context(prec=500)
"""With more digits than any parsed number, so that results are exact."""
_MAX_DIGITS: Final = 1000
"""Before or after the decimal point."""


def number_range(number: Decimal | int) -> tuple[Decimal, Decimal] | None:
    """The range of a number by its written digits: 100 is 99.5 to 100.5, 5.40 is 5.395 to 5.405.

    1e2 is 95 to 105, as in the standard. None if it is not finite or has too many digits.
    """
    exact = Decimal(number)
    if not exact.is_finite() or abs(exact.adjusted()) > _MAX_DIGITS:
        return None
    _, digits, exponent = exact.as_tuple()
    assert isinstance(exponent, int)
    if exponent < -_MAX_DIGITS:
        return None
    # The standard reads 1e2 as having two digits; with more than one, the written digits count.
    last = exponent - 1 if exponent > 0 and len(digits) == 1 else exponent
    half = Decimal(5).scaleb(last - 1)
    return _EXACT.subtract(exact, half), _EXACT.add(exact, half)
