"""The state of pilots and the disclosed figures of trials, for Prometheus.

They are the numbers of `GET /pilotes/v1/pilots/{id}/indicators`, rounded alike; what it hides is
absent. During a trial the API gives them to its team alone: `/metrics` is on an internal port.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from prometheus_client import Gauge

from pilotes.record.domain.stages import Stage
from pilotes.results.domain.estimates import Figure
from pilotes.results.domain.figure_table import rounded
from pilotes.results.domain.margins import margin_of
from pilotes.results.ports import MonitoredTrial
from pilotes.statistics.domain.verdict import GuardrailState

_ARM: Final = ("pilot", "arm")
_INDICATOR: Final = ("pilot", "indicator", "arm")
_READ: Final = "as its trial is read (at any time, at planned looks or at its end)"

_PILOTS: Final = Gauge("pilotes_pilots", "Pilots at each stage.", ["stage"])
_PAUSED: Final = Gauge("pilotes_paused", "1: the trial is paused; 0: it runs.", ["pilot"])
_DRAW_ALARM: Final = Gauge(
    "pilotes_draw_alarm",
    "1: the people of a running trial were not assigned to arms as planned (sample ratio mismatch,"
    " or one place in two arms): it concludes nothing until somebody finds out why; 0: they were.",
    ["pilot"],
)
_COMPLETED: Final = Gauge(
    "pilotes_completed_people",
    "People whose observation is over and who are in a disclosed group.",
    _ARM,
)
_REQUESTS: Final = Gauge(
    "pilotes_useful_requests", "Useful requests of disclosed people; absent while hidden.", _ARM
)
_LEVEL: Final = Gauge(
    "pilotes_level", "Share (of 1) or mean of an indicator; absent while hidden.", _INDICATOR
)
_LEVEL_LOW: Final = Gauge(
    "pilotes_level_low", "Lower end of the 95 % interval that is valid at any time.", _INDICATOR
)
_LEVEL_HIGH: Final = Gauge(
    "pilotes_level_high", "Upper end of the 95 % interval that is valid at any time.", _INDICATOR
)
_DIFFERENCE: Final = Gauge(
    "pilotes_difference", "Arm minus control; absent before it can be estimated.", _INDICATOR
)
_DIFFERENCE_LOW: Final = Gauge(
    "pilotes_difference_low", f"Lower end of its 95 % interval, {_READ}.", _INDICATOR
)
_DIFFERENCE_HIGH: Final = Gauge(
    "pilotes_difference_high", f"Upper end of its 95 % interval, {_READ}.", _INDICATOR
)
_GUARDRAIL_MARGIN: Final = Gauge(
    "pilotes_guardrail_margin",
    "From the bound of a guardrail to the worse end of the interval: above 0 it is held.",
    _INDICATOR,
)
_GUARDRAIL_BREACHED: Final = Gauge(
    "pilotes_guardrail_breached",
    "1: the complete interval is worse than the bound of the guardrail; 0: it is not.",
    _INDICATOR,
)
_ANSWERS_ALARM: Final = Gauge(
    "pilotes_answers_alarm",
    "1: the share of people with an outcome is not that of control: nothing is concluded.",
    _INDICATOR,
)
_ALL: Final = (
    *(_PILOTS, _PAUSED, _DRAW_ALARM, _COMPLETED, _REQUESTS, _LEVEL, _LEVEL_LOW, _LEVEL_HIGH),
    *(_DIFFERENCE, _DIFFERENCE_LOW, _DIFFERENCE_HIGH),
    *(_GUARDRAIL_MARGIN, _GUARDRAIL_BREACHED, _ANSWERS_ALARM),
)


class FigureMetrics:
    """Implements `FigureGauges`."""

    def publish(self, stages: Mapping[Stage, int], trials: Sequence[MonitoredTrial]) -> None:
        for gauge in _ALL:
            gauge.clear()
        for stage, many in stages.items():
            _PILOTS.labels(stage).set(many)
        for trial in trials:
            _publish_trial(trial)


def _publish_trial(trial: MonitoredTrial) -> None:
    pilot, figures = trial.pilot, trial.figures
    if pilot.stage == "trial":
        _PAUSED.labels(pilot.id).set(pilot.paused)
        _DRAW_ALARM.labels(pilot.id).set(not figures.ratio_as_planned)
    for arm, people in figures.people.items():
        _COMPLETED.labels(pilot.id, arm).set(people)
    for each in figures.footprint:
        _REQUESTS.labels(pilot.id, each.arm).set(each.requests)
    for figure in figures.figures:
        _publish_figure(pilot.id, figure)


def _publish_figure(pilot: str, figure: Figure) -> None:
    for at in figure.arms:
        labels = (pilot, figure.indicator.id, at.arm)
        _set(_LEVEL, labels, at.value)
        if at.level is not None:
            _set(_LEVEL_LOW, labels, at.level.low)
            _set(_LEVEL_HIGH, labels, at.level.high)
    for found in figure.contrasts:
        labels = (pilot, figure.indicator.id, found.arm)
        _set(_DIFFERENCE, labels, found.estimate)
        _set(_DIFFERENCE_LOW, labels, found.low)
        _set(_DIFFERENCE_HIGH, labels, found.high)
        _ANSWERS_ALARM.labels(*labels).set(found.answers_differ)
        if found.guard is not None:
            _GUARDRAIL_BREACHED.labels(*labels).set(found.guard is GuardrailState.BREACHED)
        if (margin := margin_of(figure.indicator, found)) is not None:
            _set(_GUARDRAIL_MARGIN, labels, margin.worst)


def _set(gauge: Gauge, labels: tuple[str, str, str], value: float | None) -> None:
    if (published := rounded(value)) is not None:
        gauge.labels(*labels).set(published)
