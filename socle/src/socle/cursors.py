"""Opaque pagination cursors."""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import TypeVar

from socle.errors import Refusal

_RowT = TypeVar("_RowT")
_MAX_CHARACTERS = 200
_MAX_TEXT_CHARACTERS = 2000
_NUMBER_LIMIT = 2**32
"""Instants of this century, rows and day ordinals all stay below."""


def encode_cursor(*numbers: int) -> str:
    """Numbers as an opaque cursor."""
    return opaque(numbers)


def encode_text_cursor(text: str) -> str:
    """A text (the id a page ends with) as an opaque cursor."""
    return opaque(text)


def decode_cursor(text: str, count: int) -> list[int]:
    """The `count` numbers of a cursor. Raises Refusal("invalid") for anything else."""
    numbers = content_of(text, _MAX_CHARACTERS)
    if (
        isinstance(numbers, list)
        and len(numbers) == count
        and all(type(number) is int and abs(number) < _NUMBER_LIMIT for number in numbers)
    ):
        return numbers
    raise invalid_cursor()


def decode_start(cursor: str | None) -> int:
    """The place in a list at which a page starts: 0 without a cursor. Raises Refusal("invalid")
    for anything but the cursor of a place."""
    if cursor is None:
        return 0
    (start,) = decode_cursor(cursor, 1)
    if start < 0:
        raise invalid_cursor()
    return start


def page_from(rows: Sequence[_RowT], start: int, limit: int) -> tuple[Sequence[_RowT], str | None]:
    """The rows of the page that starts there, and the cursor of the next page; None if there is
    none."""
    end = start + limit
    return rows[start:end], encode_cursor(end) if end < len(rows) else None


def decode_text_cursor(text: str) -> str:
    """The text of a cursor. Raises Refusal("invalid") for anything else."""
    content = content_of(text, _MAX_TEXT_CHARACTERS)
    if isinstance(content, str):
        return content
    raise invalid_cursor()


def invalid_cursor() -> Refusal:
    """The refusal of an invalid cursor."""
    return Refusal(
        "invalid",
        "Le paramètre cursor n'est pas un curseur de cette liste : reprenez à la première page.",
        parameter="cursor",
    )


def opaque(content: object) -> str:
    """JSON-ready content as opaque text, for URLs."""
    packed = json.dumps(content, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def content_of(text: str, longest: int) -> object:
    """The content of an opaque text; None if it is invalid, or longer than that (characters)."""
    try:
        if len(text) > longest:
            return None
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        content: object = json.loads(packed)
    except (ValueError, binascii.Error, RecursionError):
        return None
    return content
