"""The part of a long text that an index row holds: B-tree rows end at 2,704 bytes.

Writers and searches cut a text at the same place. What follows is not searched: no name and no
address is that long.
"""

from typing import Final

_MAX: Final = 2300
"""Bytes; the type, the parameter and the id take the rest."""


def truncate_for_index(text: str) -> str:
    """The beginning of the text that the index holds."""
    if len(text) * 4 <= _MAX:
        return text
    return text.encode()[:_MAX].decode(errors="ignore")
