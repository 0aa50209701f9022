"""Numbers and days as people read them in French."""

import re
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from pilotes.domain.protocol import Indicator
from pilotes.domain.statistics.levels import Interval

_TIED: Final = re.compile(r"(?<=«) | (?=[»:;?!%])")
_ZONE: Final = ZoneInfo("Europe/Paris")
_NARROW: Final = "\u202f"  # before a unit, between thousands
MONTHS: Final = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip


def tied(said: str) -> str:
    """The same, of which no line begins with a mark that belongs to the word before it."""
    return _TIED.sub("\u00a0", said)


def day(at: date | None) -> str:
    """« 3 mars 2026 », of an instant where people live; a dash where there is none."""
    if at is None:
        return "—"
    local = at.astimezone(_ZONE) if isinstance(at, datetime) else at
    return f"{'1er' if local.day == 1 else local.day} {MONTHS[local.month - 1]} {local.year}"


def moment(at: datetime) -> str:
    """« 2 mars 2026 à 9 h 05 »."""
    local = at.astimezone(_ZONE)
    return f"{day(at)} à {local.hour} h {local.minute:02}"


def number(value: float, digits: int = 1) -> str:
    """« 1 234,5 »."""
    # What rounds to nothing has no sign.
    value = round(value, digits) + 0.0
    return f"{value:,.{digits}f}".replace(",", _NARROW).replace(".", ",").replace("-", "−")


def count(value: int) -> str:
    """« 1 234 »."""
    return number(value, 0)


def brief(value: float) -> str:
    """« 1 234,5 », without decimals where they say nothing: « 50 »."""
    return number(value, 0 if value == round(value) else 1)


def about(value: float) -> str:
    """The order of magnitude, for what is only extrapolated: « 970 000 »."""
    size = len(str(int(abs(value))))
    return count(int(round(value, min(0, 2 - size))))


def measured(value: str, unit: str) -> str:
    """« 8,01 ko »: a number and its unit stay on one line."""
    return f"{value}{_NARROW}{unit}"


def amount(indicator: Indicator, value: float) -> str:
    """A level: « 42,0 % »."""
    if indicator.binary:
        return measured(number(100 * value), "%")
    return number(value, 2)


def gap(indicator: Indicator, value: float) -> str:
    """A difference, with its sign: « +4,2 points »."""
    if not indicator.binary:
        return _signed(value, 2)
    # In French what is below two is singular.
    unit = "point" if abs(round(100 * value, 1)) < 2 else "points"
    return f"{_signed(100 * value, 1)} {unit}"


def gap_range(indicator: Indicator, low: float, high: float) -> str:
    """Where a difference lies: « de −3,1 à +29,0 points »."""
    if not indicator.binary:
        return f"de {_signed(low, 2)} à {_signed(high, 2)}"
    return f"de {_signed(100 * low, 1)} à {_signed(100 * high, 1)} points"


def _signed(value: float, digits: int) -> str:
    return f"{'+' if round(value, digits) > 0 else ''}{number(value, digits)}"


def level(indicator: Indicator, found: Interval) -> str:
    """« 42,0 % (de 35,1 à 49,2 %) »."""
    low, high = (amount(indicator, each) for each in (found.low, found.high))
    unit = f"{_NARROW}%"
    return f"{amount(indicator, found.estimate)} (de {low.removesuffix(unit)} à {high})"
