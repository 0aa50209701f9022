"""The SQL of what depends on records and authors."""

from typing import Final

from esante.search.adapters.statement_builder import Row, Statement
from esante.search.domain.query.limits import MAX_KEYS, too_costly
from esante.search.domain.query.record_criteria import AuthoredBy, InRecords, Unattached

_FEW: Final = 64
"""Records that are looked up by an overlap of arrays."""


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
        case InRecords(elements):
            return _in_records(name, elements, statement)


def _in_records(name: str, elements: frozenset[int], statement: Statement) -> str:
    """The condition of being in one of those compartments.

    An overlap can use the index, but compares every pair of elements where it filters. With many,
    a hashed lookup of each element of the row costs less.
    """
    if len(elements) > MAX_KEYS:
        raise too_costly("Trop de dossiers vous sont ouverts pour une recherche.")
    if not elements:
        return "false"
    array = statement.bind(tuple(elements), "bigint[]")
    if len(elements) <= _FEW:
        return f"{name}.refs && {array}"
    return (
        f"EXISTS (SELECT 1 FROM unnest({name}.refs) AS e(element)"  # noqa: S608
        f" WHERE e.element = ANY({array}))"
    )
