"""Regularity and accuracy as JSON."""

from datetime import date
from typing import Final

from mobilite.indicators.api.wait_models import AccuracyRowJson, RegularityRowJson
from mobilite.indicators.domain.accuracy import WINDOWS
from mobilite.indicators.domain.regularity import GapSums
from mobilite.indicators.flows.list_accuracy import AccuracyRow
from mobilite.indicators.flows.row_labels import RowLabels

_DIGITS: Final = 4
"""Of shares."""


def regularity_json(labels: RowLabels, sums: GapSums) -> RegularityRowJson:
    """One row."""
    return {
        "feed": labels.feed,
        "route": labels.route,
        "stop": labels.stop,
        "hour": labels.hour,
        "date": _day(labels.day),
        "frequent": sums.frequent > 0,
        "n": sums.compared,
        "coverage": _rounded(sums.coverage, _DIGITS),
        "scheduled_wait_s": _rounded(sums.scheduled_wait, 1),
        "actual_wait_s": _rounded(sums.actual_wait, 1),
        "excess_wait_s": _rounded(sums.excess_wait, 1),
        "regular": _rounded(sums.regular_share, _DIGITS),
        "complete": labels.complete,
    }


def accuracy_json(row: AccuracyRow) -> AccuracyRowJson:
    """One row."""
    figures, window = row.accuracy, WINDOWS[row.accuracy.horizon]
    return {
        "feed": row.labels.feed,
        "route": row.labels.route,
        "date": _day(row.labels.day),
        "horizon_min": figures.horizon,
        "n": figures.n,
        "coverage": _rounded(row.coverage, _DIGITS),
        "accurate": _rounded(figures.accurate, _DIGITS),
        "early_s": window.early,
        "late_s": window.late,
        "median_error_s": figures.median,
        "p10_error_s": figures.low,
        "p90_error_s": figures.high,
        "p90_absolute_s": figures.absolute,
        "complete": row.labels.complete,
    }


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _rounded(number: float | None, digits: int) -> float | None:
    return None if number is None else round(number, digits)
