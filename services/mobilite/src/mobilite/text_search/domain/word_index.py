"""Rows by the words of their texts: complete words, beginnings of words, words with typos."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mobilite.text_search.domain.close_texts import CloseTexts

Costs = NDArray[np.int32]
"""By row: how far its nearest word is from the one searched."""

ABSENT: Final = 10_000
"""The cost of a row without such a word."""
_BEGINNING: Final = 1
"""The cost of a word that begins with the one searched."""
TYPO: Final = 100
"""The cost of each letter that is missing, added, replaced or exchanged with its neighbour."""
_BEGINNINGS: Final = range(3, 13)
"""The lengths of the beginnings of words in which typos are forgiven."""
_AFTER_LETTERS: Final = "\N{DEL}"
"""Sorts after every letter and digit of a word."""


class WordIndex:
    """The words of many rows. Also found: two words that follow each other, written as one
    (« dorleans », « saintmarceau »)."""

    def __init__(self, texts: Iterable[Iterable[Sequence[str]]]) -> None:
        """`texts`: for each row, its texts, each as search words."""
        rows_by_word: dict[str, list[int]] = {}
        self._count = 0
        for row, several in enumerate(texts):
            self._count = row + 1
            words = {word for text in several for word in _with_joined(text)}
            for word in words:
                rows_by_word.setdefault(word, []).append(row)
        self._words = sorted(rows_by_word)
        self._first = [0]
        for word in self._words:
            self._first.append(self._first[-1] + len(rows_by_word[word]))
        flat = [row for word in self._words for row in rows_by_word[word]]
        self._rows = np.array(flat, np.int32)
        self._close_words = CloseTexts(self._words)
        self._beginnings = {length: self._beginnings_of(length) for length in _BEGINNINGS}

    def costs(self, word: str, *, typos: bool, last: bool) -> Costs:
        """int32[rows]: 0 for the word itself, `_BEGINNING`, some `TYPO`s, or `ABSENT`.

        `typos`: whether to forgive them. `last`: whether the word is perhaps not complete yet, so
        that typos in the beginning of a longer word are forgiven too.
        """
        costs = np.full(self._count, ABSENT, np.int32)
        if typos:
            self._add_typos(costs, word, last=last)
        first, end = beginning_range(self._words, word)
        self._lower(costs, first, end, _BEGINNING)
        if first < end and self._words[first] == word:
            self._lower(costs, first, first + 1, 0)
        return costs

    def _lower(self, costs: Costs, first: int, end: int, cost: int) -> None:
        """Set the cost of the rows of the words from `first` to `end`. Costs are set in descending
        order."""
        costs[self._rows[self._first[first] : self._first[end]]] = cost

    def _add_typos(self, costs: Costs, word: str, *, last: bool) -> None:
        found = [(typos, at, at + 1) for typos, at in self._close_words.find(word)]
        for length in (len(word) - 1, len(word), len(word) + 1) if last else ():
            if length in self._beginnings:
                texts, ranges = self._beginnings[length]
                found += [(typos, *ranges[at]) for typos, at in texts.find(word)]
        for typos, first, end in sorted(found, reverse=True):
            self._lower(costs, first, end, TYPO * typos)

    def _beginnings_of(self, length: int) -> tuple[CloseTexts, list[tuple[int, int]]]:
        """The different beginnings of that length, and the range of the words of each."""
        texts, ranges = list[str](), list[tuple[int, int]]()
        for at, word in enumerate(self._words):
            if len(word) < length:
                continue
            if texts and texts[-1] == word[:length]:
                ranges[-1] = ranges[-1][0], at + 1
            else:
                texts.append(word[:length])
                ranges.append((at, at + 1))
        return CloseTexts(texts), ranges


def beginning_range(texts: Sequence[str], beginning: str) -> tuple[int, int]:
    """The first of the sorted texts that begin so, and the end of them."""
    first = bisect_left(texts, beginning)
    return first, bisect_left(texts, beginning + _AFTER_LETTERS, lo=first)


def _with_joined(words: Sequence[str]) -> Iterable[str]:
    yield from words
    yield from (one + other for one, other in pairwise(words))
