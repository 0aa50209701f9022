"""Opaque cursors: where the next page starts, in a text nobody needs to read."""

import base64
import binascii
import json

from socle.errors import Refusal

_LONGEST = 200
_LONGEST_TEXT = 2000
_LARGEST = 2**32
"""Instants of this century, rows and ordinals of days all stay below."""


def cursor_of(*numbers: int) -> str:
    """Numbers as an opaque text."""
    return _opaque(numbers)


def text_cursor_of(text: str) -> str:
    """A text (the id a page ends with) as an opaque one."""
    return _opaque(text)


def read_cursor(text: str, count: int) -> list[int]:
    """The `count` numbers of a cursor. Raises Refusal("invalid") where it is none of ours."""
    numbers = _content(text, _LONGEST)
    if (
        isinstance(numbers, list)
        and len(numbers) == count
        and all(type(number) is int and abs(number) < _LARGEST for number in numbers)
    ):
        return numbers
    raise foreign_cursor()


def read_text_cursor(text: str) -> str:
    """The text of a cursor. Raises Refusal("invalid") where it is none of ours."""
    content = _content(text, _LONGEST_TEXT)
    if isinstance(content, str):
        return content
    raise foreign_cursor()


def foreign_cursor() -> Refusal:
    """What is answered to a cursor that is none of the list's."""
    return Refusal(
        "invalid",
        "Le paramètre cursor n'est pas un curseur de cette liste : reprenez à la première page.",
        parameter="cursor",
    )


def _opaque(content: object) -> str:
    packed = json.dumps(content, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def _content(text: str, longest: int) -> object:
    """What a cursor holds, None where it is none."""
    try:
        if len(text) > longest:
            return None
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        content: object = json.loads(packed)
    except (ValueError, binascii.Error, RecursionError):
        return None
    return content
