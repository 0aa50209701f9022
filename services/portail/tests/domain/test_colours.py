"""Whatever colour a network chose, the number of a line is read on it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portail.domain.colours import BLACK, MIN_CONTRAST, WHITE, colour_or_plain, contrast, ink_on

COLOURS = st.integers(0, 0xFFFFFF).map("{:06X}".format)


def test_the_contrast_is_that_of_the_guidelines() -> None:
    assert contrast(BLACK, WHITE) == pytest.approx(21)
    assert contrast("777777", WHITE) == pytest.approx(4.48, abs=0.01)  # known to fail by a hair


@given(background=COLOURS, wished=st.none() | COLOURS)
def test_the_ink_chosen_is_always_readable(background: str, wished: str | None) -> None:
    ink = {"dark": BLACK, "light": WHITE}[ink_on(background, wished)]
    assert contrast(ink, background) >= MIN_CONTRAST


def test_the_network_s_wish_is_followed_where_it_is_readable() -> None:
    assert ink_on("E2001A", "FFFFFF") == "light"
    assert ink_on("0072BC", "000000") == "light"  # black on it: 4.1


@pytest.mark.parametrize("declared", [None, "", "red", "12345", "GGGGGG", '000"><script>'])
def test_what_is_no_colour_is_the_plain_one(declared: str | None) -> None:
    assert colour_or_plain(declared) == "3A3F55"
