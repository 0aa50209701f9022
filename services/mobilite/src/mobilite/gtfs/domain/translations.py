"""Translated texts, and the choice of one for a reader's languages.

https://gtfs.org/documentation/realtime/reference/#message-translatedstring
"""

from collections.abc import Sequence
from typing import Final, NamedTuple


class Translation(NamedTuple):
    """A text in one language: a BCP 47 code, None if unknown."""

    text: str
    language: str | None = None


DEFAULT_LANGUAGE: Final = "fr"
"""The fallback language."""


def best_translation(texts: Sequence[Translation], wanted: Sequence[str]) -> Translation | None:
    """The best text for the `wanted` languages, in order of preference; else French, else one
    without a language, else the first. None if there is no text.

    A language matches its own code, then a more specific or a more general one: `fr` matches
    `fr-FR`, `en-GB` matches `en`.
    """
    for language in (*wanted, DEFAULT_LANGUAGE):
        for fits in (_same, _refines, _widens):
            for text in texts:
                if text.language is not None and fits(text.language, language):
                    return text
    unlabelled = (text for text in texts if text.language is None)
    return next(unlabelled, texts[0] if texts else None)


def _same(language: str, wanted: str) -> bool:
    return language.casefold() == wanted.casefold()


def _refines(language: str, wanted: str) -> bool:
    return language.casefold().startswith(wanted.casefold() + "-")


def _widens(language: str, wanted: str) -> bool:
    # https://www.rfc-editor.org/rfc/rfc4647#section-3.4: the range is shortened from its end.
    return wanted.casefold().startswith(language.casefold() + "-")
