"""House numbers as sources write them and as people type them."""

import pytest

from mobilite.addresses.domain.house_numbers import read_number, readings


@pytest.mark.parametrize(
    ("number", "suffix", "expected"),
    [
        ("30", "", (30, "")),
        ("30", "BIS", (30, "bis")),
        ("30", "b", (30, "b")),
        ("30bis", "", (30, "bis")),
        ("30 ter", "", (30, "ter")),
        ("12-14", "", (12, "")),
        ("12;14", "", (12, "")),
        ("", "", (0, "")),
        ("0", "", (0, "")),
        ("99999", "", (0, "")),
        ("bis", "", None),
        ("-", "", None),
    ],
)
def test_a_written_number_is_read(
    number: str, suffix: str, expected: tuple[int, str] | None
) -> None:
    assert read_number(number, suffix) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30 rue Gambetta", [(30, "", "rue gambetta")]),
        ("30bis, rue Gambetta", [(30, "bis", "rue gambetta")]),
        ("30 bis rue Gambetta", [(30, "bis", "rue gambetta")]),
        ("30 B rue Gambetta", [(30, "b", "rue gambetta")]),
        ("30 l'Orée", [(30, "", "l oree")]),
        ("rue Gambetta", [(0, "", "rue gambetta")]),
        ("rue Gambetta 30", [(0, "", "rue gambetta 30"), (30, "", "rue gambetta")]),
        ("8 mai 1945", [(8, "", "mai 1945"), (1945, "", "8 mai")]),
        ("41000 Blois", [(0, "", "41000 blois")]),
        ("30", []),
        ("41000", []),
        ("", []),
    ],
)
def test_a_query_is_read_in_its_likeliest_ways(
    text: str, expected: list[tuple[int, str, str]]
) -> None:
    found = [(each.number, each.suffix, " ".join(each.words)) for each in readings(text)]
    assert found == expected
