"""The means of transport of route types: every page has the same."""

from hypothesis import given
from hypothesis import strategies as st

from portail.domain.modes import ROUTE_TYPES, mode_of


@given(route_type=st.integers(-1, 1800))
def test_a_route_type_is_of_one_mode_at_most(route_type: int) -> None:
    found = [
        mode
        for mode, parts in ROUTE_TYPES.items()
        for first, last in parts
        if first <= route_type <= last
    ]
    assert [mode_of(route_type)] == (found or ["autre"])


def test_the_mode_of_a_type_which_standards_leave_open() -> None:
    assert [mode_of(each) for each in (5, 7, 12, 405, 715, None)] == [
        *("tram", "autre", "metro", "metro", "demande", "autre"),
    ]
