"""The texts of pages, in French and English, from TOML files beside the templates.

`texts.toml` is French, `texts.en.toml` English. They have the same names. Typography is applied
when they are loaded: French punctuation gets no-break spaces, and apostrophes are curved.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from socle.pages.languages import Language
from socle.pages.page_request import page_request
from socle.wording import curve_apostrophes

Texts = Mapping[str, str]
"""Texts by name, some with placeholders for `str.format`."""

_FILES: Final[Mapping[Language, str]] = {"fr": "texts.toml", "en": "texts.en.toml"}
_SPACE_BEFORE_MARK: Final = re.compile(r" (?=[:;?!»%€])")
_NO_BREAK: Final = "\N{NO-BREAK SPACE}"
_SITE: Final = files("socle.pages")
"""The folder of the texts that every page has."""


class TextCatalogue:
    """The texts of one service's pages, each file read once.

    `folder`: has the texts that its pages share, and a folder of texts for each page.
    """

    def __init__(self, folder: Traversable) -> None:
        self._folder = folder
        self._read: dict[tuple[str, Language], Texts] = {}

    def texts(self, page: str = "") -> Texts:
        """The texts of a page in the language of the request, including the shared ones.

        `page`: the folder of the page; empty: only the shared ones. Raises FileNotFoundError if the
        page has no texts, and ValueError if a name is defined twice.
        """
        key = (page, page_request().language)
        if key not in self._read:
            self._read[key] = self._merged(*key)
        return self._read[key]

    def _merged(self, page: str, language: Language) -> Texts:
        found = dict(_read_site_texts(language))
        folders = [self._folder, self._folder.joinpath(page)] if page else [self._folder]
        for folder in folders:
            own = read_texts(folder, language)
            if twice := found.keys() & own.keys():
                raise ValueError(f"{folder}: {', '.join(sorted(twice))} defined twice")
            found |= own
        return found


def site_texts() -> Texts:
    """The texts that every page has, in the language of the request."""
    return _read_site_texts(page_request().language)


@cache
def _read_site_texts(language: Language) -> Texts:
    return read_texts(_SITE, language)


def read_texts(folder: Traversable, language: Language) -> dict[str, str]:
    """The texts of one folder.

    Raises FileNotFoundError if it has none, and ValueError for a name that a template would not
    find: in Jinja, `t.keys` is the method of the mapping.
    """
    sentences = tomllib.loads(folder.joinpath(_FILES[language]).read_text("utf-8"))
    if hidden := [name for name in sentences if hasattr(dict, name)]:
        raise ValueError(f"{folder}: {', '.join(hidden)} cannot be the name of a text")
    return {name: typeset(text.strip(), language) for name, text in sentences.items()}


def typeset(text: str, language: Language = "fr") -> str:
    """The text with curved apostrophes and, in French, no-break spaces, so that no line begins with
    a punctuation mark or ends with an opening quotation mark."""
    if language == "fr":
        text = _SPACE_BEFORE_MARK.sub(_NO_BREAK, text).replace("« ", f"«{_NO_BREAK}")
    return curve_apostrophes(text)
