"""Resources in PostgreSQL: one round trip for a read, one for a write.

Every write is one statement, or a transaction of few: the resource's row, its history, its search
rows and its outbox row, all or nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from itertools import groupby

import asyncpg

from esante.events import ResourceChangedV1
from esante.store.adapters.history_sql import TEXTS, history_arguments, history_statement
from esante.store.adapters.outbox_notifier import OutboxBell
from esante.store.adapters.partitions import table_of
from esante.store.adapters.write_sql import Kind, kind_of, write_arguments, write_statement
from esante.store.domain.index_keys import key
from esante.store.ports import NEVER, Change, HistoryPage, Stale, State, Transaction, Version
from socle.errors import Retry
from socle.outbox import Outbox
from socle.postgres import Connection, Pool, reachable, transaction

# Rows are locked in the order of types, so that two transactions never wait for each other; those
# that do all the same, over what is not there yet, are told to try again.
_CONTENDED = (asyncpg.DeadlockDetectedError, asyncpg.UniqueViolationError)
# The server has room for some twenty thousand locks, all transactions together (PostgreSQL's
# default settings): who needs many excludes everybody, of whom each shares that one lock.
_MOST_LOCKS = 3000
_ALL_LOCKS = key("exclusive")
_EXCLUDE = """
SELECT CASE WHEN k = $2 THEN pg_advisory_xact_lock_shared(k) ELSE pg_advisory_xact_lock(k) END
FROM unnest($1::bigint[]) AS k"""
_FOR_A_MOMENT = 3  # connections
_PAGE_BYTES = 16 * 1024 * 1024  # of texts on one page of a history
_LAST = """
SELECT version, updated FROM version WHERE type = $1 AND id = $2 ORDER BY version DESC LIMIT 1"""
_LASTS = """
SELECT DISTINCT ON (type, id) type, id, version, updated
FROM version JOIN unnest($1::text[], $2::text[]) AS asked(type, id) USING (type, id)
ORDER BY type, id, version DESC"""
_VERSION = """
SELECT updated, interaction, content FROM version WHERE type = $1 AND id = $2 AND version = $3"""


class PostgresResources:
    """Implements `ResourceStore`."""

    def __init__(self, pool: Pool, outbox: Outbox, bell: OutboxBell) -> None:
        self._pool, self._outbox, self._bell = pool, outbox, bell
        # Whoever holds a connection for long leaves some to those who need one for a moment.
        self._long = asyncio.Semaphore(max(1, pool.get_max_size() - _FOR_A_MOMENT))

    async def find(self, resource_type: str, resource_id: str) -> State:
        with reachable():
            row = await self._pool.fetchrow(
                _current(table_of(resource_type)), resource_type, resource_id
            )
            if row is not None:
                return _living(row)
            last = await self._pool.fetchrow(_LAST, resource_type, resource_id)
        return NEVER if last is None else State(last["version"], last["updated"])

    async def find_version(
        self, resource_type: str, resource_id: str, version: int
    ) -> tuple[Version | None, State]:
        state = await self.find(resource_type, resource_id)
        if not 1 <= version <= state.version:
            return None, state
        with reachable():
            row = await self._pool.fetchrow(_VERSION, resource_type, resource_id, version)
        if row is None:
            return None, state
        told = _bytes(row["content"])
        updated, interaction = row["updated"], row["interaction"]
        return Version(resource_type, resource_id, version, updated, interaction, told), state

    async def list_history(self, page: HistoryPage) -> tuple[Sequence[Version], bool]:
        with reachable():
            found = await self._pool.fetch(history_statement(page), *history_arguments(page))
            lines = _within_bytes(found[: page.limit])
            told = [(each["type"], each["id"], each["version"]) for each in lines]
            # Versions never change: what is fetched now is what was found.
            texts = await self._pool.fetch(TEXTS, *zip(*told, strict=True)) if told else []
        versions = [
            Version(*each, line["updated"], line["interaction"], _bytes(text["content"]))
            for each, line, text in zip(told, lines, texts, strict=True)
        ]
        return versions, len(versions) < len(found)

    async def write(self, changes: Sequence[Change]) -> None:
        (kind, _), *others = {_group(each) for each in changes}
        if others or (len(changes) > 1 and kind != "insert"):
            async with self.transaction() as several:
                await several.write(changes)
            return
        try:
            with reachable():
                # A statement is a transaction of its own; what is there already fails an insert.
                await _write(self._pool, self._outbox, kind, changes)
        except _CONTENDED as error:
            raise Stale from error
        self._bell.ring()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        try:
            with reachable():
                async with self._long, transaction(self._pool) as connection:
                    yield PostgresTransaction(connection, self._outbox)
        except _CONTENDED as error:
            raise Stale from error
        self._bell.ring()


class PostgresTransaction:
    """Implements `Transaction`. `connection`: for what is asked inside it."""

    def __init__(self, connection: Connection, outbox: Outbox) -> None:
        self.connection, self._outbox = connection, outbox

    async def exclude_others(self, keys: Sequence[str]) -> None:
        # In one order for all: two that want the same two never wait for each other.
        locks = sorted({key("exclusive", each) for each in keys})
        try:
            if len(locks) > _MOST_LOCKS:
                await self.connection.execute("SELECT pg_advisory_xact_lock($1)", _ALL_LOCKS)
            else:
                await self.connection.execute(_EXCLUDE, [_ALL_LOCKS, *locks], _ALL_LOCKS)
        except asyncpg.OutOfMemoryError as error:
            raise Retry("Trop de conditions sont posées au même moment ; réessayez.") from error

    async def find_for_change(self, identities: Sequence[tuple[str, str]]) -> list[State]:
        found: dict[tuple[str, str], State] = {}
        ordered = sorted(set(identities), key=_place)
        for table, group in groupby(ordered, key=lambda each: table_of(each[0])):
            types, ids = zip(*group, strict=True)
            rows = await self.connection.fetch(_current_for_change(table), types, ids)
            found |= {(row["type"], row["id"]): _living(row) for row in rows}
        if absent := [each for each in ordered if each not in found]:
            types, ids = zip(*absent, strict=True)
            rows = await self.connection.fetch(_LASTS, types, ids)
            found |= {(r["type"], r["id"]): State(r["version"], r["updated"]) for r in rows}
        return [found.get(each, NEVER) for each in identities]

    async def write(self, changes: Sequence[Change]) -> None:
        # New rows go in the same order in every transaction, as locks do.
        ordered = sorted(changes, key=lambda each: (*_group(each), each.type, each.id))
        for (kind, _), group in groupby(ordered, key=_group):
            await _write(self.connection, self._outbox, kind, list(group))


async def _write(
    connection: Connection | Pool, outbox: Outbox, kind: Kind, changes: Sequence[Change]
) -> None:
    """Changes of one kind in one partition. Raises Stale where one replaces what is not current."""
    announced = outbox.sealed(*map(_announcement, changes))
    written = await connection.fetchval(
        write_statement(kind, table_of(changes[0].type)),
        *write_arguments(changes, announced),
    )
    if written != len(changes):
        raise Stale


def _announcement(change: Change) -> ResourceChangedV1:
    # Made of checked values: nothing to validate again.
    return ResourceChangedV1.model_construct(
        type=change.type,
        id=change.id,
        version=change.version,
        interaction=change.interaction,
        at=change.updated,
    )


def _group(change: Change) -> tuple[Kind, str]:
    # One statement inserts into any partition.
    kind = kind_of(change)
    return kind, "" if kind == "insert" else table_of(change.type)


def _place(identity: tuple[str, str]) -> tuple[str, str, str]:
    return table_of(identity[0]), *identity


@lru_cache(maxsize=100)
def _current(table: str) -> str:
    return f"SELECT version, updated, content, patient FROM {table} WHERE type = $1 AND id = $2"  # noqa: S608


@lru_cache(maxsize=100)
def _current_for_change(table: str) -> str:
    return (
        f"SELECT r.type, r.id, version, updated, content, patient FROM {table} r"  # noqa: S608
        " JOIN unnest($1::text[], $2::text[]) AS asked(type, id)"
        " ON r.type = asked.type AND r.id = asked.id ORDER BY r.type, r.id FOR UPDATE OF r"
    )


def _within_bytes(lines: Sequence[asyncpg.Record]) -> Sequence[asyncpg.Record]:
    """The first ones, of as many bytes as a page may have; one at least."""
    total = 0
    for at, line in enumerate(lines):
        total += line["bytes"]
        if at and total > _PAGE_BYTES:
            return lines[:at]
    return lines


def _living(row: asyncpg.Record) -> State:
    return State(row["version"], row["updated"], _bytes(row["content"]), tuple(row["patient"]))


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode()
