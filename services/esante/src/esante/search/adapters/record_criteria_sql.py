"""The SQL of what depends on records and authors."""

from functools import lru_cache
from typing import Final

from esante.search.adapters.statement_builder import Row, Statement
from esante.search.domain.query.limits import MAX_KEYS, too_costly
from esante.search.domain.query.record_criteria import (
    AuthoredBy,
    InRecords,
    StoredOpenings,
    Unattached,
)
from esante.store.domain.index_keys import compartment_key

_FEW: Final = 64
"""Records that are looked up by an overlap of arrays."""
_MANY: Final = 1000
"""Records past which each row is looked up, where few rows are."""


def record_sql(
    criterion: InRecords | AuthoredBy | Unattached, row: Row, statement: Statement
) -> str:
    """The SQL condition on that row. Raises Refusal for too many records."""
    name, bind = row.name, statement.bind
    match criterion:
        case AuthoredBy(author):
            return f"{name}.author = {bind(author, 'bigint')}"
        case Unattached(author):
            by = "" if author is None else f" AND {name}.author = {bind(author, 'bigint')}"
            return f"{name}.patient = '{{}}'{by}"
        case InRecords(elements, openings):
            stored = openings if len(elements) > _MANY and statement.is_checked else None
            if stored is not None and statement.is_short:
                return _has_opening(name, stored, statement)
            return _in_records(row, elements, stored, statement)


def _in_records(
    row: Row, elements: frozenset[int], stored: StoredOpenings | None, statement: Statement
) -> str:
    """The condition of being in one of those compartments.

    An overlap can use the index, but compares every pair of elements where it filters. With many,
    a hashed lookup of each element of the row costs less, and one of the only record of the row a
    quarter of that. It is no condition of its own: the planner would estimate each element of the
    array. `stored`: what opens those records; looked up for the few rows that are in several, since
    thousands of elements are long to send twice.
    """
    name = row.name
    if len(elements) > MAX_KEYS:
        raise too_costly("Trop de dossiers vous sont ouverts pour une recherche.")
    if not elements:
        return "false"
    if len(elements) <= _FEW:
        return f"{name}.refs && {statement.bind(tuple(elements), 'bigint[]')}"
    array = f"bigint_array({statement.bind(_array_text(elements), 'text')})"
    any_element = (
        f"(SELECT bool_or(e.element = ANY({array}))"  # noqa: S608
        f" FROM unnest({name}.refs) AS e(element)) IS TRUE"
    )
    if row.record is None:
        return any_element
    of_several = any_element if stored is None else _has_opening(name, stored, statement)
    key = statement.bind(compartment_key("Patient"), "bigint")
    return (
        f"CASE WHEN cardinality({name}.patient) = 1"
        f" THEN {row.record} # {key} = ANY({array}) ELSE {of_several} END"
    )


def _has_opening(name: str, openings: StoredOpenings, statement: Statement) -> str:
    """The condition of being in a compartment that is open.

    PostgreSQL takes half a millisecond to read an array of thousands, and five microseconds to look
    up a row: this costs less for the rows of a page, and more for those of a total.
    """
    at = statement.bind(openings.at, "timestamptz")
    closed = ""
    if openings.closed:
        closed = f" AND o.element <> ALL ({statement.bind(tuple(openings.closed), 'bigint[]')})"
    return (
        f"EXISTS (SELECT FROM record_opening o WHERE o.element = ANY({name}.refs)"
        f" AND o.member = ANY({statement.bind(openings.members, 'text[]')})"
        f" AND (o.starts IS NULL OR o.starts <= {at})"
        f" AND (o.ends IS NULL OR o.ends > {at}){closed})"
    )


@lru_cache(maxsize=32)
def _array_text(elements: frozenset[int]) -> str:
    """The array as PostgreSQL writes it (migration 0018): asyncpg encodes the numbers of an array
    one by one, in each search."""
    return "{" + ",".join(map(str, elements)) + "}"
