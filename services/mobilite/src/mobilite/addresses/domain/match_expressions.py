"""Expressions of FTS5 for the words of a query. The index has the columns of `StreetWords`.

https://www.sqlite.org/fts5.html#full_text_query_syntax
"""

from collections.abc import Iterable, Sequence
from typing import Final

from mobilite.addresses.domain.street_words import STREET_TYPES, Alternatives

_NAME: Final = "{name joined}"


def strictly(words: Sequence[str]) -> str:
    """Every word is in the name; the last one is perhaps not complete. `words`: search words."""
    return f"{_NAME} : ({_all(words)})"


def near(words: Sequence[str]) -> str:
    """Every word is in the name or the area, and at least one in the name."""
    return f"{_NAME} : ({' OR '.join(_terms(words))}) AND {_all(words)}"


def loosely(words: Sequence[str], close: Alternatives) -> str:
    """As `near`, with the words that resemble each, and with the beginnings of every word. Types of
    streets do not count, unless there is nothing else."""
    needed = [word for word in words if word not in STREET_TYPES] or words
    several = [
        " OR ".join((f'"{word}" *', *(f'"{each}"' for each in close.get(word, ()))))
        for word in needed
    ]
    return f"{_NAME} : ({' OR '.join(several)}) AND {' AND '.join(f'({each})' for each in several)}"


def _all(words: Sequence[str]) -> str:
    return " AND ".join(_terms(words))


def _terms(words: Sequence[str]) -> Iterable[str]:
    for at, word in enumerate(words):
        yield f'"{word}" *' if at == len(words) - 1 else f'"{word}"'
