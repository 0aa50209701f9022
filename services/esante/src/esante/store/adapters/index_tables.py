"""The tables of index rows: their columns, and the rows of a resource."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from esante.store.adapters.index_text import truncate_for_index
from esante.store.domain.index_rows import IndexEntries

INDEX_TABLES: Final[Mapping[str, Mapping[str, str]]] = {
    "string_value": {"parameter": "text", "folded": "text", "exact": "text"},
    "uri_value": {"parameter": "text", "value": "text"},
    "date_value": {
        "parameter": "text",
        "low": "timestamptz",
        "high": "timestamptz",
        "pair": "bigint",
    },
    "quantity_value": {
        "parameter": "text",
        "low": "numeric",
        "high": "numeric",
        "value": "numeric",
        "unit": "bigint",
        "pair": "bigint",
    },
}
"""The type of each column, but the type and the id of the resource, by table."""
CODES: Final = "code_value"
ALL_TABLES: Final = (*INDEX_TABLES, CODES)
ON_CODE_CONFLICT: Final = """
    ON CONFLICT (element, born) DO UPDATE SET about = excluded.about
    WHERE code_value.about IS DISTINCT FROM excluded.about"""
"""Of an update: a code that the resource had before changes in `about` alone."""
UNLESS_UNCHANGED: Final = """ AND NOT EXISTS (
        SELECT 1 FROM coded n WHERE n.born = v.born AND n.element = v.element)"""
"""Of an update: an unchanged code must not be deleted. All parts of a statement see the table as it
was before, so that its insertion would conflict with the unique index. `coded`: the new codes."""


def text_array(values: Sequence[str]) -> str:
    """The literal of an array of ids. Quoted, since `null` is an id."""
    return "{" + ",".join(f'"{each}"' for each in values) + "}"


def key_array(keys: Iterable[int]) -> str:
    """The literal of an array of keys (`sorted_keys`)."""
    return "{" + ",".join(map(str, sorted_keys(keys))) + "}"


def sorted_keys(keys: Iterable[int]) -> list[int]:
    """The keys as they are stored: equal sets are equal arrays, so that an update which changes
    none of them leaves the indexes of the arrays as they are (a heap-only tuple)."""
    return sorted(keys)


def index_rows(indexed: IndexEntries) -> dict[str, Sequence[tuple[Any, ...]]]:
    """The rows of each index table that has any, without type and id of the resource."""
    rows: dict[str, Sequence[tuple[Any, ...]]] = {}
    if indexed.strings:
        rows["string_value"] = [
            (s.parameter, truncate_for_index(s.folded), s.exact) for s in indexed.strings
        ]
    if indexed.uris:
        rows["uri_value"] = [(u.parameter, truncate_for_index(u.value)) for u in indexed.uris]
    if indexed.dates:
        rows["date_value"] = list(map(tuple, indexed.dates))
    if indexed.quantities:
        rows["quantity_value"] = list(map(tuple, indexed.quantities))
    return rows
