"""The order of results, and the condition that a row comes after a position in it.

Without `_sort` the order is that of creation, newest first. It never changes, so that pages neither
repeat nor skip resources while others are written. With `_sort`, it breaks ties; there, a resource
whose sort value changes between two pages can be repeated or skipped.
"""

from collections.abc import Sequence
from typing import Any, Final

from esante.search.adapters.sort_paths import is_number, sort_paths
from esante.search.adapters.statement_builder import Row, Statement
from esante.search.domain.query.model import Query, SortKey, SortValueType

_SQL_TYPES: Final[dict[SortValueType, str]] = {
    "id": "text",
    "updated": "timestamptz",
    "main_date": "timestamptz",
    "date": "timestamptz",
    "string": "text",
    "amount": "numeric",
    "uri": "text",
    "text": "text",
}
_INDEX_TABLES: Final[dict[SortValueType, tuple[str, str]]] = {
    "date": ("date_value", "v.low"),
    "string": ("string_value", "v.folded"),
    "amount": ("quantity_value", "coalesce(v.value, v.low)"),
    "uri": ("uri_value", "v.value"),
}
_COLUMNS: Final[dict[SortValueType, str]] = {
    "id": "id",
    "updated": "updated",
    "main_date": "date_low",
}
_NEVER_MISSING: Final[frozenset[SortValueType]] = frozenset({"id", "updated"})


def sort_value_sql(key: SortKey, row: Row) -> str:
    """The SQL of the value by which a resource is sorted; NULL without one."""
    if key.value_type in _COLUMNS:
        return f"{row.name}.{_COLUMNS[key.value_type]}"
    which = "max" if key.descending else "min"
    if key.value_type == "text":
        return _text_sql(key, row, which)
    table, column = _INDEX_TABLES[key.value_type]
    codes = ", ".join(f"'{each}'" for each in key.parameters)
    return (
        f"(SELECT {which}({column}) FROM {table} v WHERE v.type = {row.name}.type"  # noqa: S608
        f" AND v.id = {row.name}.id AND v.parameter IN ({codes}))"
    )


def _text_sql(key: SortKey, row: Row, which: str) -> str:
    # A search of several types cannot be sorted by a code or a reference.
    found = [path for code in key.parameters for path in sort_paths(row.types[0], code)]
    paths = ", ".join(f"'{each}'" for each in found)
    value = "v #>> '{}'"
    if all(is_number(row.types[0], code) for code in key.parameters):
        value = f"lpad({value}, 10, '0')"  # as text, 10 would come before 5
    return (
        f'(SELECT {which}(({value}) COLLATE "C")'  # noqa: S608
        f" FROM unnest(ARRAY[{paths}]::jsonpath[]) AS p(path),"
        f" jsonb_path_query({row.name}.content::jsonb, p.path) AS v)"
    )


def sort_types(keys: Sequence[SortKey]) -> list[str]:
    """The SQL type of the value of each key."""
    return [_SQL_TYPES[each.value_type] for each in keys]


def order_sql(keys: Sequence[SortKey]) -> str:
    """ORDER BY on the columns `k1`, `k2`… and `born`."""
    columns = [f"k{place}{_direction(key)}" for place, key in enumerate(keys, 1)]
    return ", ".join([*columns, "born DESC"])


def _direction(key: SortKey) -> str:
    # NULLS LAST would prevent the use of the index; these values are never NULL.
    missing = "" if key.value_type in _NEVER_MISSING else " NULLS LAST"
    return f" {'DESC' if key.descending else 'ASC'}{missing}"


def after_cursor_sql(query: Query, place: Sequence[Any], statement: Statement) -> str:
    """The condition on the columns of `order_sql` that a row comes after a position.

    `place`: the position, from `Cursors.read`; its last value is the `born`.
    """
    begins = ""
    alternatives: list[str] = []
    same: list[str] = []
    for number, (key, value) in enumerate(zip(query.sort, place, strict=False), 1):
        column = f"k{number}"
        if value is None:
            same.append(f"{column} IS NULL")
            continue
        argument = statement.bind(value, _SQL_TYPES[key.value_type])
        beyond = f"{column} {'<' if key.descending else '>'} {argument}"
        if key.value_type not in _NEVER_MISSING:
            beyond = f"({beyond} OR {column} IS NULL)"
        elif number == 1:
            # A redundant range condition, which the index can use.
            begins = f"{column} {'<=' if key.descending else '>='} {argument} AND "
        alternatives.append(" AND ".join([*same, beyond]))
        same.append(f"{column} = {argument}")
    alternatives.append(" AND ".join([*same, f"born < {statement.bind(place[-1], 'bigint')}"]))
    return f"{begins}({' OR '.join(f'({each})' for each in alternatives)})"
