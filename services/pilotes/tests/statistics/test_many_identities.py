"""How many identities somebody needs to make a sound draw look broken (`docs/decisions/0093`)."""

from collections.abc import Callable

import pytest

from pilotes.statistics.domain.sample_ratio import AllocationPeriod, check_sample_ratio

EVEN = (5_000.0, 5_000.0)


def fewest(people: Callable[[int], tuple[int, int]], most: int) -> int | None:
    """The smallest number whose arms are not as planned; None up to `most`."""
    for number in range(most + 1):
        if check_sample_ratio([AllocationPeriod(people(number), EVEN)]).broken:
            return number
    return None


@pytest.mark.parametrize(
    ("people", "gone", "more"), [(30, None, 41), (100, 40, 51), (300, 60, 71), (1_000, 107, 120)]
)
def test_a_draw_looks_broken_after_many_identities_of_one_arm(
    people: int, gone: int | None, more: int
) -> None:
    """Those who withdraw from an even trial, or are added to it."""
    arm = people // 2
    assert fewest(lambda number: (arm, arm - number), arm) == gone
    assert fewest(lambda number: (arm + number, arm), people * 2) == more
