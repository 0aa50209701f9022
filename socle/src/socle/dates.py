"""Days in words, in French and English. The page kit imports this, and so can a domain."""

from collections.abc import Mapping
from datetime import date
from typing import Final, Literal

_MONTHS: Final[Mapping[Literal["fr", "en"], tuple[str, ...]]] = {
    "fr": (
        *("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août"),
        *("septembre", "octobre", "novembre", "décembre"),
    ),
    "en": (
        *("January", "February", "March", "April", "May", "June", "July", "August"),
        *("September", "October", "November", "December"),
    ),
}


def day_in_words(day: date, language: Literal["fr", "en"]) -> str:
    """« 1er mars 2026 », "1 March 2026"."""
    return f"{day_and_month(day, language)} {day.year}"


def day_and_month(day: date, language: Literal["fr", "en"]) -> str:
    """« 1er mars », "1 March"."""
    first = language == "fr" and day.day == 1
    return f"{'1er' if first else day.day} {_MONTHS[language][day.month - 1]}"
