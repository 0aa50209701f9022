"""The regularity of frequent lines in a period."""

from typing import Final, NamedTuple

from mobilite.indicators.domain.regularity import GapSums
from mobilite.indicators.domain.regularity_day import (
    PASSAGE_COLUMNS,
    REGULARITY_SCHEMA,
    regularity_day,
)
from mobilite.indicators.domain.summed_rows import Dimension, add_gaps, regularity_rows
from mobilite.indicators.flows.query_figures import (
    MOST_DAYS,
    MOST_DAYS_BY_STOP,
    FigureQuery,
    FoundTables,
    find_tables,
)
from mobilite.indicators.flows.row_labels import RowLabels, row_labels
from mobilite.indicators.ports import DailyFigure, DailyTables

REGULARITY: Final = DailyFigure("regularity", REGULARITY_SCHEMA, PASSAGE_COLUMNS, regularity_day)


class RegularityList(NamedTuple):
    """The rows of an answer, and the period they are of."""

    rows: list[tuple[RowLabels, GapSums]]
    found: FoundTables


def list_regularity(
    tables: DailyTables, query: FigureQuery, by: Dimension, *, now: int
) -> RegularityList:
    """The regularity of each line, stop, hour or day. Raises Refusal if the parameters are
    absurd."""
    found = find_tables(
        tables,
        REGULARITY,
        query,
        lambda table: add_gaps(table, by),
        now=now,
        most_days=MOST_DAYS_BY_STOP if by == "stop" else MOST_DAYS,
    )
    rows = regularity_rows(found.table, by) if len(found.table) else []
    return RegularityList([(row_labels(key, found), sums) for key, sums in rows], found)
