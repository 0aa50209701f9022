"""Search criteria as SQL.

Equalities are looked up in the arrays of the resource row (GIN indexes); texts, ranges and numbers
in the index tables. Types and parameter codes are literals, so that the partition is known before
planning; they are from the standard's lists. Every value of the caller is an argument.

An element of `refs` is the key of a reference parameter XOR that of the resource referred to;
one of `tokens` for a composite with index rows is a key XOR the `pair` of those rows. `#` is
PostgreSQL's XOR.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, assert_never

from esante.core.domain.folding import fold
from esante.search.adapters.comparisons_sql import Bind, amount_sql, date_sql, instant_sql
from esante.search.domain.definitions import ABOUT
from esante.search.domain.query.criteria import (
    AllOf,
    Amounts,
    AmountTest,
    AnyOf,
    Chain,
    CompositeMatch,
    Criterion,
    Dates,
    Has,
    Ids,
    LastUpdated,
    MainCode,
    Not,
    References,
    SelfReference,
    Strings,
    Tokens,
    UrisBelow,
)
from esante.search.domain.query.limits import MAX_ARGUMENTS, MAX_KEYS, too_costly
from esante.store.adapters.index_text import truncate_for_index
from esante.store.adapters.partitions import partition_of
from esante.store.domain.index_keys import parameter_key


@dataclass(slots=True)
class Statement:
    """A statement being built: its arguments and row aliases."""

    arguments: list[Any] = field(default_factory=list)
    """In the order of their placeholders."""
    _rows: int = 0
    """How many aliases exist."""
    _places: dict[tuple[Any, str], str] = field(default_factory=dict)
    """The placeholder of each value and SQL type."""

    def bind(self, value: Any, sql_type: str) -> str:
        """Add an argument, which must be hashable, or reuse an equal one; returns its placeholder.

        Raises Refusal past `MAX_ARGUMENTS`.
        """
        if (at := self._places.get((value, sql_type))) is not None:
            return at
        self.arguments.append(value)
        if len(self.arguments) > MAX_ARGUMENTS:
            raise too_costly("Cette recherche compare trop de valeurs : demandez-en moins.")
        placeholder = f"${len(self.arguments)}::{sql_type}"
        self._places[value, sql_type] = placeholder
        return placeholder

    def row(self, types: Sequence[str]) -> "Row":
        """A new alias of `resource`, for rows of those types."""
        self._rows += 1
        return Row(f"r{self._rows}", tuple(types))


@dataclass(frozen=True, slots=True)
class Row:
    """An alias of the table `resource` in a statement."""

    name: str
    types: tuple[str, ...]
    """The resource types of its rows."""

    @property
    def source(self) -> str:
        """The FROM item: the partition, if one has all of its types."""
        tables = {partition_of(each) for each in self.types}
        return f"{tables.pop() if len(tables) == 1 else 'resource'} {self.name}"

    @property
    def typed(self) -> str:
        """The condition on its types."""
        types = ", ".join(f"'{each}'" for each in self.types)
        return (
            f"{self.name}.type = {types}"
            if len(self.types) == 1
            else f"{self.name}.type IN ({types})"
        )


def criterion_sql(criterion: Criterion, row: Row, statement: Statement) -> str:
    """The SQL condition of a criterion on that row. Raises Refusal for too many values."""
    bind, name = statement.bind, row.name
    match criterion:
        case Tokens() | MainCode():
            return _in_array(f"{name}.tokens", criterion.elements, statement)
        case References(elements):
            return _in_array(f"{name}.refs", elements, statement)
        case SelfReference(keys):
            return f"{name}.self = ANY({bind(keys, 'bigint[]')})"
        case Ids(ids):
            return f"{name}.id = ANY({bind(ids, 'text[]')})"
        case LastUpdated(tests):
            return _any(instant_sql(each, f"{name}.updated", bind) for each in tests)
        case AllOf(of):
            return " AND ".join(f"({criterion_sql(c, row, statement)})" for c in of) or "true"
        case AnyOf(of):
            return _any(criterion_sql(c, row, statement) for c in of)
        case Not(of):
            return f"({criterion_sql(of, row, statement)}) IS NOT TRUE"
        case Chain(parameter, targets):
            return _any(_chain_sql(parameter, *each, row, statement) for each in targets)
        case Has():
            return _has_sql(criterion, row, statement)
        case CompositeMatch(element, rows):
            return _composite_sql(element, rows, row, statement)
        case Dates(main=True, tests=tests):
            low, high = f"{name}.date_low", f"{name}.date_high"
            return _any(date_sql(each, low, high, bind) for each in tests)
        case Dates() | Amounts() | Strings() | UrisBelow():
            return _index_table_sql(criterion, row, statement)
        case _:
            assert_never(criterion)


def newest_first_sql(
    criterion: Criterion, row: Row, statement: Statement, *, before: str | None
) -> str:
    """As `criterion_sql`, for pages that are sorted newest first.

    `before`: SQL of the `born` before which the resources were created. A main code is looked up in
    `code_value`, which has that order. The lookup is a semi-join over a unique index, so that
    PostgreSQL can start from either side.
    """
    match criterion:
        case AllOf(of):
            parts = (f"({newest_first_sql(c, row, statement, before=before)})" for c in of)
            return " AND ".join(parts) or "true"
        case MainCode(element):
            code = statement.bind(element, "bigint")
            place = "" if before is None else f" AND k.born < {before}"
            return (
                f"EXISTS (SELECT 1 FROM code_value k WHERE k.element = {code}"  # noqa: S608
                f" AND k.born = {row.name}.born{place})"
            )
        case _:
            return criterion_sql(criterion, row, statement)


def is_main_code_lookup(has: Has) -> bool:
    """Whether `code_value` suffices: the criterion is a main code of resources about a patient."""
    is_about = has.parameter == parameter_key(has.resource_type, ABOUT)
    return isinstance(has.criterion, MainCode) and is_about


def _in_array(column: str, elements: tuple[int, ...], statement: Statement) -> str:
    if not elements:
        return "false"
    if len(elements) > MAX_KEYS:
        raise too_costly("Cette recherche compare trop de valeurs : demandez-en moins.")
    contains = "@>" if len(elements) == 1 else "&&"
    return f"{column} {contains} {statement.bind(elements, 'bigint[]')}"


def _chain_sql(
    parameter: int, target: str, inner: Criterion, row: Row, statement: Statement
) -> str:
    """The condition of a chain to many resources: follows the references of each candidate.

    `parameter`: the key of the reference parameter. `target`: the type at its other end.
    """
    other = statement.row((target,))
    key = statement.bind(parameter, "bigint")
    return (
        f"EXISTS (SELECT 1 FROM unnest({row.name}.refs) AS {other.name}e(element)"  # noqa: S608
        f" JOIN {other.source} ON {other.name}.self = {other.name}e.element # {key}"
        f" WHERE {other.typed} AND ({criterion_sql(inner, other, statement)}))"
    )


def _has_sql(has: Has, row: Row, statement: Statement) -> str:
    """The condition of a `_has` with many referring resources: looks up each candidate among their
    references, or in `code_value` if that suffices (`is_main_code_lookup`).

    OFFSET 0 makes PostgreSQL select the referring resources first: it cannot estimate how few they
    are, and would otherwise evaluate the criterion on all resources for each candidate.
    """
    if isinstance(has.criterion, MainCode) and is_main_code_lookup(has):
        element = statement.bind(has.criterion.element, "bigint")
        return f"{row.name}.self IN (SELECT k.about FROM code_value k WHERE k.element = {element})"  # noqa: S608
    other = statement.row((has.resource_type,))
    key = statement.bind(has.parameter, "bigint")
    return (
        f"EXISTS (SELECT 1 FROM (SELECT * FROM {other.source} WHERE {other.typed}"  # noqa: S608
        f" AND {other.name}.refs @> ARRAY[{row.name}.self # {key}] OFFSET 0) {other.name}"
        f" WHERE {criterion_sql(has.criterion, other, statement)})"
    )


def _index_table_sql(
    criterion: Dates | Amounts | Strings | UrisBelow, row: Row, statement: Statement
) -> str:
    """The condition that a row of the resource in an index table meets the criterion."""
    table, condition = _row_sql(criterion, "v", statement.bind)
    if len(row.types) == 1:
        return (
            f"{row.name}.id IN (SELECT v.id FROM {table} v"  # noqa: S608
            f" WHERE v.type = '{row.types[0]}' AND {condition})"
        )
    return (
        f"EXISTS (SELECT 1 FROM {table} v"  # noqa: S608
        f" WHERE v.type = {row.name}.type AND v.id = {row.name}.id AND {condition})"
    )


def _composite_sql(
    element: int, criteria: Sequence[Amounts | Dates], row: Row, statement: Statement
) -> str:
    """The condition that rows of one `pair` meet the criteria, and `tokens` has the element of that
    pair."""
    sources: list[str] = []
    conditions: list[str] = []
    for place, criterion in enumerate(criteria):
        name = f"v{place}"
        table, condition = _row_sql(criterion, name, statement.bind)
        sources.append(f"{table} {name}")
        conditions.append(
            f"{name}.type = {row.name}.type AND {name}.id = {row.name}.id AND {condition}"
        )
        if place:
            conditions.append(f"{name}.pair = v0.pair")
    conditions.append(f"{row.name}.tokens @> ARRAY[{statement.bind(element, 'bigint')} # v0.pair]")
    return f"EXISTS (SELECT 1 FROM {', '.join(sources)} WHERE {' AND '.join(conditions)})"  # noqa: S608


def _row_sql(
    criterion: Dates | Amounts | Strings | UrisBelow, name: str, bind: Bind
) -> tuple[str, str]:
    """The index table of a criterion, and the condition on its row, whose alias is `name`."""
    prefix = f"{name}.parameter = '{criterion.parameter}' AND "
    match criterion:
        case Dates(tests=dates):
            either = _any(date_sql(each, f"{name}.low", f"{name}.high", bind) for each in dates)
            return "date_value", f"{prefix}({either})"
        case Amounts(_, amounts):
            return (
                "quantity_value",
                f"{prefix}({_any(_amount_row(e, name, bind) for e in amounts)})",
            )
        case Strings(_, how, texts):
            return "string_value", f"{prefix}({_string_row(how, texts, name, bind)})"
        case UrisBelow(_, uris):
            under = tuple(_like(each.rstrip("/")) + "/%" for each in uris)
            same = f"{name}.value = ANY({bind(uris, 'text[]')})"
            return (
                "uri_value",
                f"{prefix}({same} OR {name}.value LIKE ANY({bind(under, 'text[]')}))",
            )


def _amount_row(test: AmountTest, name: str, bind: Bind) -> str:
    condition = amount_sql(test, name, bind)
    return (
        condition
        if test.unit is None
        else f"({condition} AND {name}.unit = {bind(test.unit, 'bigint')})"
    )


def _string_row(how: str, texts: tuple[str, ...], name: str, bind: Bind) -> str:
    if how == "exact":
        folded = tuple(truncate_for_index(fold(each)) for each in texts)
        exact = f"{name}.exact = ANY({bind(texts, 'text[]')})"
        return f"{name}.folded = ANY({bind(folded, 'text[]')}) AND {exact}"
    begin = "" if how == "starts" else "%"
    # One LIKE for each text, because LIKE ANY does not use the index.
    likes = (begin + _like(truncate_for_index(each)) + "%" for each in texts)
    return _any(f"{name}.folded LIKE {bind(each, 'text')}" for each in likes)


def _like(text: str) -> str:
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")


def _any(conditions: Iterable[str]) -> str:
    parts = list(conditions)
    if not parts:
        return "false"
    return parts[0] if len(parts) == 1 else f"({' OR '.join(f'({each})' for each in parts)})"
