"""The parameters that all figures share, and the tables that they select."""

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
    """With the columns `date` and `feed_id`, of the source of the query and of the feeds of which
    nothing is observed."""
    first: date
    last: date
    incomplete: frozenset[date]
    """The dates that are not over."""


def find_tables(
    tables: DailyTables,
    figure: DailyFigure,
    query: FigureQuery,
    *,
    now: int,
    most_days: int = MOST_DAYS,
) -> FoundTables:
    """The tables of a figure. Raises Refusal if the parameters are absurd."""
    feed, route = _feed_and_route(query)
    first, last = _period(tables, query, most_days)
    found, incomplete = list[pa.Table](), set[date]()
    for day in tables.list_days(first, last, feed):
        table = tables.read(figure, day, now)
        if not table.num_columns:
            continue
        if not day.complete:
            incomplete.add(day.day)
        chosen = pc.is_in(table["source"], pa.array([query.source, "none"]))
        if route is not None:
            chosen = pc.and_(chosen, pc.equal(table["route_id"], route))
        table = table.filter(chosen)
        rows = len(table)
        found.append(
            table.append_column("date", pa.repeat(day.day, rows)).append_column(
                "feed", pa.repeat(day.feed_id, rows)
            )
        )
    table = pa.concat_tables(found) if found else pa.table({})
    return FoundTables(table, first, last, frozenset(incomplete))


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
