"""Criteria as SQL over the tables of the store.

Equalities are looked up in the arrays of the resource's own row (GIN); texts, ranges and numbers
in rows of their own. Types and parameter codes are words of the standard and stand in the
statement, so that each type's partition is chosen before planning; every value of the caller is an
argument.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, assert_never

from esante.core.domain.folding import fold
from esante.search.adapters.comparisons_sql import Put, amount_sql, date_sql, instant_sql
from esante.search.domain.definitions import ABOUT
from esante.search.domain.query.criteria import (
    AllOf,
    Amounts,
    AmountTest,
    AnyOf,
    Beside,
    Chain,
    Coded,
    Criterion,
    Dates,
    Has,
    Ids,
    Not,
    Refs,
    Selves,
    Strings,
    Tokens,
    Updated,
    UrisBelow,
)
from esante.search.domain.query.limits import MOST_ARGUMENTS, MOST_KEYS, too_costly
from esante.store.adapters.index_text import indexed_part
from esante.store.adapters.partitions import table_of
from esante.store.domain.index_keys import parameter_key


@dataclass(slots=True)
class Statement:
    """A statement being made: its arguments, and how many rows it has named."""

    arguments: list[Any] = field(default_factory=list)
    _rows: int = 0
    _places: dict[tuple[Any, str], str] = field(default_factory=dict)

    def put(self, value: Any, kind: str) -> str:
        """What stands for an argument. Raises Refusal past `MOST_ARGUMENTS`."""
        if (at := self._places.get((value, kind))) is not None:
            return at
        self.arguments.append(value)
        if len(self.arguments) > MOST_ARGUMENTS:
            raise too_costly("Cette recherche compare trop de valeurs : demandez-en moins.")
        told = f"${len(self.arguments)}::{kind}"
        self._places[value, kind] = told
        return told

    def row(self, types: Sequence[str]) -> "Row":
        """A new row of `resource`, of one of those types."""
        self._rows += 1
        return Row(f"r{self._rows}", tuple(types))


@dataclass(frozen=True, slots=True)
class Row:
    """One row of `resource` in a statement."""

    name: str
    types: tuple[str, ...]

    @property
    def source(self) -> str:
        """What stands after FROM: the partition, where one holds all its types."""
        tables = {table_of(each) for each in self.types}
        return f"{tables.pop() if len(tables) == 1 else 'resource'} {self.name}"

    @property
    def typed(self) -> str:
        """The condition that it is of one of its types."""
        told = ", ".join(f"'{each}'" for each in self.types)
        return (
            f"{self.name}.type = {told}"
            if len(self.types) == 1
            else f"{self.name}.type IN ({told})"
        )


def criterion_sql(criterion: Criterion, row: Row, statement: Statement) -> str:
    """The condition on that row."""
    put, name = statement.put, row.name
    match criterion:
        case Tokens() | Coded():
            return _in_array(f"{name}.tokens", criterion.elements, statement)
        case Refs(elements):
            return _in_array(f"{name}.refs", elements, statement)
        case Selves(keys):
            return f"{name}.self = ANY({put(keys, 'bigint[]')})"
        case Ids(ids):
            return f"{name}.id = ANY({put(ids, 'text[]')})"
        case Updated(tests):
            return _any(instant_sql(each, f"{name}.updated", put) for each in tests)
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
        case Beside(element, rows):
            return _beside_sql(element, rows, row, statement)
        case Dates(_, True, tests):
            low, high = f"{name}.date_low", f"{name}.date_high"
            return _any(date_sql(each, low, high, put) for each in tests)
        case Dates() | Amounts() | Strings() | UrisBelow():
            return _side_sql(criterion, row, statement)
        case _:
            assert_never(criterion)


def newest_sql(criterion: Criterion, row: Row, statement: Statement, *, before: str | None) -> str:
    """The same where the newest are wanted first, of those created before that (`born`): a code
    gives them in that order. Said of a semi-join that it is a join by a unique index, PostgreSQL
    chooses by itself whether to begin there."""
    match criterion:
        case AllOf(of):
            told = (f"({newest_sql(c, row, statement, before=before)})" for c in of)
            return " AND ".join(told) or "true"
        case Coded(element):
            code = statement.put(element, "bigint")
            place = "" if before is None else f" AND k.born < {before}"
            return (
                f"EXISTS (SELECT 1 FROM code_value k WHERE k.element = {code}"  # noqa: S608
                f" AND k.born = {row.name}.born{place})"
            )
        case _:
            return criterion_sql(criterion, row, statement)


def is_by_code(has: Has) -> bool:
    """Whether it asks for the main code of what is about a patient: its index answers at once."""
    is_about = has.parameter == parameter_key(has.resource_type, ABOUT)
    return isinstance(has.criterion, Coded) and is_about


def _in_array(column: str, elements: tuple[int, ...], statement: Statement) -> str:
    if not elements:
        return "false"
    if len(elements) > MOST_KEYS:
        raise too_costly("Cette recherche compare trop de valeurs : demandez-en moins.")
    contains = "@>" if len(elements) == 1 else "&&"
    return f"{column} {contains} {statement.put(elements, 'bigint[]')}"


def _chain_sql(
    parameter: int, target: str, inner: Criterion, row: Row, statement: Statement
) -> str:
    """For where many are referred to: each resource's references are followed."""
    other = statement.row((target,))
    key = statement.put(parameter, "bigint")
    return (
        f"EXISTS (SELECT 1 FROM unnest({row.name}.refs) AS {other.name}e(element)"  # noqa: S608
        f" JOIN {other.source} ON {other.name}.self = {other.name}e.element # {key}"
        f" WHERE {other.typed} AND ({criterion_sql(inner, other, statement)}))"
    )


def _has_sql(has: Has, row: Row, statement: Statement) -> str:
    """For where many refer: each resource is looked for among the references, by code in a table
    of its own (`is_by_code`). What refers to it is
    found before all else (OFFSET 0): PostgreSQL, which cannot know how few that are, would else
    look up again and again all that meets the criterion."""
    if isinstance(has.criterion, Coded) and is_by_code(has):
        element = statement.put(has.criterion.element, "bigint")
        return f"{row.name}.self IN (SELECT k.about FROM code_value k WHERE k.element = {element})"  # noqa: S608
    other = statement.row((has.resource_type,))
    key = statement.put(has.parameter, "bigint")
    return (
        f"EXISTS (SELECT 1 FROM (SELECT * FROM {other.source} WHERE {other.typed}"  # noqa: S608
        f" AND {other.name}.refs @> ARRAY[{row.name}.self # {key}] OFFSET 0) {other.name}"
        f" WHERE {criterion_sql(has.criterion, other, statement)})"
    )


def _side_sql(
    criterion: Dates | Amounts | Strings | UrisBelow, row: Row, statement: Statement
) -> str:
    """That a row of the resource, in a table beside it, meets the condition."""
    table, condition = _row_sql(criterion, "v", statement.put)
    if len(row.types) == 1:
        return (
            f"{row.name}.id IN (SELECT v.id FROM {table} v"  # noqa: S608
            f" WHERE v.type = '{row.types[0]}' AND {condition})"
        )
    return (
        f"EXISTS (SELECT 1 FROM {table} v"  # noqa: S608
        f" WHERE v.type = {row.name}.type AND v.id = {row.name}.id AND {condition})"
    )


def _beside_sql(
    element: int, criteria: Sequence[Amounts | Dates], row: Row, statement: Statement
) -> str:
    """That rows of one `pair` meet the conditions, where the element stands with that pair."""
    sources: list[str] = []
    told: list[str] = []
    for place, criterion in enumerate(criteria):
        name = f"v{place}"
        table, condition = _row_sql(criterion, name, statement.put)
        sources.append(f"{table} {name}")
        told.append(f"{name}.type = {row.name}.type AND {name}.id = {row.name}.id AND {condition}")
        if place:
            told.append(f"{name}.pair = v0.pair")
    told.append(f"{row.name}.tokens @> ARRAY[{statement.put(element, 'bigint')} # v0.pair]")
    return f"EXISTS (SELECT 1 FROM {', '.join(sources)} WHERE {' AND '.join(told)})"  # noqa: S608


def _row_sql(
    criterion: Dates | Amounts | Strings | UrisBelow, name: str, put: Put
) -> tuple[str, str]:
    """The table, and the condition on its row of that name."""
    told = f"{name}.parameter = '{criterion.parameter}' AND "
    match criterion:
        case Dates(_, _, dates):
            either = _any(date_sql(each, f"{name}.low", f"{name}.high", put) for each in dates)
            return "date_value", f"{told}({either})"
        case Amounts(_, amounts):
            return "quantity_value", f"{told}({_any(_amount_row(e, name, put) for e in amounts)})"
        case Strings(_, how, texts):
            return "string_value", f"{told}({_string_row(how, texts, name, put)})"
        case UrisBelow(_, uris):
            under = tuple(_like(each.rstrip("/")) + "/%" for each in uris)
            same = f"{name}.value = ANY({put(uris, 'text[]')})"
            return (
                "uri_value",
                f"{told}({same} OR {name}.value LIKE ANY({put(under, 'text[]')}))",
            )


def _amount_row(test: AmountTest, name: str, put: Put) -> str:
    told = amount_sql(test, name, put)
    return told if test.unit is None else f"({told} AND {name}.unit = {put(test.unit, 'bigint')})"


def _string_row(how: str, texts: tuple[str, ...], name: str, put: Put) -> str:
    if how == "exact":
        folded = tuple(indexed_part(fold(each)) for each in texts)
        exact = f"{name}.exact = ANY({put(texts, 'text[]')})"
        return f"{name}.folded = ANY({put(folded, 'text[]')}) AND {exact}"
    begin = "" if how == "starts" else "%"
    # Each by itself: only a LIKE that stands alone is looked up in an index.
    likes = (begin + _like(indexed_part(each)) + "%" for each in texts)
    return _any(f"{name}.folded LIKE {put(each, 'text')}" for each in likes)


def _like(text: str) -> str:
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")


def _any(conditions: Iterable[str]) -> str:
    told = list(conditions)
    if not told:
        return "false"
    return told[0] if len(told) == 1 else f"({' OR '.join(f'({each})' for each in told)})"
