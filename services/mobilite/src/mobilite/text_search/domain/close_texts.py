"""Texts that differ from another by some typos: letters missing, added, replaced, or exchanged
with their neighbour (optimal string alignment).

Few of many texts are compared: each typo changes the set of letters by at most one on each side,
and the length by at most one.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

_BITS: Final = {letter: 1 << at for at, letter in enumerate("abcdefghijklmnopqrstuvwxyz0123456789")}


def typos_allowed(length: int) -> int:
    """The typos forgiven in a text of so many letters: none below 4, one below 8, else two."""
    return 0 if length < 4 else 1 if length < 8 else 2


class CloseTexts:
    """Finds the texts that are close to one. They consist of lower-case letters and digits."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = np.array(texts, dtype=object)
        self._letters = np.fromiter(map(_letters, texts), np.uint64, len(texts))
        self._lengths = np.fromiter(map(len, texts), np.int32, len(texts))

    def find(self, text: str) -> list[tuple[int, int]]:
        """The texts within the typos allowed for this one, as (typos, position)."""
        most, letters = typos_allowed(len(text)), np.uint64(_letters(text))
        if not most:
            return []
        candidates = np.flatnonzero(
            (np.abs(self._lengths - len(text)) <= most)
            & (np.bitwise_count(self._letters & ~letters) <= most)
            & (np.bitwise_count(letters & ~self._letters) <= most)
        )
        if not len(candidates):
            return []
        several = self._texts[candidates].tolist()
        typos = cdist([text], several, scorer=OSA.distance, score_cutoff=most, dtype=np.uint8)[0]
        near = np.flatnonzero(typos <= most)
        return list(zip(typos[near].tolist(), candidates[near].tolist(), strict=True))


def _letters(text: str) -> int:
    """The set of its letters, as bits."""
    bits = 0
    for letter in text:
        bits |= _BITS[letter]
    return bits
