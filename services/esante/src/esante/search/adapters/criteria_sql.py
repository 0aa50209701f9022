"""Search criteria as SQL.

Equalities are looked up in the arrays of the resource row (GIN indexes); texts, ranges and numbers
in the index tables. Types and parameter codes are literals, so that the partition is known before
planning; they are from the standard's lists. Every value of the caller is an argument.

An element of `refs` is the key of a reference parameter XOR that of the resource referred to;
one of `tokens` for a composite with index rows is a key XOR the `pair` of those rows. `#` is
PostgreSQL's XOR.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, assert_never

from esante.search.adapters.comparisons_sql import any_sql, date_sql, instant_sql
from esante.search.adapters.full_text_sql import full_text_sql
from esante.search.adapters.index_table_sql import composite_sql, index_table_sql
from esante.search.adapters.near_sql import near_sql
from esante.search.adapters.record_criteria_sql import record_sql
from esante.search.adapters.statement_builder import Found, Row, Statement
from esante.search.domain.definitions import ABOUT
from esante.search.domain.near import Near
from esante.search.domain.query.contained_chain import contained_criterion
from esante.search.domain.query.criteria import (
    AllOf,
    Amounts,
    AnyOf,
    Chain,
    CompositeMatch,
    Criterion,
    Dates,
    DateTest,
    FullText,
    Has,
    Ids,
    InHierarchy,
    LastUpdated,
    MainCode,
    Not,
    References,
    SelfReference,
    Strings,
    Tokens,
    UrisBelow,
    joins_of,
)
from esante.search.domain.query.limits import MAX_KEYS, too_costly
from esante.search.domain.query.record_criteria import AuthoredBy, InRecords, Unattached
from esante.store.domain.index_keys import parameter_key


@dataclass(frozen=True, slots=True)
class LookedUp(References):
    """The column has one of the values that the statement looks up; `elements` is empty."""

    column: Literal["refs", "self", "id"]
    place: int
    """As in `Found`."""


def criterion_sql(criterion: Criterion, row: Row, statement: Statement) -> str:
    """The SQL condition of a criterion on that row. Raises Refusal for too many values."""
    bind, name = statement.bind, row.name
    match criterion:
        case Tokens() | MainCode():
            return _in_array(f"{name}.tokens", criterion.elements, statement)
        case References():
            return _references_sql(criterion, row, statement)
        case InRecords() | AuthoredBy() | Unattached():
            return record_sql(criterion, row, statement)
        case SelfReference(keys):
            return f"{name}.self = ANY({bind(keys, 'bigint[]')})"
        case Ids(ids):
            return f"{name}.id = ANY({bind(ids, 'text[]')})"
        case LastUpdated(tests):
            return any_sql(instant_sql(each, f"{name}.updated", bind) for each in tests)
        case AllOf(of):
            return " AND ".join(f"({criterion_sql(c, row, statement)})" for c in of) or "true"
        case AnyOf(of):
            return any_sql(criterion_sql(c, row, statement) for c in of)
        case Not(of):
            return f"({criterion_sql(of, row, statement)}) IS NOT TRUE"
        case Chain():
            return _chain_sql(criterion, row, statement)
        case Has():
            return _has_sql(criterion, row, statement)
        case CompositeMatch(element, rows):
            return composite_sql(element, rows, row, statement)
        case Dates(main=True, tests=tests):
            return _main_date_sql(tests, row, statement)
        case Near(circles):
            return near_sql(circles, row, statement)
        case FullText(part, queries):
            return full_text_sql(part, queries, row, statement)
        case Dates() | Amounts() | Strings() | UrisBelow():
            return index_table_sql(criterion, row, statement)
        case InHierarchy():
            raise ValueError("A hierarchy is looked up before the search (JoinResolver).")
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
    """Whether `code_value` leads from the referring resources to the patients that they are about:
    the criterion is a main code, perhaps with others that join nothing, such as the permissions of
    the caller."""
    is_about = has.parameter == parameter_key(has.resource_type, ABOUT)
    if not is_about or next(joins_of(has.criterion), None) is not None:
        return False
    return any(isinstance(each, MainCode) for each in _conjuncts(has.criterion))


def _conjuncts(criterion: Criterion) -> tuple[Criterion, ...]:
    return criterion.of if isinstance(criterion, AllOf) else (criterion,)


def _references_sql(criterion: References, row: Row, statement: Statement) -> str:
    if not isinstance(criterion, LookedUp):
        return _in_array(f"{row.name}.refs", criterion.elements, statement)
    column, found = f"{row.name}.{criterion.column}", Found(criterion.place)
    if criterion.column == "refs":
        return f"{column} && {statement.bind(found, 'bigint[]')}"
    sql_type = "text[]" if criterion.column == "id" else "bigint[]"
    return f"{column} = ANY({statement.bind(found, sql_type)})"


def _main_date_sql(tests: Iterable[DateTest], row: Row, statement: Statement) -> str:
    columns = f"{row.name}.date_low", f"{row.name}.date_high"
    return any_sql(date_sql(each, *columns, statement.bind) for each in tests)


def _in_array(column: str, elements: tuple[int, ...], statement: Statement) -> str:
    if not elements:
        return "false"
    if len(elements) > MAX_KEYS:
        raise too_costly("Cette recherche compare trop de valeurs : demandez-en moins.")
    contains = "@>" if len(elements) == 1 else "&&"
    return f"{column} {contains} {statement.bind(elements, 'bigint[]')}"


def _chain_sql(chain: Chain, row: Row, statement: Statement) -> str:
    """The condition of a chain: to the resources of each type, or to contained ones."""
    ways = [_target_sql(chain.parameter, *each, row, statement) for each in chain.targets]
    if (contained := contained_criterion(chain)) is not None:
        ways.append(criterion_sql(contained, row, statement))
    return any_sql(ways)


def _target_sql(
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
    if is_main_code_lookup(has):
        return f"{row.name}.self IN ({_about_sql(has, statement)})"
    other = statement.row((has.resource_type,))
    key = statement.bind(has.parameter, "bigint")
    return (
        f"EXISTS (SELECT 1 FROM (SELECT * FROM {other.source} WHERE {other.typed}"  # noqa: S608
        f" AND {other.name}.refs @> ARRAY[{row.name}.self # {key}] OFFSET 0) {other.name}"
        f" WHERE {criterion_sql(has.criterion, other, statement)})"
    )


def _about_sql(has: Has, statement: Statement) -> str:
    """Selects the keys of the patients that the matches of a main code are about."""
    of = _conjuncts(has.criterion)
    code = next(each for each in of if isinstance(each, MainCode))
    source, where = "code_value k", f"k.element = {statement.bind(code.element, 'bigint')}"
    if others := tuple(each for each in of if each is not code):
        # Without a patient, a match leads to nobody.
        other = statement.row((has.resource_type,), record="k.about")
        source += f" JOIN {other.source} ON {other.name}.born = k.born"
        where += f" AND {other.typed} AND ({criterion_sql(AllOf(others), other, statement)})"
    return f"SELECT k.about FROM {source} WHERE {where}"  # noqa: S608
