"""Translated texts and pictures, and the choice of one for a reader's languages.

https://gtfs.org/documentation/realtime/reference/#message-translatedstring
"""

from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol, TypeVar


class Translation(NamedTuple):
    """A text in one language."""

    text: str
    language: str | None = None
    """A BCP 47 code; None if unknown."""


class Localized(Protocol):
    """A text or a picture in one language."""

    @property
    def language(self) -> str | None:
        """A BCP 47 code; None if unknown."""
        ...


LocalizedT = TypeVar("LocalizedT", bound=Localized)

DEFAULT_LANGUAGE: Final = "fr"
"""The language preferred after those a reader wants."""


def best_translation(texts: Sequence[LocalizedT], wanted: Sequence[str]) -> LocalizedT | None:
    """The best of `texts` for the `wanted` languages, in order of preference; else French, else one
    without a language, else the first. None if there is no text.

    A language matches its own code, then a more specific or a more general one: `fr` matches
    `fr-FR`, `en-GB` matches `en`.
    """
    for language in (*wanted, DEFAULT_LANGUAGE):
        for matches in (_same, _is_more_specific, _is_more_general):
            for text in texts:
                if text.language is not None and matches(text.language, language):
                    return text
    unlabelled = (text for text in texts if text.language is None)
    return next(unlabelled, texts[0] if texts else None)


def _same(language: str, wanted: str) -> bool:
    return language.casefold() == wanted.casefold()


def _is_more_specific(language: str, wanted: str) -> bool:
    return language.casefold().startswith(wanted.casefold() + "-")


def _is_more_general(language: str, wanted: str) -> bool:
    # https://www.rfc-editor.org/rfc/rfc4647#section-3.4: the range is shortened from its end.
    return wanted.casefold().startswith(language.casefold() + "-")
