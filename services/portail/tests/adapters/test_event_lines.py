"""Server-sent events out of any pieces."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portail.adapters.event_lines import MAX_EVENT_BYTES, EventLines
from socle.errors import Refusal

STREAM = (
    b'retry: 3000\n\nid: W/"a"\ndata: {"a":1}\n\n: rien\n\ndata: one\ndata: two\r\n\r\ndata: half'
)


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_pieces_do_not_matter(cuts: list[int]) -> None:
    ends = [0, *sorted(cuts), len(STREAM)]
    lines, events = EventLines(), []
    for start, end in pairwise(ends):
        events += lines.feed(STREAM[start:end])
    assert events == [b'{"a":1}', b"one\ntwo"]


def test_an_event_without_end_is_refused() -> None:
    with pytest.raises(Refusal):
        EventLines().feed(b"data: " + b"x" * MAX_EVENT_BYTES)
