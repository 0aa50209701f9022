"""Punctuality and cancellations of a period, by route, stop, hour or day."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from mobilite.gtfs.domain.ids import FeedId, GlobalId, global_id
from mobilite.indicators.domain.punctuality import (
    OnTime,
    Punctuality,
    add_counts,
    punctuality_by,
)
from mobilite.indicators.domain.punctuality_day import (
    PASSAGE_COLUMNS,
    PUNCTUALITY_SCHEMA,
    punctuality_day,
)
from mobilite.indicators.flows.query_figures import (
    MOST_DAYS,
    MOST_DAYS_BY_STOP,
    FigureQuery,
    find_tables,
)
from mobilite.indicators.ports import DailyFigure, DailyTables

Grouping = Literal["route", "stop", "hour", "day"]
PUNCTUALITY: Final = DailyFigure(
    "punctuality", PUNCTUALITY_SCHEMA, PASSAGE_COLUMNS, punctuality_day
)
PUNCTUALITY_BY_STOP: Final = DailyFigure(
    "punctuality_by_stop",
    PUNCTUALITY_SCHEMA,
    PASSAGE_COLUMNS,
    lambda passages, zone, day: punctuality_day(passages, zone, day, "stop"),
)
_KEYS: Final[dict[Grouping, tuple[str, ...]]] = {
    "route": ("feed", "route_id"),
    "stop": ("feed", "part"),
    "hour": ("part",),
    "day": ("date",),
}


@dataclass(frozen=True, slots=True)
class PunctualityRow:
    """The figures of one route, stop, hour or day."""

    figures: Punctuality
    complete: bool
    """Whether all dates are over."""
    route: GlobalId | None = None
    stop: GlobalId | None = None
    hour: int | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class PunctualityList:
    """The rows of an answer, and the period they are of."""

    rows: list[PunctualityRow]
    first: date
    last: date
    complete: bool


def list_punctuality(
    tables: DailyTables, query: FigureQuery, by: Grouping, rule: OnTime, *, now: int
) -> PunctualityList:
    """The figures of each route, stop, hour or day of which something is planned. Raises Refusal
    if the parameters are absurd."""
    keys = _KEYS[by]
    found = find_tables(
        tables,
        PUNCTUALITY_BY_STOP if by == "stop" else PUNCTUALITY,
        query,
        lambda table: add_counts(table, keys),
        now=now,
        most_days=MOST_DAYS_BY_STOP if by == "stop" else MOST_DAYS,
    )
    complete = not found.incomplete
    groups = punctuality_by(found.table, keys, rule) if len(found.table) else []
    rows = [
        PunctualityRow(
            figures,
            complete if by != "day" else key[0] not in found.incomplete,
            **_labels(by, key),
        )
        for key, figures in groups
    ]
    if by == "hour":
        rows.sort(key=lambda row: row.hour or 0)
    return PunctualityList(rows, found.first, found.last, complete)


def _labels(by: Grouping, key: tuple[Any, ...]) -> dict[str, Any]:
    match by:
        case "hour":
            return {"hour": int(key[0])}
        case "day":
            return {"day": key[0]}
        case _:
            return {by: global_id(FeedId(key[0]), key[1])}
