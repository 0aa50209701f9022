"""The texts of the pages, in both languages."""

from pathlib import Path

import gateway
import socle.pages
from socle.testing.texts import differences_between_languages


def test_both_languages_have_the_same_texts() -> None:
    assert differences_between_languages(Path(gateway.__file__).parent / "pages") == []


def test_both_languages_of_the_kit_have_the_same_texts() -> None:
    assert differences_between_languages(Path(socle.pages.__file__).parent) == []
