"""How many people a trial has reached, week by week, against the plan."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from pilotes.lab.flows.summarise import Recruitment
from pilotes.record.domain.pilot import Pilot
from socle.pages import Texts
from socle.pages.charts import Chart, Mark, Table, band_chart, fitting_scale
from socle.pages.dates import day_text

_MOST_POINTS: Final = 12
"""Of the curve: more would not be read on a small screen."""
_WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class RecruitmentView:
    """The curve and its table."""

    chart: Chart
    table: Table


def recruitment_view(found: Recruitment, pilot: Pilot, texts: Texts) -> RecruitmentView | None:
    """The curve since the trial was opened; None before anybody can be counted."""
    if not found.reached or pilot.trial_at is None:
        return None
    last = found.today if pilot.finished_at is None else pilot.finished_at.date()
    days = _days(pilot.trial_at.date(), last)
    marks = [Mark(f"{each:%d/%m}", n := found.reached_on(each), str(n)) for each in days]
    scale = fitting_scale([found.planned, *(each.amount for each in marks)], least_step=1)
    table = Table(
        texts["people_caption"],
        (texts["column_day"], texts["column_reached"]),
        tuple((day_text(day), mark.text) for day, mark in zip(days, marks, strict=True)),
    )
    return RecruitmentView(band_chart(marks, scale, limit=found.planned), table)


def _days(first: date, last: date) -> Sequence[date]:
    """The last day, and days before it: one of a week, or of several if there would be too many."""
    weeks = max(0, (last - first) // _WEEK)
    step = _WEEK * (weeks // _MOST_POINTS + 1)
    days = [last]
    while days[-1] - step >= first:
        days.append(days[-1] - step)
    return days[::-1]
