"""The query parameters `from` and `to`: service dates, both included."""

from datetime import date
from typing import Annotated, Any

from fastapi import Query
from pydantic import BeforeValidator, WithJsonSchema

_YEARS = range(1991, 2100)


def _date(text: Any) -> date:
    try:
        day = date.fromisoformat(str(text))
    except ValueError:
        day = None
    if day is None or day.year not in _YEARS:
        raise ValueError("une date AAAA-MM-JJ est attendue (2026-11-28)")
    return day


_Date = Annotated[
    date | None, BeforeValidator(_date), WithJsonSchema({"type": "string", "format": "date"})
]
FromDate = Annotated[_Date, Query(alias="from", description="Premier jour de service, AAAA-MM-JJ")]
ToDate = Annotated[
    _Date, Query(alias="to", description="Dernier jour compris ; 400 jours au plus à la fois")
]
