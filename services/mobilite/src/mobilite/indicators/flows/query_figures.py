"""The parameters that all figures share, and the tables that they select."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from mobilite.gtfs.domain.ids import split_global_id
from mobilite.indicators.ports import DailyFigure, DailyTables
from mobilite.passages.domain.passage import SourceName
from socle.errors import Refusal

MOST_DAYS: Final = 400
MOST_DAYS_BY_STOP: Final = 31
"""There are many stops, and each has figures of its own."""
_MOST_ROWS: Final = 200_000
"""What is held of a period before it is added up."""
Add = Callable[[pa.Table], pa.Table]
"""Adds up the rows of a table, to the columns that the figures are of."""
_USUAL_DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class FigureQuery:
    """What figures are of."""

    feed: str | None = None
    route: str | None = None
    """The public id of a route."""
    first: date | None = None
    last: date | None = None
    source: SourceName = "predictions"


@dataclass(frozen=True, slots=True)
class FoundTables:
    """The tables of a query."""

    table: pa.Table
    """Of the source of the query and of the feeds of which nothing is observed, added up; without
    columns if there is nothing."""
    first: date
    last: date
    incomplete: frozenset[date]
    """The dates that are not over."""


def find_tables(
    tables: DailyTables,
    figure: DailyFigure,
    query: FigureQuery,
    add: Add,
    *,
    now: int,
    most_days: int = MOST_DAYS,
) -> FoundTables:
    """The tables of a figure, with the columns `date` and `feed`, added up by `add`. Raises Refusal
    if the parameters are absurd."""
    feed, route = _feed_and_route(query)
    first, last = _period(tables, query, most_days)
    chosen = pc.field("source").isin([query.source, "none"])
    if route is not None:
        chosen &= pc.field("route_id") == route
    found, incomplete = _Added(add), set[date]()
    for day in tables.list_days(first, last, feed):
        table = tables.read(figure, day, now, chosen)
        if not table.num_columns:
            continue
        if not day.complete:
            incomplete.add(day.day)
        rows = len(table)
        found.append(
            table.append_column("date", pa.repeat(day.day, rows)).append_column(
                "feed", pa.repeat(day.feed_id, rows)
            )
        )
    return FoundTables(found.table(), first, last, frozenset(incomplete))


class _Added:
    """Tables that are added up while they are read: a long period has as many rows as its sums."""

    def __init__(self, add: Add) -> None:
        self._add = add
        self._tables: list[pa.Table] = []
        self._rows, self._most = 0, _MOST_ROWS

    def append(self, table: pa.Table) -> None:
        self._tables.append(self._add(table))
        self._rows += len(self._tables[-1])
        if self._rows > self._most:
            added = self.table()
            self._tables, self._rows = [added], len(added)
            self._most = max(_MOST_ROWS, 2 * len(added))

    def table(self) -> pa.Table:
        return self._add(pa.concat_tables(self._tables)) if self._tables else pa.table({})


def _feed_and_route(query: FigureQuery) -> tuple[str | None, str | None]:
    """The feed, and the id of the route in it."""
    if query.route is None:
        return query.feed, None
    parts = split_global_id(query.route)
    if parts is None:
        raise Refusal(
            "invalid", "Le paramètre route attend réseau:ligne, comme tao:A.", parameter="route"
        )
    if query.feed not in (None, parts[0]):
        raise Refusal("invalid", "La ligne n'est pas de ce réseau.", parameter="route")
    return parts


def _period(tables: DailyTables, query: FigureQuery, most_days: int) -> tuple[date, date]:
    """Both dates included; the last week that is known if none is given."""
    last = query.last
    if last is None and query.first is None:
        known = tables.list_days(date.min, date.max, query.feed)
        last = known[-1].day if known else date(2000, 1, 1)
    if last is None:
        assert query.first is not None
        last = query.first + timedelta(days=_USUAL_DAYS - 1)
    first = query.first or last - timedelta(days=_USUAL_DAYS - 1)
    if last < first:
        raise Refusal("invalid", "Le paramètre to est avant from.", parameter="to")
    if (last - first).days >= most_days:
        raise Refusal(
            "invalid",
            f"Au plus {most_days} jours à la fois : rapprochez from et to.",
            parameter="from",
        )
    return first, last
