"""The pages of pilotes: the templates and texts in `pilotes/pages`, a folder for each page."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from markupsafe import Markup, escape

from pilotes.identity.domain.codes import format_code
from socle.pages import Pages
from socle.pages.dates import day_text


def make_pages(public: str) -> Pages:
    """The renderer of the pages. `public`: the platform's address in browsers."""
    return Pages("pilotes", "pages", filters=_FILTERS, values={"public": public})


def _lines(text: str) -> str:
    """A text of several lines, escaped."""
    return Markup("<br>\n").join(escape(line) for line in text.split("\n"))


def _typed_day(text: str) -> str:
    """What was typed in a field of days: the day in words, or the text if it is none."""
    try:
        return day_text(date.fromisoformat(text))
    except ValueError:
        return text


_FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "code": format_code,
    "lines": _lines,
    "typed_day": _typed_day,
}
