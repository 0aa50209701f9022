"""How much of a long text its index row holds: B-tree rows end at 2,704 bytes, columns together.

The writer cuts what it stores, and a search what it compares with, in the same place. What comes
after is not searched: a text that long is no name and no address.
"""

from typing import Final

_MOST: Final = 2300  # bytes; types, parameters and ids take the rest


def indexed_part(text: str) -> str:
    """The beginning that an index holds: all of it but for very long texts."""
    if len(text) * 4 <= _MOST:
        return text
    return text.encode()[:_MOST].decode(errors="ignore")
