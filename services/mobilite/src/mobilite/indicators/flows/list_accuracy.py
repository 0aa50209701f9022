"""The accuracy of predictions in a period, by how long before they were made."""

from typing import Final, NamedTuple

from mobilite.indicators.domain.accuracy import Accuracy
from mobilite.indicators.domain.accuracy_day import (
    ACCURACY_SCHEMA,
    PASSAGE_COLUMNS,
    accuracy_day,
)
from mobilite.indicators.domain.summed_rows import Dimension, accuracy_rows, add_errors
from mobilite.indicators.flows.query_figures import FigureQuery, FoundTables, find_tables
from mobilite.indicators.flows.row_labels import RowLabels, row_labels
from mobilite.indicators.ports import DailyFigure, DailyTables

ACCURACY: Final = DailyFigure("accuracy", ACCURACY_SCHEMA, PASSAGE_COLUMNS, accuracy_day)


class AccuracyRow(NamedTuple):
    """The accuracy at one horizon."""

    labels: RowLabels
    accuracy: Accuracy
    planned: int
    """Calls planned and made, whether or not they were observed."""

    @property
    def coverage(self) -> float | None:
        """The share of the planned calls with a prediction to compare."""
        return self.accuracy.n / self.planned if self.planned else None


class AccuracyList(NamedTuple):
    """The rows of an answer, and the period they are of."""

    rows: list[AccuracyRow]
    found: FoundTables


def list_accuracy(
    tables: DailyTables, query: FigureQuery, by: Dimension, *, now: int
) -> AccuracyList:
    """The accuracy of each line, feed or day, or of all, at each horizon. Raises Refusal if the
    parameters are absurd."""
    found = find_tables(tables, ACCURACY, query, lambda table: add_errors(table, by), now=now)
    rows = accuracy_rows(found.table, by) if len(found.table) else []
    listed = [
        AccuracyRow(row_labels(key, found), each, planned)
        for key, planned, horizons in rows
        for each in horizons
    ]
    return AccuracyList(listed, found)
