"""Chains and `_has`, unfolded: first the resources at the far end, a bounded number of them. Where
they are few, what refers to them is looked up by its index; where they are many, each candidate is
asked in turn, and many pass.
"""

from typing import Final

from esante.adapters.search_statements import probe_statement
from esante.domain.hashing import ref_element
from esante.domain.query.criteria import (
    AllOf,
    AnyOf,
    Chain,
    Criterion,
    Has,
    Not,
    Refs,
    Selves,
    any_of,
)
from socle.postgres import Connection

FEW: Final = 1000
"""Resources at the far end of a chain that are looked up one by one."""


async def resolved(connection: Connection, criterion: Criterion) -> Criterion:
    """The same, chains and `_has` that meet few resources replaced by those."""
    match criterion:
        case AllOf(of):
            return AllOf(tuple([await resolved(connection, each) for each in of]))
        case AnyOf(of):
            return any_of([await resolved(connection, each) for each in of])
        case Not(of):
            return Not(await resolved(connection, of))
        case Chain():
            return await _resolved_chain(connection, criterion)
        case Has():
            return await _resolved_has(connection, criterion)
        case _:
            return criterion


async def _resolved_chain(connection: Connection, chain: Chain) -> Criterion:
    ways: list[Criterion] = []
    for target, criterion in chain.targets:
        inner = await resolved(connection, criterion)
        statement, arguments = probe_statement(target, inner, most=FEW, column="self")
        rows = await connection.fetch(statement, *arguments)
        if len(rows) > FEW:
            ways.append(Chain(chain.parameter, ((target, inner),)))
        else:
            ways.append(Refs(tuple(ref_element(chain.parameter, row["self"]) for row in rows)))
    return any_of(ways)


async def _resolved_has(connection: Connection, has: Has) -> Criterion:
    inner = await resolved(connection, has.criterion)
    statement, arguments = probe_statement(has.resource_type, inner, most=FEW, column="refs")
    rows = await connection.fetch(statement, *arguments)
    if len(rows) > FEW:
        return Has(has.resource_type, has.parameter, inner)
    # Undone with this parameter, the elements of others are keys that no resource has.
    return Selves(tuple({element ^ has.parameter for row in rows for element in row["refs"]}))
