"""The days of a retention curve: every cell between two of them can have people."""

import pytest
from usage_world import indicator

from pilotes.usage.domain.measures import stay_edges


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
