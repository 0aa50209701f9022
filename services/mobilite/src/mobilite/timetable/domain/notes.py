"""Tables of a feed that are read rarely: their rows as published, packed as JSON.

The text stays in the mapped file. A table is decoded in pieces, as it is read, and nothing is
cached: a replica that reads no note pays nothing for it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mobilite.timetable.domain.strings import Strings

Row = Mapping[str, Any]
"""One row: its values by column, empty ones left out."""
PIECE_CHARACTERS: Final = 1 << 18
"""Characters of JSON from which a new piece starts."""


@dataclass(frozen=True, slots=True, eq=False)
class Notes:
    """Tables of rows, by name. Immutable."""

    names: Strings
    first: NDArray[np.int32]
    """CSR index: the pieces of table i are `first[i]:first[i + 1]`."""
    pieces: Strings
    """Each is a JSON list of rows."""

    @staticmethod
    def of(tables: Iterable[tuple[str, Iterable[Row]]]) -> "Notes":
        """Pack tables, each with its name; a table without rows is left out."""
        names, ends, pieces = list[str](), [0], list[str]()
        for name, rows in tables:
            pieces += _pieces(rows)
            if len(pieces) > ends[-1]:
                names.append(name)
                ends.append(len(pieces))
        return Notes(Strings.of(names), np.array(ends, dtype=np.int32), Strings.of(pieces))

    def has(self, name: str) -> bool:
        """Whether there is such a table."""
        return self.names.index_of(name) is not None

    def rows(self, name: str) -> Iterator[dict[str, Any]]:
        """The rows of a table, decoded as they are read; none if there is no such table."""
        table = self.names.index_of(name)
        if table is None:
            return
        for piece in range(int(self.first[table]), int(self.first[table + 1])):
            yield from json.loads(self.pieces[piece])


def _pieces(rows: Iterable[Row]) -> Iterator[str]:
    texts, size = list[str](), 0
    for row in rows:
        texts.append(json.dumps(row, ensure_ascii=False, separators=(",", ":")))
        size += len(texts[-1]) + 1
        if size >= PIECE_CHARACTERS:
            yield f"[{','.join(texts)}]"
            texts, size = [], 0
    if texts:
        yield f"[{','.join(texts)}]"
