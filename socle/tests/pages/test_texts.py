"""The texts of pages."""

from pathlib import Path

import pytest

from socle.pages import TextCatalogue, typeset
from socle.testing.texts import differences_between_languages


def write(folder: Path, french: str, english: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "texts.toml").write_text(french)
    (folder / "texts.en.toml").write_text(english)
    return folder


def test_a_page_has_its_texts_those_of_its_service_and_of_the_site(tmp_path: Path) -> None:
    write(tmp_path, 'shared = "l\'arrêt"')
    write(tmp_path / "page", 'own = "Où ?"')
    texts = TextCatalogue(tmp_path).texts("page")
    assert (texts["site"], texts["shared"]) == ("Région Lab", "l’arrêt")
    assert texts["own"] == "Où\N{NO-BREAK SPACE}?"


@pytest.mark.parametrize("text", ['site = "x"', 'keys = "x"', 'items = "x"'])
def test_a_name_that_is_taken_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError):
        TextCatalogue(write(tmp_path, text)).texts()


def test_english_has_no_space_before_punctuation() -> None:
    assert typeset("It's on : 5 %", "en") == "It’s on : 5 %"


def test_languages_are_compared(tmp_path: Path) -> None:
    write(tmp_path, 'a = "{n} x"\nb = "y"', 'a = "{m} x"\nc = "z"')
    assert differences_between_languages(tmp_path) == [
        ".: a has other placeholders or lines",
        ".: b is in one language only",
        ".: c is in one language only",
    ]
    with pytest.raises(FileNotFoundError):
        differences_between_languages(tmp_path / "nowhere")
