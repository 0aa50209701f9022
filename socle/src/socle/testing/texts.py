"""Checks the texts of pages: both languages have the same names and placeholders."""

import string
import tomllib
from pathlib import Path
from typing import Final

_FRENCH: Final = "texts.toml"
_ENGLISH: Final = "texts.en.toml"


def differences_between_languages(folder: Path) -> list[str]:
    """The differences between the French and English texts under a folder, one sentence each.

    Raises FileNotFoundError if there is no text under the folder.
    """
    french = sorted(folder.rglob(_FRENCH))
    if not french:
        raise FileNotFoundError(f"{folder}: no {_FRENCH}")
    found = []
    for path in french:
        texts = tomllib.loads(path.read_text("utf-8"))
        english_path = path.with_name(_ENGLISH)
        if not english_path.exists():
            found.append(f"{english_path.relative_to(folder)} is missing")
            continue
        english = tomllib.loads(english_path.read_text("utf-8"))
        name = path.parent.relative_to(folder)
        found += [
            f"{name}: {each} is in one language only" for each in texts.keys() ^ english.keys()
        ]
        found += [
            f"{name}: {each} has other placeholders or lines"
            for each in texts.keys() & english.keys()
            if _shape(texts[each]) != _shape(english[each])
        ]
    return sorted(found)


def _shape(text: str) -> tuple[frozenset[str | None], int]:
    """The placeholders of a text, and its number of lines."""
    fields = frozenset(field for _, field, _, _ in string.Formatter().parse(text)) - {None}
    return fields, text.count("\n")
