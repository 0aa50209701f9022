"""A fast bound of the nesting of a JSON text."""

import re
from typing import Final

_ROUNDS: Final = 20
"""Each removes one or two levels; usual resources in a Bundle have ten."""
SHALLOW: Final = 2 * _ROUNDS
"""Levels of nesting."""
_NOT_BRACKETS: Final = bytes(set(range(256)) - set(b'{}[]"'))
_QUOTED: Final = re.compile(rb'"[^"]*+"')


def is_shallow(body: bytes) -> bool:
    """Whether nothing in a JSON text in UTF-8 is nested past `SHALLOW`; if not, it is unknown, but
    past half of that.

    Many times faster than a look at each string and bracket: each round removes the innermost
    objects and lists.
    """
    if b"\\" in body:
        body = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    # Strings without brackets are empty then. Two that are removed as one were next to each other.
    brackets = body.translate(None, _NOT_BRACKETS).replace(b'""', b"")
    if b'"' in brackets:
        brackets = _QUOTED.sub(b"", brackets)
    for _ in range(_ROUNDS):
        before, brackets = len(brackets), brackets.replace(b"{}", b"").replace(b"[]", b"")
        if len(brackets) == before:
            break
    return not brackets
