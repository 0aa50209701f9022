"""Rows stored as published: what was packed is read, a piece at a time."""

from cities import LINE, timetable_from_text
from hypothesis import given, settings
from hypothesis import strategies as st

from mobilite.timetable.domain import notes
from mobilite.timetable.domain.notes import Notes
from socle.testing import sized

ROWS = st.lists(st.dictionaries(st.text(max_size=3), st.text(max_size=5) | st.integers()))


@settings(max_examples=sized(30, deep=300), deadline=None)
@given(tables=st.dictionaries(st.text(min_size=1, max_size=3), ROWS, max_size=4))
def test_the_rows_of_each_table_are_read_as_they_were_packed(tables) -> None:
    packed = Notes.of(tables.items())
    assert {name: [*packed.rows(name)] for name in tables} == tables
    assert set(packed.names) == {name for name, rows in tables.items() if rows}


def test_a_large_table_is_decoded_in_pieces() -> None:
    rows = [{"number": number} for number in range(100_000)]
    packed = Notes.of([("numbers", rows)])
    assert len(packed.pieces) == packed.first[-1] > 1
    assert max(len(piece) for piece in packed.pieces) < notes.PIECE_CHARACTERS + 1000
    assert [*packed.rows("numbers")] == rows
    assert [*packed.rows("others")] == []


def test_a_surrogate_of_a_json_file_is_packed_as_a_question_mark() -> None:
    assert [*Notes.of([("a", [{"b": "\ud800"}])]).rows("a")] == [{"b": "?"}]


def test_a_feed_without_such_files_has_no_notes() -> None:
    assert not len(timetable_from_text(LINE).notes.names)
