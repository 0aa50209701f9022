"""A text in several languages, and the one to show to somebody.

https://gtfs.org/documentation/realtime/reference/#message-translatedstring
"""

from collections.abc import Sequence
from typing import Final, NamedTuple


class Translation(NamedTuple):
    """A text in one language: a BCP 47 code, None where it is not told."""

    text: str
    language: str | None = None


HOUSE: Final = "fr"
"""The language of who does not say, and of who asks for one that is not there."""


def best(texts: Sequence[Translation], wanted: Sequence[str]) -> Translation | None:
    """The text for who wants those languages, the dearest first; else French, else the one of no
    language, else the first. None where there is no text.

    A language is found under its own code, else under one that refines or widens it: `fr` takes
    `fr-FR`, `en-GB` takes `en`.
    """
    for language in (*wanted, HOUSE):
        for fits in (_same, _refines, _widens):
            for text in texts:
                if text.language is not None and fits(text.language, language):
                    return text
    unlabelled = (text for text in texts if text.language is None)
    return next(unlabelled, texts[0] if texts else None)


def _same(told: str, wanted: str) -> bool:
    return told.casefold() == wanted.casefold()


def _refines(told: str, wanted: str) -> bool:
    return told.casefold().startswith(wanted.casefold() + "-")


def _widens(told: str, wanted: str) -> bool:
    # https://www.rfc-editor.org/rfc/rfc4647#section-3.4: the range is shortened from its end.
    return wanted.casefold().startswith(told.casefold() + "-")
