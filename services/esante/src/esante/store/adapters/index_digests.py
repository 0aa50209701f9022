"""Digests of the index rows of a resource, stored with it: an update leaves out the index tables
whose rows stay the same.

The column `index_digests` begins with the version and the key of the uploaded search parameters
that the rows are of. An older version of this program changes rows without that column, but never
without a new version or new parameters: digests of others are unknown ones.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from esante.store.adapters.index_tables import ALL_TABLES, INDEX_TABLES, index_rows
from esante.store.domain.index_rows import IndexEntries
from esante.store.ports import Change

_VERSION_BYTES: Final = 4
_BYTES: Final = 8
"""Of a key, and of a digest."""
_NO_ROWS: Final = bytes(_BYTES)
_FIRST_DIGEST: Final = _VERSION_BYTES + _BYTES


@dataclass(frozen=True, slots=True)
class TableChanges:
    """The index tables whose rows an update changes."""

    changed: frozenset[str]
    """Those with other rows than before."""
    filled: frozenset[str]
    """Those of them with rows before."""


def digests_of(
    indexed: IndexEntries, version: int, rows: Mapping[str, Sequence[tuple[Any, ...]]]
) -> bytes:
    """The digests of a version. `rows`: its `index_rows`."""
    codes = indexed.codes
    return b"".join(
        (
            _origin(indexed, version),
            *(_digest(rows[table]) if table in rows else _NO_ROWS for table in INDEX_TABLES),
            _digest((sorted(codes), indexed.about)) if codes else _NO_ROWS,
        )
    )


def digests_of_change(change: Change) -> bytes | None:
    """The digests of the version that a change writes; None for a deletion."""
    indexed = change.indexed
    return None if indexed is None else digests_of(indexed, change.version, index_rows(indexed))


def table_changes(change: Change, digests: bytes) -> TableChanges | None:
    """The index tables to write; None if it is unknown what they have: all of them.

    `change`: an update. `digests`: those of the version that it writes.
    """
    before = change.replaced_digests
    assert change.indexed is not None
    if before is None or not before.startswith(_origin(change.indexed, change.replaces)):
        return None
    starts = range(_FIRST_DIGEST, len(digests), _BYTES)
    each = [
        (table, before[start : start + _BYTES])
        for table, start in zip(ALL_TABLES, starts, strict=True)
        if before[start : start + _BYTES] != digests[start : start + _BYTES]
    ]
    return TableChanges(
        frozenset(table for table, _ in each),
        frozenset(table for table, rows in each if rows != _NO_ROWS),
    )


def _origin(indexed: IndexEntries, version: int) -> bytes:
    """What the rows are of: the version and the uploaded search parameters."""
    return version.to_bytes(_VERSION_BYTES) + indexed.definitions.to_bytes(_BYTES, signed=True)


def _digest(rows: object) -> bytes:
    written = repr(rows).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(written, digest_size=_BYTES).digest()
