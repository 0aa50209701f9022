"""Days in words."""

from datetime import date

from socle.dates import day_and_month, day_in_words


def test_a_day_is_written_as_its_readers_write_it() -> None:
    first = date(2026, 3, 1)
    assert day_in_words(first, "fr") == "1er mars 2026"
    assert day_in_words(first, "en") == "1 March 2026"
    assert day_and_month(date(2026, 12, 31), "fr") == "31 décembre"
    assert day_and_month(date(2026, 8, 2), "en") == "2 August"
    for language in ("fr", "en"):
        assert len({day_and_month(date(2026, each, 2), language) for each in range(1, 13)}) == 12
