"""The calendar of the region: public holidays of France, school holidays of zone B, services.

Known school years come from `data/school_breaks.toml`; those of other years are calculated by the
same rule.
"""

import tomllib
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

from demo.network.model import Operator, Service

_DAY = timedelta(days=1)


def easter(year: int) -> date:
    """Easter Sunday, Gregorian (Meeus, Jones and Butcher)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    weekday = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * weekday) // 451
    month, day = divmod(h + weekday - 7 * m + 114, 31)
    return date(year, month, day + 1)


@cache
def public_holidays(year: int) -> frozenset[date]:
    """The eleven days of the Code du travail, article L3133-1."""
    sunday = easter(year)
    fixed = ((1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25))
    moving = (1, 39, 50)  # Easter Monday, Ascension, Whit Monday
    return frozenset(
        [date(year, month, day) for month, day in fixed]
        + [sunday + timedelta(days=days) for days in moving]
    )


@cache
def school_breaks(autumn: int) -> tuple[tuple[date, date], ...]:
    """The breaks of the school year that begins in September of the year `autumn`: first days, and
    first days after."""
    known = _known_breaks().get(f"{autumn}-{autumn + 1}")
    return tuple(known.values()) if known else calculated_breaks(autumn)


def calculated_breaks(autumn: int) -> tuple[tuple[date, date], ...]:
    """The breaks calculated by the rule: the three zones rotate in winter, and the spring break is
    eight weeks after the winter one."""
    spring_year = autumn + 1
    week = timedelta(days=7)
    winter = _saturday(date(spring_year, 2, 6)) + (spring_year - 2025) % 3 * week
    bridge = easter(spring_year) + timedelta(days=40)  # the day after Ascension
    starts = (_saturday(date(autumn, 10, 17)), _saturday(date(autumn, 12, 17)), winter)
    fortnights = (*starts, winter + 8 * week)
    return (
        *((start, start + 16 * _DAY) for start in fortnights),
        (bridge, bridge + 2 * _DAY),
        (_saturday(date(spring_year, 7, 3)), date(spring_year, 9, 1)),
    )


def in_term(day: date) -> bool:
    """Whether the day is outside the breaks of zone B, weekends included."""
    autumn = day.year if day.month >= 9 else day.year - 1
    return not any(start <= day < end for start, end in school_breaks(autumn))


def runs_on(service: Service, day: date) -> bool:
    """Whether the trips of a service run that day."""
    if (day.month, day.day) in service.off:
        return False
    if day in public_holidays(day.year):
        if service.holidays == "no":
            return False
        if service.holidays == "also" and day.weekday() not in service.weekdays:
            return True
    week = (day.day - 1) // 7 + 1
    if day.weekday() not in service.weekdays or week in service.not_weeks:
        return False
    if service.weeks and week not in service.weeks:
        return False
    return service.school == "any" or (service.school == "term") == in_term(day)


def services_on(operator: Operator, day: date) -> frozenset[str]:
    """The services of an operator that run that day."""
    return frozenset(service.id for service in operator.services if runs_on(service, day))


@cache
def _known_breaks() -> dict[str, dict[str, tuple[date, date]]]:
    text = (files("demo.network") / "data" / "school_breaks.toml").read_text("utf-8")
    return {
        year: {name: (start, end) for name, (start, end) in breaks.items()}
        for year, breaks in tomllib.loads(text).items()
    }


def _saturday(day: date) -> date:
    """The first Saturday from `day` on."""
    return day + (5 - day.weekday()) % 7 * _DAY
