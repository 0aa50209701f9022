"""The diagram of a line: strokes that meet, a lane for each branch."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from portail.domain.line_diagram import DiagramRow, Stroke, diagram_of


def lanes(rows: tuple[DiagramRow, ...]) -> list[int]:
    return [row.lane for row in rows]


def test_a_line_without_branches_is_one_straight_stroke() -> None:
    rows = diagram_of(3, [(0, 1, 2)])
    assert lanes(rows) == [0, 0, 0]
    assert [row.strokes for row in rows] == [
        (Stroke(False, 0, 0),),
        (Stroke(True, 0, 0), Stroke(False, 0, 0)),
        (Stroke(True, 0, 0),),
    ]


def test_a_branch_leaves_the_trunk_and_can_come_back() -> None:
    leaving = diagram_of(4, [(0, 1, 3), (0, 1, 2)])
    assert lanes(leaving) == [0, 0, 1, 0]
    assert Stroke(False, 0, 1) in leaving[1].strokes
    returning = diagram_of(6, [(0, 3, 4, 5), (0, 1, 2, 5)])
    assert lanes(returning) == [0, 1, 1, 0, 0, 0]
    assert Stroke(True, 1, 0) in returning[5].strokes


def test_what_prolongs_the_trunk_or_lies_on_it_is_no_branch() -> None:
    assert lanes(diagram_of(5, [(1, 3), (0, 1, 3, 4), (1, 2, 3)])) == [0] * 5


def test_an_express_that_calls_at_fewer_stops_is_no_branch() -> None:
    assert lanes(diagram_of(4, [(0, 1, 2, 3), (0, 3)])) == [0] * 4


@given(
    st.integers(2, 9).flatmap(
        lambda count: st.tuples(
            st.just(count),
            st.lists(
                st.sets(st.integers(0, count - 1), min_size=2).map(
                    lambda rows: tuple(sorted(rows))
                ),
                min_size=1,
                max_size=5,
            ),
        )
    )
)
def test_every_stroke_goes_on_in_the_next_row(drawn: tuple[int, list[tuple[int, ...]]]) -> None:
    count, patterns = drawn
    rows = diagram_of(count, patterns)
    for above, below in itertools.pairwise(rows):
        leaving = {each.end for each in above.strokes if not each.upper}
        arriving = {each.start for each in below.strokes if each.upper}
        assert leaving == arriving
    for served in {row for pattern in patterns for row in pattern}:
        row = rows[served]
        at_stop = {each.end if each.upper else each.start for each in row.strokes}
        assert row.lane in at_stop or not row.strokes
    assert not any(each.upper for each in rows[0].strokes)
    assert all(each.upper for each in rows[-1].strokes)
