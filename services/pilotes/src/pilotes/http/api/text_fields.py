"""Texts that people write, as they can be stored: bounded, stripped, without hidden characters."""

from typing import Annotated, Final
from unicodedata import category

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

MAX_LENGTH: Final = 4_000
"""Of a text, in characters."""

# Bidirectional controls reverse the order of what follows: readers would not see the stored order
# (Unicode UAX 9).
_BIDI_CONTROLS: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

# They are rendered blank, though they count as letters or symbols.
_BLANK: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_ENDS_A_LINE: Final = frozenset("\n\t\u2028\u2029")


def _plain(text: str) -> str:
    if any(
        (category(each) in ("Cc", "Cs") and each not in "\n\t") or each in _BIDI_CONTROLS
        for each in text
    ):
        raise ValueError("un caractère de contrôle s'y trouve")
    # Marks, joiners and spaces alone render as an empty text.
    if text and all(category(each)[0] not in "LNPS" or each in _BLANK for each in text):
        raise ValueError("rien de lisible ne s'y trouve")
    return text


def _line(text: str) -> str:
    if not _ENDS_A_LINE.isdisjoint(text):
        raise ValueError("une seule ligne est attendue")
    return _plain(text)


Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_line),
]
"""One line with at least one readable character."""
Text = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=MAX_LENGTH), AfterValidator(_plain)
]
"""A text of several lines, which can be empty."""
NonEmptyText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_LENGTH),
    AfterValidator(_plain),
]
"""The same, with at least one readable character."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,47}$")]
"""An identifier, as in addresses."""
ArmName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,31}$")]


class RequestBody(BaseModel):
    """The base of request bodies. Unknown fields are refused: they would be ignored silently."""

    model_config = ConfigDict(extra="forbid", frozen=True)
