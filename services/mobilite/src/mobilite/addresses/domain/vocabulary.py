"""The words of all streets, in which those that resemble a word are found."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from mobilite.text_search.domain.close_texts import CloseTexts, typos_allowed
from mobilite.text_search.domain.word_index import beginning_range

_MAX_CLOSE: Final = 40
"""Words that resemble one, the closest first."""


class Vocabulary:
    """Different words, sorted."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words
        self._close = CloseTexts(words)

    def close(self, word: str, *, last: bool) -> dict[str, int]:
        """The words that resemble one, with their typos; none resembles a number. `last`: whether
        the word is perhaps not complete yet. The first letter of such a word must be right."""
        if word.isdigit():
            return {}
        found = {self._words[at]: typos for typos, at in self._close.find(word)}
        most = typos_allowed(len(word))
        if last and most:
            first, end = beginning_range(self._words, word[0])
            several = self._words[first:end]
            for length in (len(word) - 1, len(word), len(word) + 1):
                beginnings = [each[:length] for each in several]
                typos = cdist(
                    [word], beginnings, scorer=OSA.distance, score_cutoff=most, dtype=np.uint8
                )[0]
                for at in np.flatnonzero(typos <= most).tolist():
                    found[several[at]] = min(int(typos[at]), found.get(several[at], most))
        return dict(sorted(found.items(), key=lambda each: each[1])[:_MAX_CLOSE])
