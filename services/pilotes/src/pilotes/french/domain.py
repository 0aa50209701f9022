"""Numbers and days as people read them in French."""

import re
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

_TIED: Final = re.compile(r"(?<=«) | (?=[»:;?!%])")
_ZONE: Final = ZoneInfo("Europe/Paris")
NARROW: Final = "\u202f"  # before a unit, between thousands
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
    return f"{value:,.{digits}f}".replace(",", NARROW).replace(".", ",").replace("-", "−")


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
    return f"{value}{NARROW}{unit}"
