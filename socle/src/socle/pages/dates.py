"""Dates on pages and in messages, in French local time and in the reader's language."""

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from socle.pages.languages import Language
from socle.pages.texts import site_texts

_ZONE: Final = ZoneInfo("Europe/Paris")


def day_text(at: date, language: Language | None = None) -> str:
    """A day, or the local day of an aware instant: « 1er mars 2026 », "1 March 2026". `language`:
    None: that of the request."""
    texts, day = site_texts(language), at.astimezone(_ZONE) if isinstance(at, datetime) else at
    number = texts["first_of_month"] if day.day == 1 else day.day
    return f"{number} {texts['months'].split()[day.month - 1]} {day.year}"


def instant_text(at: datetime) -> str:
    """An aware instant: « 2 mars 2026 à 9 h 05 », "2 March 2026 at 9:05"."""
    local = at.astimezone(_ZONE)
    return site_texts()["date_time"].format(
        day=day_text(at), hour=local.hour, minute=f"{local.minute:02}"
    )
