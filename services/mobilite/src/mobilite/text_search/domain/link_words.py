"""The small words of French names, which people leave out or add."""

from typing import Final

LINK_WORDS: Final = frozenset(
    ("d", "de", "du", "des", "l", "la", "le", "les", "a", "au", "aux", "en", "sur", "sous", "et")
)
