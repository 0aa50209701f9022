"""What a page includes beside its matches: what they refer to, and what refers to them.
https://hl7.org/fhir/R4/search.html#revinclude
"""

from collections.abc import Iterable, Sequence

import asyncpg

from esante.core.domain.structures import RESOURCE_TYPES
from esante.search.adapters.statements import include_statement, is_cut
from esante.search.domain.definitions import SearchParameter, parameters_of
from esante.search.domain.query.criteria import Criterion, Refs, Selves, all_of, merged
from esante.search.domain.query.limits import MOST_INCLUDED, MOST_KEYS, MOST_ROUNDS, too_costly
from esante.search.domain.query.model import Include
from esante.search.domain.query.narrowing import TypeFilter
from esante.store.domain.index_keys import parameter_key, ref_element
from socle.errors import Refusal
from socle.postgres import Connection

Rows = Sequence[asyncpg.Record]


async def include(
    connection: Connection,
    includes: Sequence[Include],
    matches: Rows,
    *,
    type_filter: TypeFilter,
) -> list[asyncpg.Record]:
    """Every resource to include, each once, none of the matches. Raises Refusal past the limits."""
    found: list[asyncpg.Record] = []
    known = {(row["type"], row["id"]) for row in matches}
    last, asked, rounds = matches, includes, 0
    while last and asked:
        rounds += 1
        wanted: list[tuple[tuple[str, ...], Criterion]] = []
        for each in asked:
            wanted += _wanted(each, last, type_filter)
        rows = await _fetch(connection, wanted)
        last = []
        for row in rows:
            if (row["type"], row["id"]) not in known:
                known.add((row["type"], row["id"]))
                last.append(row)
        found += last
        if len(rows) > MOST_INCLUDED or len(found) > MOST_INCLUDED or rounds > MOST_ROUNDS:
            raise _too_much()
        asked = [each for each in includes if each.iterate]
    return found


def _too_much() -> Refusal:
    return too_costly(
        f"Cette page inclurait plus de {MOST_INCLUDED} ressources, ou de trop longues : réduisez "
        "« _count » ou précisez les inclusions."
    )


async def _fetch(
    connection: Connection, wanted: Sequence[tuple[tuple[str, ...], Criterion]]
) -> Rows:
    if not wanted:
        return []
    statement, arguments = include_statement(wanted, most=MOST_INCLUDED)
    rows: Rows = await connection.fetch(statement, *arguments)
    if is_cut(rows):
        raise _too_much()
    return rows


def _wanted(
    asked: Include, rows: Rows, type_filter: TypeFilter
) -> list[tuple[tuple[str, ...], Criterion]]:
    by_type = _referring(asked, rows) if asked.reverse else _referred(asked, rows)
    wanted: list[tuple[tuple[str, ...], Criterion]] = []
    for resource_type, criterion in sorted(by_type.items()):
        right = type_filter(resource_type)
        if right is None:
            continue
        narrowed = all_of([criterion, right])
        for place, (types, other) in enumerate(wanted):
            if (both := merged(other, narrowed)) is not None:
                wanted[place] = ((*types, resource_type), both)
                break
        else:
            wanted.append(((resource_type,), narrowed))
    return wanted


def _referred(asked: Include, rows: Rows) -> dict[str, Criterion]:
    """By type, what the rows refer to: their elements undone with each parameter. Those of other
    parameters are then keys that no resource has."""
    keys: set[int] = set()
    targets: set[str] = set()
    for row in rows:
        if asked.source not in (None, row["type"]):
            continue
        for parameter in _references(row["type"], asked.parameter):
            key = parameter_key(row["type"], parameter.code)
            keys.update(element ^ key for element in row["refs"])
            targets.update(parameter.targets)
    if asked.target is not None:
        targets &= {asked.target}
    _hold([keys])
    told = Selves(tuple(sorted(keys)))
    return dict.fromkeys(targets, told) if keys else {}


def _referring(asked: Include, rows: Rows) -> dict[str, Criterion]:
    """By type, what refers to the rows."""
    elements: dict[str, set[int]] = {}
    for source in [asked.source] if asked.source else sorted(RESOURCE_TYPES):
        for parameter in _references(source, asked.parameter):
            key = parameter_key(source, parameter.code)
            told = {
                ref_element(key, row["self"])
                for row in rows
                if row["type"] in parameter.targets and asked.target in (None, row["type"])
            }
            if told:
                elements.setdefault(source, set()).update(told)
    _hold(elements.values())
    return {source: Refs(tuple(sorted(told))) for source, told in elements.items()}


def _references(resource_type: str, code: str | None) -> Iterable[SearchParameter]:
    known = parameters_of(resource_type)
    if code is not None:
        return [known[code]] if code in known else []
    return [each for each in known.values() if each.type == "reference"]


def _hold(keys: Iterable[set[int]]) -> None:
    if len(set().union(*keys)) > MOST_KEYS:
        raise too_costly("Ces inclusions suivent trop de références : réduisez « _count ».")
