"""The French texts of the pages, from the `texts.toml` of each page.

French typography is applied when they are loaded: punctuation gets no-break spaces, and apostrophes
are curved.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

Texts = Mapping[str, str]
"""Texts by name, some with placeholders for `str.format`."""

_PAGES: Final = files("portail.api") / "pages"
_BEFORE: Final = re.compile(r" (?=[:;?!»%€])")
_APOSTROPHE: Final = re.compile(r"(?<=\w)'(?=[\w«])")
_NO_BREAK: Final = "\N{NO-BREAK SPACE}"


@cache
def texts_of(page: str = "") -> Texts:
    """The texts of a page by name, including those shared by all pages.

    Without a page, only the shared ones. Raises FileNotFoundError if the page has no texts.toml,
    and ValueError if a name is defined twice.
    """
    shared = _read("texts.toml")
    if not page:
        return shared
    own = _read(page, "texts.toml")
    if twice := shared.keys() & own.keys():
        raise ValueError(f"{page}: {', '.join(sorted(twice))} defined twice")
    return {**shared, **own}


def typeset(text: str) -> str:
    """The text with French no-break spaces and apostrophes, so that no line begins with a
    punctuation mark or ends with an opening quotation mark."""
    spaced = _BEFORE.sub(_NO_BREAK, text).replace("« ", f"«{_NO_BREAK}")
    return _APOSTROPHE.sub("\N{RIGHT SINGLE QUOTATION MARK}", spaced)


def _read(*path: str) -> dict[str, str]:
    sentences = tomllib.loads(_PAGES.joinpath(*path).read_text("utf-8"))
    return {name: typeset(text.strip()) for name, text in sentences.items()}
