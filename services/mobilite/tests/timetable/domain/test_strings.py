"""Packed texts: read by row, found by text."""

from hypothesis import given
from hypothesis import strategies as st

from mobilite.timetable.domain.strings import Strings

TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=6), max_size=30)


@given(texts=TEXTS, sought=st.text(max_size=3))
def test_rows_read_back_and_are_found(texts: list[str], sought: str) -> None:
    strings = Strings.of(texts)
    assert list(strings) == texts
    for text in {*texts, sought}:
        rows = [row for row, found in enumerate(texts) if found == text]
        assert strings.indexes_of(text).tolist() == rows
        assert strings.index_of(text) == (rows[0] if rows else None)


def test_rows_are_counted_like_a_list() -> None:
    strings = Strings.of(["é", "", "Tours"])
    assert (len(strings), strings[-1], strings[0:2]) == (3, "Tours", ["é", ""])
    assert "Tours" in strings
    assert list(Strings.of([])) == []
