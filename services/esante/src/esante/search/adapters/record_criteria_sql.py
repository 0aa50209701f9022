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
            if openings is not None and statement.is_checked and len(elements) > _MANY:
                if statement.is_short:
                    return _has_opening(f"ANY({name}.refs)", openings, statement)
                if row.record is not None:
                    return _by_record(
                        row,
                        _has_opening(_element_sql(row, statement), openings, statement),
                        _has_opening(f"ANY({name}.refs)", openings, statement),
                    )
            return _in_records(row, elements, statement)


def _in_records(row: Row, elements: frozenset[int], statement: Statement) -> str:
    """The condition of being in one of those compartments.

    An overlap can use the index, but compares every pair of elements where it filters. With many,
    a hashed lookup of each element of the row costs less, and one of the only record of the row a
    quarter of that. It is no condition of its own: the planner would estimate each element of the
    array.
    """
    if len(elements) > MAX_KEYS:
        raise too_costly("Trop de dossiers vous sont ouverts pour une recherche.")
    if not elements:
        return "false"
    if len(elements) <= _FEW:
        return f"{row.name}.refs && {statement.bind(tuple(elements), 'bigint[]')}"
    array = f"bigint_array({statement.bind(_array_text(elements), 'text')})"
    any_element = (
        f"(SELECT bool_or(e.element = ANY({array}))"  # noqa: S608
        f" FROM unnest({row.name}.refs) AS e(element)) IS TRUE"
    )
    if row.record is None:
        return any_element
    return _by_record(row, f"{_element_sql(row, statement)} = ANY({array})", any_element)


def _by_record(row: Row, of_one: str, of_several: str) -> str:
    """The condition on a row that is in one record, else in several."""
    return f"CASE WHEN cardinality({row.name}.patient) = 1 THEN {of_one} ELSE {of_several} END"


def _element_sql(row: Row, statement: Statement) -> str:
    """The element of the record of a row (`Row.record`)."""
    return f"({row.record} # {statement.bind(compartment_key('Patient'), 'bigint')})"


def _has_opening(elements: str, openings: StoredOpenings, statement: Statement) -> str:
    """The condition that one of those elements is open.

    PostgreSQL takes half a millisecond to read an array of thousands, and five microseconds to look
    up a row: this costs less for the rows of a page, and more for those of a total. One element is
    looked up in a hash of the openings, if PostgreSQL expects many rows.
    """
    at = statement.bind(openings.at, "timestamptz")
    closed = ""
    if openings.closed:
        closed = f" AND o.element <> ALL ({statement.bind(tuple(openings.closed), 'bigint[]')})"
    return (
        f"EXISTS (SELECT FROM record_opening o WHERE o.element = {elements}"
        f" AND o.member = ANY({statement.bind(openings.members, 'text[]')})"
        f" AND (o.starts IS NULL OR o.starts <= {at})"
        f" AND (o.ends IS NULL OR o.ends > {at}){closed})"
    )


@lru_cache(maxsize=32)
def _array_text(elements: frozenset[int]) -> str:
    """The array as PostgreSQL writes it (migration 0018): asyncpg encodes the numbers of an array
    one by one, in each search."""
    return "{" + ",".join(map(str, elements)) + "}"
