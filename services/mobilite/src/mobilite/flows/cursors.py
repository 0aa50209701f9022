"""Opaque cursors: where the next page starts, in a text nobody needs to read."""

import base64
import binascii
import json

from socle.errors import Refusal

_LONGEST = 200
_LARGEST = 2**32
"""Instants of this century, rows and ordinals of days all stay below."""


def cursor_of(*numbers: int) -> str:
    """Numbers as an opaque text."""
    packed = json.dumps(numbers, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def read_cursor(text: str, count: int) -> list[int]:
    """The `count` numbers of a cursor. Raises Refusal("invalid") where it is none of ours."""
    try:
        if len(text) > _LONGEST:
            raise ValueError
        packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        numbers = json.loads(packed)
    except (ValueError, binascii.Error, RecursionError):
        numbers = None
    if (
        isinstance(numbers, list)
        and len(numbers) == count
        and all(type(number) is int and abs(number) < _LARGEST for number in numbers)
    ):
        return numbers
    raise Refusal(
        "invalid",
        "Le paramètre cursor n'est pas un curseur de cette liste : reprenez à la première page.",
        parameter="cursor",
    )
