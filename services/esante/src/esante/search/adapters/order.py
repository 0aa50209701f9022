"""The order of results, and the place in it where a page ends.

Without `_sort` the newest come first, by the order in which they were created: it never changes, so
a page that begins after a place neither repeats nor skips what was there, whatever is written
meanwhile. With `_sort` the same order settles ties; what is moved by a change of its own value is
found where it is then.
"""

import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import orjson

from esante.search.adapters.criteria_sql import Row, Statement
from esante.search.adapters.sort_paths import sort_paths
from esante.search.domain.query.model import Query, SortKey, SortKind
from socle.errors import Refusal

_SQL_TYPES: Final[dict[SortKind, str]] = {
    "id": "text",
    "updated": "timestamptz",
    "main_date": "timestamptz",
    "date": "timestamptz",
    "string": "text",
    "amount": "numeric",
    "uri": "text",
    "text": "text",
}
_SIDES: Final[dict[SortKind, tuple[str, str]]] = {
    "date": ("date_value", "v.low"),
    "string": ("string_value", "v.folded"),
    "amount": ("quantity_value", "coalesce(v.value, v.low)"),
    "uri": ("uri_value", "v.value"),
}
_COLUMNS: Final[dict[SortKind, str]] = {
    "id": "id",
    "updated": "updated",
    "main_date": "date_low",
}
_NEVER_MISSING: Final[frozenset[SortKind]] = frozenset({"id", "updated"})
_MOST_DIGITS: Final = 2000  # more than any number that is stored


def key_sql(key: SortKey, row: Row) -> str:
    """The value by which a resource is sorted, NULL where it has none."""
    if key.kind in _COLUMNS:
        return f"{row.name}.{_COLUMNS[key.kind]}"
    which = "max" if key.descending else "min"
    if key.kind == "text":
        return _text_sql(key, row, which)
    table, column = _SIDES[key.kind]
    codes = ", ".join(f"'{each}'" for each in key.parameters)
    return (
        f"(SELECT {which}({column}) FROM {table} v WHERE v.type = {row.name}.type"  # noqa: S608
        f" AND v.id = {row.name}.id AND v.parameter IN ({codes}))"
    )


def _text_sql(key: SortKey, row: Row, which: str) -> str:
    found = [path for code in key.parameters for path in sort_paths(row.types[0], code)]
    paths = ", ".join(f"'{each}'" for each in found)
    return (
        f"(SELECT {which}((v #>> '{{}}') COLLATE \"C\")"  # noqa: S608
        f" FROM unnest(ARRAY[{paths}]::jsonpath[]) AS p(path),"
        f" jsonb_path_query({row.name}.content::jsonb, p.path) AS v)"
    )


def order_sql(keys: Sequence[SortKey]) -> str:
    """ORDER BY over the columns `k1`… and `born`."""
    told = [f"k{place}{_direction(key)}" for place, key in enumerate(keys, 1)]
    return ", ".join([*told, "born DESC"])


def _direction(key: SortKey) -> str:
    # As an index has it where nothing can be missing: "last" would be another order to it.
    missing = "" if key.kind in _NEVER_MISSING else " NULLS LAST"
    return f" {'DESC' if key.descending else 'ASC'}{missing}"


def after_sql(query: Query, place: Sequence[Any], statement: Statement) -> str:
    """The condition to stand after that place, over the same columns."""
    begins = ""
    ways: list[str] = []
    same: list[str] = []
    for number, (key, value) in enumerate(zip(query.sort, place, strict=False), 1):
        column = f"k{number}"
        if value is None:
            same.append(f"{column} IS NULL")
            continue
        told = statement.put(value, _SQL_TYPES[key.kind])
        beyond = f"{column} {'<' if key.descending else '>'} {told}"
        if key.kind not in _NEVER_MISSING:
            beyond = f"({beyond} OR {column} IS NULL)"
        elif number == 1:
            # Said once more by itself, for the index.
            begins = f"{column} {'<=' if key.descending else '>='} {told} AND "
        ways.append(" AND ".join([*same, beyond]))
        same.append(f"{column} = {told}")
    ways.append(" AND ".join([*same, f"born < {statement.put(place[-1], 'bigint')}"]))
    return f"{begins}({' OR '.join(f'({each})' for each in ways)})"


def write_cursor(query: Query, row: Any) -> str:
    """The place of a row, for the search it was found by alone."""
    values = [_told(row[f"k{number}"]) for number in range(1, len(query.sort) + 1)]
    told = orjson.dumps([query.digest, *values, row["born"]])
    return base64.urlsafe_b64encode(told).decode().rstrip("=")


def read_cursor(query: Query) -> list[Any] | None:
    """The values of the place a page begins after; None for the first page. Raises Refusal."""
    if query.cursor is None:
        return None
    try:
        raw = base64.urlsafe_b64decode(query.cursor + "=" * (-len(query.cursor) % 4))
        digest, *values, born = orjson.loads(raw)
        if digest != query.digest or type(born) is not int or abs(born) >= 2**63:
            raise ValueError(digest)
        told = zip(query.sort, values, strict=True)
        return [*(None if v is None else _value(key, v) for key, v in told), born]
    except (ValueError, TypeError, OverflowError, InvalidOperation):
        raise Refusal(
            "invalid",
            "Ce lien vers la page suivante n'est pas de cette recherche : recommencez-la.",
            parameter="_cursor",
        ) from None


def _value(key: SortKey, told: str) -> Any:
    """As it was written; anybody may have. Raises ValueError, TypeError, OverflowError."""
    kind = _SQL_TYPES[key.kind]
    if kind == "timestamptz":
        moment = datetime.fromisoformat(told)
        if moment.tzinfo is None:
            raise ValueError(told)
        return moment.astimezone(UTC)
    if kind == "numeric":
        number = Decimal(told)
        if not number.is_finite() or abs(number.adjusted()) > _MOST_DIGITS:
            raise ValueError(told)
        return number
    if not isinstance(told, str) or "\0" in told:
        raise ValueError(told)
    return told


def _told(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
