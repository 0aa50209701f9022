"""The language of a page."""

import pytest

from socle.pages.languages import Language, preferred_language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "fr"),
        ("en", "en"),
        ("EN-us", "en"),
        ("fr, en", "fr"),
        ("en, fr", "en"),
        ("en;q=0.5, fr;q=0.9", "fr"),
        ("fr;q=0, en;q=0.1", "en"),
        ("de, en;q=0.3", "en"),
        ("de", "fr"),
        ("*", "fr"),
        ("fr;q=0, *", "en"),
        ("fr;q=0.2, *;q=0.5", "en"),
        ("fr-CA;q=0.9, fr;q=0.1, en;q=0.5", "fr"),
        ("en;q=2, fr;q=0.1", "fr"),
        ("en;q=x, fr;q=0.1", "fr"),
        (",;q=,;;", "fr"),
    ],
)
def test_the_preferred_language(header: str, language: Language) -> None:
    assert preferred_language(header) == language
