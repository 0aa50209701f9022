"""The curves of a trial: how each interval became narrower, and how many people it has reached.

The report and the pages of coordinators draw the same ones.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Final

from pilotes.french.domain import format_count, format_day, format_number
from pilotes.record.domain.protocol import Indicator
from pilotes.report.domain.document import Curve, Table
from pilotes.report.domain.figure_words import format_difference, format_difference_range
from pilotes.report.domain.reading import Moment
from pilotes.results.domain.history import IndicatorHistory
from pilotes.usage.domain.people_reached import PeopleReached, reached_on
from socle.pages.charts import Chart, Mark, band_chart, fitting_scale

_MOST_POINTS: Final = 12
"""Of the curve of people: more would not be read on a small screen."""
_WEEK: Final = timedelta(days=7)
_POINTS: Final[dict[Moment, str]] = {
    "any_time": "L'écart au groupe de comparaison, à mesure que des personnes sont suivies jusqu'au"
    " bout (en bas : combien).",
    "looks": "L'écart au groupe de comparaison, à chaque regard prévu (en bas : avec combien de"
    " personnes).",
    "end": "L'écart au groupe de comparaison, mesuré une seule fois, après l'essai (en bas : avec"
    " combien de personnes).",
}
_BAND: Final[dict[Moment, str]] = {
    "any_time": "La bande est l'intervalle à 95 %, valable à tout moment : tant qu'elle contient"
    " zéro, rien n'est conclu.",
    "looks": "La bande est l'intervalle à 95 %, tous les regards prévus comptés ensemble : tant"
    " qu'elle contient zéro, rien n'est conclu.",
    "end": "La bande est l'intervalle à 95 %, calculé sur les moyennes des lieux : si elle contient"
    " zéro, rien n'est conclu.",
}
_LIMIT: Final = "En tirets, la limite : elle est tenue quand toute la bande est du bon côté."


def difference_curve(history: IndicatorHistory, arm: str, moment: Moment) -> Curve | None:
    """The interval of a difference as people were disclosed, with the line that decides; None
    before the first point. `arm`: its label. `moment`: when the indicator is read."""
    if not history.points:
        return None
    indicator = history.indicator
    rows = tuple(_difference_rows(history))
    people, difference, within = rows[-1]
    line = "celle de zéro" if indicator.bound is None else "celle de la limite, en tirets"
    return Curve(
        f"{indicator.label}, « {arm} » : avec {people} personnes, l'écart est de {difference},"
        f" {within}. La ligne qui décide est {line}.",
        _difference_chart(history),
        (_POINTS[moment], _BAND[moment] if indicator.bound is None else _LIMIT),
        Table(
            f"L'écart au fil des personnes : {indicator.label}, « {arm} »",
            ("Personnes", "Écart", "Intervalle à 95 %"),
            rows,
        ),
    )


def _difference_chart(history: IndicatorHistory) -> Chart:
    factor = 100.0 if history.indicator.binary else 1.0
    bound = history.indicator.bound
    marks = [
        Mark(
            format_count(each.people),
            factor * (each.contrast.estimate or 0.0),
            format_number(factor * (each.contrast.estimate or 0.0)),
            low=_scaled(each.contrast.low, factor),
            high=_scaled(each.contrast.high, factor),
        )
        for each in history.points
    ]
    limit = _scaled(bound, factor)
    ends = [end for mark in marks for end in (mark.low, mark.high, mark.amount)]
    return band_chart(marks, fitting_scale([*ends, limit]), ",", limit=limit)


def _scaled(value: float | None, factor: float) -> float | None:
    return None if value is None else factor * value


def _difference_rows(history: IndicatorHistory) -> Iterator[tuple[str, str, str]]:
    indicator: Indicator = history.indicator
    for each in history.points:
        found = each.contrast
        low, high = found.low or 0.0, found.high or 0.0
        yield (
            format_count(each.people),
            format_difference(indicator, found.estimate or 0.0),
            format_difference_range(indicator, low, high),
        )


def people_curve(
    reached: Sequence[PeopleReached], *, planned: int, first: date, last: date, k: int
) -> Curve | None:
    """How many people a trial has reached, week by week, against the plan; None before anybody can
    be counted. `planned`: in all arms. `first`, `last`: of its days. `k`: the step of the
    counts."""
    if not reached:
        return None
    days = _days(first, last)
    marks = [
        Mark(f"{each:%d/%m}", many := reached_on(reached, each), format_count(many))
        for each in days
    ]
    scale = fitting_scale([planned, *(each.amount for each in marks)], least_step=1)
    rows = tuple((format_day(day), mark.text) for day, mark in zip(days, marks, strict=True))
    return Curve(
        f"Personnes dans l'essai, semaine par semaine : au moins {marks[-1].text} le"
        f" {format_day(last)}. En tirets, les {format_count(planned)} prévues.",
        band_chart(marks, scale, ",", limit=planned),
        (
            "Personnes dans l'essai, semaine par semaine : au moins ce nombre, compté par pas de"
            f" {k} dans chaque groupe. En tirets, ce qui est prévu.",
        ),
        Table("Personnes dans l'essai", ("Le jour du", "Au moins"), rows),
    )


def _days(first: date, last: date) -> Sequence[date]:
    """The last day, and days before it: one of a week, or of several if there would be too many."""
    weeks = max(0, (last - first) // _WEEK)
    step = _WEEK * (weeks // _MOST_POINTS + 1)
    days = [last]
    while days[-1] - step >= first:
        days.append(days[-1] - step)
    return days[::-1]
