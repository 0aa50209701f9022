"""Included resources of a page: `_include` and `_revinclude`.
https://hl7.org/fhir/R4/search.html#revinclude
"""

from collections.abc import Iterable, Sequence

import asyncpg

from esante.core.domain.structures import RESOURCE_TYPES
from esante.search.adapters.statements import include_statement, is_truncated
from esante.search.domain.definitions import SearchParameter, parameters_of
from esante.search.domain.query.criteria import Criterion, References, SelfReference, all_of
from esante.search.domain.query.limits import MAX_INCLUDED, MAX_KEYS, MAX_ROUNDS, too_costly
from esante.search.domain.query.merging import merge
from esante.search.domain.query.model import Include
from esante.search.domain.query.narrowing import TypeFilter
from esante.store.domain.index_keys import parameter_key, ref_element
from socle.errors import Refusal
from socle.postgres import Connection

Rows = Sequence[asyncpg.Record]


async def find_included(
    connection: Connection,
    includes: Sequence[Include],
    matches: Rows,
    *,
    type_filter: TypeFilter,
) -> list[asyncpg.Record]:
    """The included resources, each once, without the matches.

    `matches`: the rows of the page. `type_filter`: the criterion that permits resources of a type.
    Raises Refusal past the limits.
    """
    found: list[asyncpg.Record] = []
    known = {(row["type"], row["id"]) for row in matches}
    last, pending, rounds = matches, includes, 0
    while last and pending:
        rounds += 1
        wanted: list[tuple[tuple[str, ...], Criterion]] = []
        for each in pending:
            wanted += _narrowed_criteria(each, last, type_filter)
        rows = await _fetch(connection, wanted)
        last = []
        for row in rows:
            if (row["type"], row["id"]) not in known:
                known.add((row["type"], row["id"]))
                last.append(row)
        found += last
        if len(rows) > MAX_INCLUDED or len(found) > MAX_INCLUDED or rounds > MAX_ROUNDS:
            raise _too_many_included()
        pending = [each for each in includes if each.iterate]
    return found


def _too_many_included() -> Refusal:
    return too_costly(
        f"Cette page inclurait plus de {MAX_INCLUDED} ressources, ou de trop longues : réduisez "
        "« _count » ou précisez les inclusions."
    )


async def _fetch(
    connection: Connection, wanted: Sequence[tuple[tuple[str, ...], Criterion]]
) -> Rows:
    if not wanted:
        return []
    statement, arguments = include_statement(wanted, max_rows=MAX_INCLUDED)
    rows: Rows = await connection.fetch(statement, *arguments)
    if is_truncated(rows):
        raise _too_many_included()
    return rows


def _narrowed_criteria(
    inclusion: Include, rows: Rows, type_filter: TypeFilter
) -> list[tuple[tuple[str, ...], Criterion]]:
    """(types, criterion) of the permitted resources that one inclusion adds to those rows.

    Types with criteria that can be merged are searched together.
    """
    by_type = (
        _reverse_criteria(inclusion, rows)
        if inclusion.reverse
        else _forward_criteria(inclusion, rows)
    )
    wanted: list[tuple[tuple[str, ...], Criterion]] = []
    for resource_type, criterion in sorted(by_type.items()):
        permitted = type_filter(resource_type)
        if permitted is None:
            continue
        narrowed = all_of([criterion, permitted])
        for place, (types, other) in enumerate(wanted):
            if (both := merge(other, narrowed)) is not None:
                wanted[place] = ((*types, resource_type), both)
                break
        else:
            wanted.append(((resource_type,), narrowed))
    return wanted


def _forward_criteria(inclusion: Include, rows: Rows) -> dict[str, Criterion]:
    """The criterion of the resources that the rows refer to, by type.

    An element of `refs` is the XOR of a parameter's key and a resource's key. With the key of
    another parameter, the result is a key that no resource has.
    """
    keys: set[int] = set()
    targets: set[str] = set()
    for row in rows:
        if inclusion.source not in (None, row["type"]):
            continue
        for parameter in _references(row["type"], inclusion.parameter):
            key = parameter_key(row["type"], parameter.code)
            keys.update(element ^ key for element in row["refs"])
            targets.update(parameter.targets)
    if inclusion.target is not None:
        targets &= {inclusion.target}
    _limit_keys([keys])
    criterion = SelfReference(tuple(sorted(keys)))
    return dict.fromkeys(targets, criterion) if keys else {}


def _reverse_criteria(inclusion: Include, rows: Rows) -> dict[str, Criterion]:
    """The criterion of the resources that refer to the rows, by type."""
    elements: dict[str, set[int]] = {}
    for source in [inclusion.source] if inclusion.source else sorted(RESOURCE_TYPES):
        for parameter in _references(source, inclusion.parameter):
            key = parameter_key(source, parameter.code)
            referring = {
                ref_element(key, row["self"])
                for row in rows
                if row["type"] in parameter.targets and inclusion.target in (None, row["type"])
            }
            if referring:
                elements.setdefault(source, set()).update(referring)
    _limit_keys(elements.values())
    return {source: References(tuple(sorted(referring))) for source, referring in elements.items()}


def _references(resource_type: str, code: str | None) -> Iterable[SearchParameter]:
    known = parameters_of(resource_type)
    if code is not None:
        return [known[code]] if code in known else []
    return [each for each in known.values() if each.type == "reference"]


def _limit_keys(keys: Iterable[set[int]]) -> None:
    if len(set().union(*keys)) > MAX_KEYS:
        raise too_costly("Ces inclusions suivent trop de références : réduisez « _count ».")
