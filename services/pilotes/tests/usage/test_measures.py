"""The days of a retention curve: every cell between two of them can have people."""

from dataclasses import replace

import numpy as np
import pytest
from usage_world import DAY, START, indicator

from pilotes.disclosure.domain.tranches import DisclosedFigures, TrancheGroup
from pilotes.record.domain.protocol import Arm, Protocol
from pilotes.results.domain.estimates import estimate_figures
from pilotes.statistics.domain.sums import Sums
from pilotes.usage.domain.measures import measure_name, stay_edges, stay_measure_name


@pytest.mark.parametrize(
    ("window", "days"),
    [(28, (7, 14, 21, 28)), (5, (1, 2, 4, 5)), (3, (1, 2, 3)), (2, (1, 2)), (1, (1,))],
)
def test_the_days_of_a_curve_are_distinct_and_after_the_first(
    window: int, days: tuple[int, ...]
) -> None:
    back = indicator("return:board-watched", kind="retention", window_days=window)
    assert stay_edges(back, planned_per_arm=1_000, k=5) == days


def test_a_smaller_trial_has_fewer_days() -> None:
    back = indicator("return:board-watched", kind="retention", window_days=28)
    assert stay_edges(back, planned_per_arm=150, k=5) == (14, 28)
    assert stay_edges(back, planned_per_arm=50, k=5) == (28,)


def test_more_privacy_during_a_trial_leaves_its_results_readable() -> None:
    """With k = 11 the curve has two days: what was stored with four is another measure."""
    back = indicator("return:board-watched", kind="retention", window_days=28)
    design = Protocol(
        1, (Arm("temoin", "", 5_000), Arm("bras", "", 5_000)), "temoin", ("/x",), "", 250, (back,),
        "", START, START + 90 * DAY,
    )  # fmt: skip

    def group(*cells: int) -> tuple[TrancheGroup]:
        sums = Sums.of(np.repeat([0.0, 1.0], 125))
        return (TrancheGroup(frozenset({1}), (sums, sums), (250, 250), (cells, cells)),)

    def curve(disclosed: DisclosedFigures) -> list[int]:
        figures = estimate_figures(
            design, disclosed, arms=("temoin", "bras"), design=design, ratio_as_planned=True, k=11
        )
        return [step.day for step in figures.figures[0].arms[0].curve]

    four, two = (stay_edges(back, planned_per_arm=250, k=k) for k in (5, 11))
    plain = stay_measure_name(back, four, DisclosedFigures())
    stored = {measure_name(back): group(125, 125), plain: group(20, 30, 25, 25, 150)}
    before = DisclosedFigures(1, {1: (250, 250)}, stored, {})
    assert stay_measure_name(back, four, before) == plain
    assert curve(before) == []
    name = stay_measure_name(back, two, before)
    after = replace(before, groups={**stored, name: group(50, 50, 150)}, since={name: 1})
    assert curve(after) == list(two) == [14, 28]
    # A withdrawal that dissolves the former groups does not bring their name back.
    assert stay_measure_name(back, two, replace(after, groups={})) == name
