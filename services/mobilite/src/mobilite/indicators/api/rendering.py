"""Punctuality as JSON."""

from typing import Final

from mobilite.indicators.api.models import OnTimeJson, PunctualityRowJson
from mobilite.indicators.domain.punctuality import OnTime
from mobilite.indicators.flows.list_punctuality import PunctualityRow

_DIGITS: Final = 4
"""Of shares."""


def row_json(row: PunctualityRow) -> PunctualityRowJson:
    """One row."""
    figures = row.figures
    return {
        "route": row.route,
        "stop": row.stop,
        "hour": row.hour,
        "date": None if row.day is None else row.day.isoformat(),
        "n": figures.n,
        "planned": figures.planned,
        "coverage": _share(figures.coverage),
        "on_time": _share(figures.on_time),
        "median_delay_s": figures.median_delay,
        "runs": figures.runs,
        "cancelled": figures.cancelled,
        "withdrawn": figures.withdrawn,
        "complete": row.complete,
    }


def on_time_json(rule: OnTime) -> OnTimeJson:
    """The thresholds."""
    return {"early_s": rule.early, "late_s": rule.late, "rail_late_s": rule.rail_late}


def _share(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)
