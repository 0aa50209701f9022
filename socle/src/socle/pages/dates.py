"""Dates on pages, in French local time and in the language of the request."""

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from socle.dates import day_in_words
from socle.pages.page_request import page_request
from socle.pages.texts import site_texts

_ZONE: Final = ZoneInfo("Europe/Paris")


def day_text(at: date) -> str:
    """A day, or the local day of an aware instant: « 1er mars 2026 », "1 March 2026"."""
    day = at.astimezone(_ZONE) if isinstance(at, datetime) else at
    return day_in_words(day, page_request().language)


def instant_text(at: datetime) -> str:
    """An aware instant: « 2 mars 2026 à 9 h 05 », "2 March 2026 at 9:05"."""
    local = at.astimezone(_ZONE)
    return site_texts()["date_time"].format(
        day=day_text(at), hour=local.hour, minute=f"{local.minute:02}"
    )
