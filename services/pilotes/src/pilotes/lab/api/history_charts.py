"""What is known of each indicator on the page of a pilot, with its curve."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pilotes.report.domain.curves import difference_curve
from pilotes.report.domain.document import Curve
from pilotes.report.domain.figure_words import format_difference
from pilotes.report.domain.indicator_sections import ROLES, labels_of, sentence
from pilotes.report.domain.reading import Moment, moment_of
from pilotes.results.domain.history import IndicatorHistory
from pilotes.results.domain.margins import margin_of
from pilotes.results.flows.get_results import PilotResults


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
    curve: Curve | None
    """None before the first point."""


def history_views(
    histories: Sequence[IndicatorHistory], results: PilotResults
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
        moment = moment_of(protocol, indicator.role, at_looks=bool(results.looks))
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
            moment=moment,
            curve=difference_curve(history, arm, moment),
        )
