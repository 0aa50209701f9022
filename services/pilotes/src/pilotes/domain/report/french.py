"""Numbers as people read them in French."""

from datetime import datetime
from typing import Final

from pilotes.domain.protocol import Indicator
from pilotes.domain.statistics.levels import Interval

_NARROW: Final = "\u202f"  # before %, between thousands
MONTHS: Final = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip


def day(at: datetime | None) -> str:
    """« 3 mars 2026 »; a dash where there is none."""
    if at is None:
        return "—"
    return f"{'1er' if at.day == 1 else at.day} {MONTHS[at.month - 1]} {at.year}"


def number(value: float, digits: int = 1) -> str:
    """« 1 234,5 »."""
    # What rounds to nothing has no sign.
    value = round(value, digits) + 0.0
    return f"{value:,.{digits}f}".replace(",", _NARROW).replace(".", ",").replace("-", "−")


def count(value: int) -> str:
    """« 1 234 »."""
    return number(value, 0)


def is_share(indicator: Indicator) -> bool:
    """Whether it is told in per cent."""
    return indicator.kind in ("proportion", "retention")


def amount(indicator: Indicator, value: float) -> str:
    """A level: « 42,0 % »."""
    if is_share(indicator):
        return f"{number(100 * value)}{_NARROW}%"
    return number(value, 2)


def gap(indicator: Indicator, value: float) -> str:
    """A difference, with its sign: « +4,2 points »."""
    sign = "+" if value > 0 else ""
    if is_share(indicator):
        return f"{sign}{number(100 * value)} points"
    return f"{sign}{number(value, 2)}"


def level(indicator: Indicator, found: Interval) -> str:
    """« 42,0 % (de 35,1 à 49,2) »."""
    low, high = amount(indicator, found.low), amount(indicator, found.high)
    return f"{amount(indicator, found.estimate)} (de {low} à {high})"
