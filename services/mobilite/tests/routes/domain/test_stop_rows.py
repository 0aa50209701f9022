"""The rows of a timetable: every pattern goes down them."""

from hypothesis import given
from hypothesis import strategies as st

from mobilite.routes.domain.stop_rows import merge_patterns

PATTERNS = st.lists(st.lists(st.integers(0, 6), min_size=1, max_size=8), min_size=1, max_size=5)


@given(PATTERNS)
def test_every_pattern_finds_its_stops_going_down(patterns: list[list[int]]) -> None:
    merged = merge_patterns(patterns)
    for pattern, rows in zip(patterns, merged.patterns, strict=True):
        assert [merged.stops[row] for row in rows] == pattern
        assert list(rows) == sorted(set(rows))
    assert {row for rows in merged.patterns for row in rows} == set(range(len(merged.stops)))


@given(PATTERNS)
def test_the_first_pattern_is_not_interrupted_for_its_own_parts(patterns: list[list[int]]) -> None:
    first = patterns[0]
    parts = [first[start:] for start in range(len(first))]
    assert list(merge_patterns([first, *parts]).stops) == first


def test_a_branch_comes_after_the_stop_where_it_leaves() -> None:
    merged = merge_patterns(["abcde", "abxy", "abcde"])  # type: ignore[list-item]
    assert "".join(map(str, merged.stops)) == "abxycde"
    assert merged.patterns == ((0, 1, 4, 5, 6), (0, 1, 2, 3), (0, 1, 4, 5, 6))
