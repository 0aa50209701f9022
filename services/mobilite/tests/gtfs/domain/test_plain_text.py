"""What is hidden in a text goes; what languages are written with stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobilite.gtfs.domain.plain_text import is_plain, strip_hidden


@pytest.mark.parametrize(
    ("result", "read"),
    [
        ("Gare d'Orléans – quai n° 3", "Gare d'Orléans – quai n° 3"),
        ("a\x00b\x07c\x7fd\x9b", "abcd"),
        ("une\r\ndeux\rtrois\u2028quatre\x85cinq\tsix", "une\ndeux\ntrois\nquatre\ncinq\tsix"),
        ("retard \u202etnemelues\u202c \u2066x\u2069", "retard tnemelues x"),
        ("Ma\u200bi\u2060rie\ufeff", "Mairie"),
        ("\ud800a\ufffe\uffff", "a"),
        ("👩\u200d🦽 می\u200cخواهم \u200fעברית co\u00adopérer", None),
    ],
)
def test_what_is_hidden_goes(result: str, read: str | None) -> None:
    assert strip_hidden(result) == (result if read is None else read)
    assert is_plain(result) == (read in (None, result))


@given(st.text())
def test_a_plain_text_stays_as_it_is(text: str) -> None:
    assert is_plain(strip_hidden(text))
