"""A packed column of texts: offsets, one UTF-8 blob, a sorted order.

All three arrays may be in a memory-mapped file; a text is decoded on access, an id is found by
bisection over the sorted order. There is no cache beyond the mapped pages. Rows are read through
memory views, three times as fast as NumPy scalars.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import overload

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Strings(Sequence[str]):
    """An immutable column of texts."""

    offsets: NDArray[np.int32]
    """[n + 1]: row i is `blob[offsets[i]:offsets[i + 1]]`."""
    blob: NDArray[np.uint8]
    """The UTF-8 of all texts."""
    order: NDArray[np.int32]
    """[n]: the rows sorted by their bytes; rows with equal texts by row number."""
    _offsets: memoryview = field(init=False, repr=False)
    _blob: memoryview = field(init=False, repr=False)
    _order: memoryview = field(init=False, repr=False)

    def __post_init__(self) -> None:
        for name in ("offsets", "blob", "order"):
            object.__setattr__(self, f"_{name}", memoryview(getattr(self, name)))

    @staticmethod
    def of(texts: Iterable[str]) -> "Strings":
        """Pack texts; a lone surrogate becomes "?". Raises OverflowError past 2 GiB of UTF-8."""
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
        row %= size
        return str(self._blob[self._offsets[row] : self._offsets[row + 1]], "utf-8")

    def index_of(self, text: str) -> int | None:
        """The first row with `text`, or None. About log2(n) short reads."""
        sought = text.encode("utf-8", "replace")
        first = self._bisect(sought, after_equal=False)
        if first == len(self.order):
            return None
        row: int = self._order[first]
        return row if self._bytes(row) == sought else None

    def indexes_of(self, text: str) -> NDArray[np.int32]:
        """Every row with `text`, ascending (a view; empty if there is none)."""
        sought = text.encode("utf-8", "replace")
        first = self._bisect(sought, after_equal=False)
        if first == len(self.order) or self._bytes(self._order[first]) != sought:
            return self.order[:0]
        return self.order[first : self._bisect(sought, after_equal=True)]

    def rows_after(self, text: str | None) -> NDArray[np.int32]:
        """The rows of the texts after `text`, in their order (a view); None: every row."""
        if text is None:
            return self.order
        return self.order[self._bisect(text.encode("utf-8", "replace"), after_equal=True) :]

    def _bytes(self, row: int) -> bytes:
        return bytes(self._blob[self._offsets[row] : self._offsets[row + 1]])

    def _bisect(self, sought: bytes, *, after_equal: bool) -> int:
        """The position in `order` before the rows equal to `sought`, or after them."""
        offsets, blob, order = self._offsets, self._blob, self._order
        low, high = 0, len(order)
        while low < high:
            middle = (low + high) // 2
            row = order[middle]
            found = bytes(blob[offsets[row] : offsets[row + 1]])
            if found < sought or (after_equal and found == sought):
                low = middle + 1
            else:
                high = middle
        return low
