"""Pages of a list by their start."""

from itertools import chain

import pytest

from socle.cursors import (
    decode_start,
    encode_cursor,
    encode_text_cursor,
    page_from,
)
from socle.errors import Refusal


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7])
def test_the_pages_of_a_list_are_the_list(limit: int) -> None:
    rows, pages, cursor = list(range(6)), list[list[int]](), None
    while not pages or cursor is not None:
        page, cursor = page_from(rows, decode_start(cursor), limit)
        pages.append([*page])
    assert [*chain(*pages)] == rows
    assert all(len(page) == limit for page in pages[:-1])
    assert 0 < len(pages[-1]) <= limit


def test_an_empty_list_has_one_page() -> None:
    assert page_from([], decode_start(None), 3) == ([], None)


def test_a_page_after_the_end_of_a_list_that_became_shorter_is_empty() -> None:
    assert page_from([1, 2], decode_start(encode_cursor(5)), 3) == ([], None)


@pytest.mark.parametrize(
    "cursor", ["x", "", encode_cursor(-1), encode_cursor(1, 2), encode_text_cursor("1")]
)
def test_what_is_no_start_is_refused(cursor: str) -> None:
    with pytest.raises(Refusal, match="cursor"):
        decode_start(cursor)
