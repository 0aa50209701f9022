"""Numbers, dates, lists and names in forms, as people write them in French."""

import re
from collections.abc import Container
from datetime import date, datetime
from itertools import chain, count
from typing import Final
from unicodedata import normalize

from pilotes.french.domain import local_day, start_of_day

_NOT_NAMED: Final = re.compile(r"[^a-z0-9]+")


def number_text(value: float | None) -> str:
    """A number as it is typed: `0,5`; empty for None."""
    return "" if value is None else repr(value).removesuffix(".0").replace(".", ",")


def read_number(text: str) -> str | None:
    """What was typed, for a model to validate: `0,5` as `0.5`; None if nothing was typed."""
    plain = "".join(text.split()).replace(",", ".")
    return plain or None


def percent_text(weight: int) -> str:
    """A weight per 10,000 as a percentage."""
    return number_text(weight / 100)


def read_percent(text: str) -> int | float | str:
    """A percentage as a weight per 10,000, for a model to validate; the text if it is no number."""
    typed = read_number(text) or ""
    try:
        return round(float(typed) * 100, 6)
    except ValueError:
        return typed


def date_text(instant: datetime) -> str:
    """The day of an instant in France, as the browser's field has it."""
    return local_day(instant).isoformat()


def read_date(text: str, former: datetime | None) -> datetime | str:
    """The beginning of a day in France; the text if it is no day. `former`: the instant in force,
    which stays if the day is the same."""
    if former is not None and text == date_text(former):
        return former
    try:
        return start_of_day(date.fromisoformat(text))
    except ValueError:
        return text


def read_lines(text: str) -> list[str]:
    """The lines that are not empty."""
    return [line.strip() for line in text.split("\n") if line.strip()]


def name_for(label: str, *, start: str, taken: Container[str], most: int = 48) -> str:
    """An identifier made of a label: lower-case letters, digits and hyphens. `start`: what it
    begins with if the label does not begin with a letter. `taken`: the others."""
    plain = normalize("NFKD", label).encode("ascii", "ignore").decode().lower()
    name = _NOT_NAMED.sub("-", plain).strip("-")
    if not name[:1].isalpha():
        name = f"{start}-{name}".strip("-")
    # Without as many characters as "-999" has.
    name = name[: most - 4].rstrip("-")
    numbered = (f"{name}-{number}" for number in count(2))
    return next(each for each in chain((name,), numbered) if each not in taken)
