"""The pages of pilotes: the templates and texts in `pilotes/pages`, a folder for each page."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Final

from markupsafe import Markup, escape

from pilotes.french.domain import format_day, format_instant, local_time
from pilotes.identity.domain.codes import format_code
from socle.pages import Pages, page_request

_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def make_pages() -> Pages:
    """The renderer of the pages."""
    return Pages("pilotes", "pages", filters=_FILTERS)


def _day(at: date) -> str:
    """A day, or the day of an instant in French local time: « 3 mars 2026 », "3 March 2026"."""
    if page_request().language == "fr":
        return format_day(at)
    local = local_time(at) if isinstance(at, datetime) else at
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year}"


def _instant(at: datetime) -> str:
    """An instant in French local time: « 2 mars 2026 à 9 h 05 », "2 March 2026 at 9:05"."""
    if page_request().language == "fr":
        return format_instant(at)
    local = local_time(at)
    return f"{_day(local)} at {local.hour}:{local.minute:02}"


def _lines(text: str) -> str:
    """A text of several lines, escaped."""
    return Markup("<br>\n").join(escape(line) for line in text.split("\n"))


_FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "code": format_code,
    "day": _day,
    "instant": _instant,
    "lines": _lines,
}
