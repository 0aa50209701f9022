"""Criteria on the index tables (texts, ranges, numbers, uris) as SQL."""

from collections.abc import Sequence

from esante.core.domain.folding import fold
from esante.search.adapters.comparisons_sql import Bind, amount_sql, any_sql, date_sql
from esante.search.adapters.statement_builder import Row, Statement
from esante.search.domain.query.criteria import Amounts, AmountTest, Dates, Strings, UrisBelow
from esante.store.adapters.index_text import truncate_for_index


def index_table_sql(
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


def index_rows_sql(
    criterion: Dates | Amounts | Strings | UrisBelow, resource_type: str, statement: Statement
) -> str:
    """Selects the ids of the resources of a type with such a row, once for each row."""
    table, condition = _row_sql(criterion, "v", statement.bind)
    return f"SELECT v.id FROM {table} v WHERE v.type = '{resource_type}' AND {condition}"  # noqa: S608


def composite_sql(
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
            either = any_sql(date_sql(each, f"{name}.low", f"{name}.high", bind) for each in dates)
            return "date_value", f"{prefix}({either})"
        case Amounts():
            return "quantity_value", any_sql(
                f"{name}.parameter = '{parameter}'"
                f" AND ({any_sql(_amount_row(each, name, bind) for each in tests)})"
                for parameter, tests in criterion.tests_by_parameter
            )
        case Strings(_, how, texts):
            return "string_value", f"{prefix}({_string_row(how, texts, name, bind)})"
        case UrisBelow(_, uris, end):
            under = tuple(f"{_like(each.rstrip(end))}{end}%" for each in uris)
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
    stored = tuple(truncate_for_index(each) for each in texts)
    if how in ("equals", "differs"):
        return f"{name}.folded {'=' if how == 'equals' else '<>'} ANY({bind(stored, 'text[]')})"
    begin, end = "" if how == "starts" else "%", "" if how == "ends" else "%"
    # One LIKE for each text, because LIKE ANY does not use the index.
    likes = (begin + _like(each) + end for each in stored)
    return any_sql(f"{name}.folded LIKE {bind(each, 'text')}" for each in likes)


def _like(text: str) -> str:
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
