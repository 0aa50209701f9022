"""The pause after failures grows, with a bound and a random share."""

import pytest

from esante.subscriptions.domain.back_off import back_off


@pytest.mark.parametrize(
    ("failures", "least", "most"), [(1, 1, 2), (2, 2, 4), (5, 16, 32), (20, 450, 900)]
)
def test_the_pause_doubles_up_to_a_quarter_of_an_hour(
    failures: int, least: float, most: float
) -> None:
    assert back_off(failures, 0.0).total_seconds() == least
    assert least < back_off(failures, 0.999).total_seconds() < most
