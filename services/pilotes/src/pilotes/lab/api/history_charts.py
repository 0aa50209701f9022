"""The interval of a difference as people were disclosed, drawn with the line that decides."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pilotes.french.domain import format_number
from pilotes.lab.domain.reading import Moment, moment_of
from pilotes.record.domain.protocol import Indicator
from pilotes.report.domain.figure_words import format_difference, format_difference_range
from pilotes.report.domain.indicator_sections import ROLES, labels_of, sentence
from pilotes.results.domain.history import IndicatorHistory
from pilotes.results.domain.margins import margin_of
from pilotes.results.flows.get_results import PilotResults
from socle.pages import Texts, typeset
from socle.pages.charts import Chart, Mark, Table, band_chart, fitting_scale


@dataclass(frozen=True, slots=True)
class HistoryView:
    """One indicator and one arm on the page. Its sentences are French, as in the report."""

    id: str
    """Unique on the page."""
    role: str
    label: str
    """Of the indicator."""
    arm: str
    """The label of the arm."""
    state: str
    """What is concluded now; empty if nothing is disclosed."""
    margin: tuple[str, str] | None
    """How far a guardrail is from its bound: the estimate, and the worst that is plausible."""
    moment: Moment
    """When it is read."""
    chart: Chart | None
    """None before the first point."""
    table: Table | None


def history_views(
    histories: Sequence[IndicatorHistory], results: PilotResults, texts: Texts
) -> Iterator[HistoryView]:
    """The views, the primary indicator first. `results`: the current ones."""
    figures, protocol = results.figures, results.in_force.protocol
    labels, order = labels_of(protocol), list(ROLES)
    current = {
        (figure.indicator.id, each.arm): each
        for figure in figures.figures
        for each in figure.contrasts
    }
    ranked = sorted(histories, key=lambda each: order.index(each.indicator.role))
    for number, history in enumerate(ranked):
        indicator = history.indicator
        found = current.get((indicator.id, history.arm))
        arm = labels.get(history.arm, history.arm)
        margin = None if found is None else margin_of(indicator, found)
        yield HistoryView(
            id=f"indicateur-{number}",
            role=ROLES[indicator.role],
            label=indicator.label,
            arm=arm,
            state=""
            if found is None
            else sentence(indicator, found, comparable=figures.ratio_as_planned),
            margin=None
            if margin is None
            else (
                format_difference(indicator, margin.estimate),
                format_difference(indicator, margin.worst),
            ),
            moment=moment_of(protocol, indicator.role, at_looks=bool(results.looks)),
            chart=_chart(history) if history.points else None,
            table=_table(history, typeset(f"{indicator.label}, {arm}"), texts)
            if history.points
            else None,
        )


def _chart(history: IndicatorHistory) -> Chart:
    factor = 100.0 if history.indicator.binary else 1.0
    bound = history.indicator.bound
    marks = [
        Mark(
            str(each.people),
            factor * (each.contrast.estimate or 0.0),
            format_number(factor * (each.contrast.estimate or 0.0)),
            low=_scaled(each.contrast.low, factor),
            high=_scaled(each.contrast.high, factor),
        )
        for each in history.points
    ]
    limit = None if bound is None else factor * bound
    ends = [end for mark in marks for end in (mark.low, mark.high, mark.amount)]
    return band_chart(marks, fitting_scale([*ends, limit]), ",", limit=limit)


def _scaled(value: float | None, factor: float) -> float | None:
    return None if value is None else factor * value


def _table(history: IndicatorHistory, caption: str, texts: Texts) -> Table:
    columns = (texts["column_people"], texts["column_difference"], texts["column_range"])
    return Table(caption, columns, tuple(_rows(history, history.indicator)))


def _rows(history: IndicatorHistory, indicator: Indicator) -> Iterator[tuple[str, ...]]:
    for each in history.points:
        found = each.contrast
        if found.estimate is not None and found.low is not None and found.high is not None:
            yield (
                str(each.people),
                format_difference(indicator, found.estimate),
                format_difference_range(indicator, found.low, found.high),
            )
