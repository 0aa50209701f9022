"""A column of texts that costs nothing until it is read: offsets, one UTF-8 blob, a sorted order.

All three arrays may lie in a memory-mapped file; a text is decoded when it is asked for, an id is
found by bisection over the sorted order. Nothing is cached: the pages are the cache.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Strings(Sequence[str]):
    """`offsets` int32[n+1] into `blob` uint8[bytes]; `order` int32[n]: rows sorted by their bytes.

    Rows with equal texts stand in `order` by row number.
    """

    offsets: NDArray[np.int32]
    blob: NDArray[np.uint8]
    order: NDArray[np.int32]

    @staticmethod
    def of(texts: Iterable[str]) -> "Strings":
        """Pack texts. Raises OverflowError past 2 GiB of UTF-8."""
        encoded = [text.encode("utf-8", "replace") for text in texts]
        ends = np.cumsum([0, *map(len, encoded)], dtype=np.int64)
        if ends[-1] > np.iinfo(np.int32).max:
            raise OverflowError("more than 2 GiB of text in one column")
        order = sorted(range(len(encoded)), key=encoded.__getitem__)
        return Strings(
            ends.astype(np.int32),
            np.frombuffer(b"".join(encoded), dtype=np.uint8),
            np.asarray(order, dtype=np.int32),
        )

    def __len__(self) -> int:
        return len(self.order)

    @overload
    def __getitem__(self, row: int) -> str: ...
    @overload
    def __getitem__(self, row: slice) -> list[str]: ...
    def __getitem__(self, row: int | slice) -> str | list[str]:
        if isinstance(row, slice):
            return [self[i] for i in range(*row.indices(len(self)))]
        size = len(self.order)
        if not -size <= row < size:
            raise IndexError(row)
        return self._bytes(row % size).decode()

    def index_of(self, text: str) -> int | None:
        """The first row that holds `text`, or None. About log2(n) short reads."""
        sought = text.encode("utf-8", "replace")
        first = self._bisect(sought, after_equal=False)
        if first == len(self.order):
            return None
        row = int(self.order[first])
        return row if self._bytes(row) == sought else None

    def indexes_of(self, text: str) -> NDArray[np.int32]:
        """Every row that holds `text`, ascending (a view; empty when there is none)."""
        sought = text.encode("utf-8", "replace")
        first = self._bisect(sought, after_equal=False)
        if first == len(self.order) or self._bytes(int(self.order[first])) != sought:
            return self.order[:0]
        return self.order[first : self._bisect(sought, after_equal=True)]

    def _bytes(self, row: int) -> bytes:
        return self.blob[self.offsets[row] : self.offsets[row + 1]].tobytes()

    def _bisect(self, sought: bytes, *, after_equal: bool) -> int:
        low, high = 0, len(self.order)
        while low < high:
            middle = (low + high) // 2
            found = self._bytes(int(self.order[middle]))
            if found < sought or (after_equal and found == sought):
                low = middle + 1
            else:
                high = middle
        return low
