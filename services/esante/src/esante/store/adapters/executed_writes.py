"""Writes executed on a connection, by the statements of `write_sql` and `several_updates_sql`."""

from collections.abc import Awaitable, Callable, Collection, Sequence

from esante.store.adapters.grouped_writes import OutboxRow
from esante.store.adapters.several_updates_sql import several_updates
from esante.store.adapters.write_sql import statement_of, write_operation
from esante.store.ports import Change, WriteConflict
from socle.postgres import Connection

OnConnection = Callable[
    [Connection, Sequence[Change], Sequence[OutboxRow]], Awaitable[Collection[tuple[str, str]]]
]
"""An `Execute` of `grouped_writes`, on a connection."""


async def write_all(
    connection: Connection, changes: Sequence[Change], announced: Sequence[OutboxRow]
) -> Collection[tuple[str, str]]:
    """Write changes of one operation; updates and deletions are of one partition. None is left out:
    the result is empty. Raises WriteConflict; what was written of several is then to be rolled
    back."""
    sql, arguments = statement_of(write_operation(changes[0]), changes, announced)
    if await connection.fetchval(sql, *arguments) != len(changes):
        raise WriteConflict
    return ()


async def update_each(
    table: str, connection: Connection, changes: Sequence[Change], announced: Sequence[OutboxRow]
) -> Collection[tuple[str, str]]:
    """Write each update of a resource in that partition which no other transaction hinders; returns
    the type and the id of the others."""
    sql, arguments = several_updates(changes, announced, table)
    places = {row["place"] for row in await connection.fetch(sql, *arguments)}
    return [(each.type, each.id) for at, each in enumerate(changes, 1) if at not in places]
