"""The store of resources in PostgreSQL: one round trip for a read, one for a write.

A write is one statement, or a transaction of a few. It writes resource, version, index and outbox
rows, all or none.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from itertools import groupby

import asyncpg

from esante.core.domain.permissions import RevisionCheck
from esante.events import ResourceChangedV1
from esante.store.adapters.attached_rows import AttachedRows, rows_of
from esante.store.adapters.commits import commit_at_end, uninterrupted
from esante.store.adapters.content_store import link_content
from esante.store.adapters.executed_writes import OnConnection, update_each, write_all
from esante.store.adapters.grouped_writes import Execute, GroupedWrites, OutboxRow, is_groupable
from esante.store.adapters.history_sql import (
    SELECT_TEXTS,
    history_arguments,
    history_statement,
    within_bytes,
)
from esante.store.adapters.outbox_notifier import OutboxNotifier
from esante.store.adapters.partitions import PARTITIONS, partition_of
from esante.store.adapters.record_sql import (
    discard_expired_records,
    find_records,
    insert_record,
)
from esante.store.adapters.state_sql import select_current, select_for_update, state_of, text_of
from esante.store.adapters.write_sql import (
    WriteOperation,
    split_into_statements,
    write_operation,
)
from esante.store.domain.index_keys import hash_key
from esante.store.ports import (
    NEVER_EXISTED,
    Change,
    HistoryQuery,
    ResourceState,
    ResourceVersion,
    Transaction,
    WriteConflict,
    WriteRecord,
)
from socle.errors import Retry
from socle.outbox import Outbox
from socle.postgres import Connection, Pool, reachable

# Existing rows are locked in one order, which avoids most deadlocks. Conflicts over rows that do
# not exist yet are still possible; callers retry them.
_CONFLICT_ERRORS = (asyncpg.DeadlockDetectedError, asyncpg.UniqueViolationError)
# PostgreSQL's default settings allow some twenty thousand locks for all transactions together. A
# transaction that needs many takes one exclusive lock, which every other one shares.
_MAX_LOCKS = 3000
_ALL_LOCKS = hash_key("exclusive")
"""The key of that lock."""
_LOCK = """
SELECT CASE WHEN k = $2 THEN pg_advisory_xact_lock_shared(k) ELSE pg_advisory_xact_lock(k) END
FROM unnest($1::bigint[]) AS k"""
_RESERVED_CONNECTIONS = 3
"""Connections that transactions leave to single statements."""
_SELECT_LAST_VERSION = """
SELECT version, updated FROM version WHERE type = $1 AND id = $2 ORDER BY version DESC LIMIT 1"""
_SELECT_LAST_VERSIONS = """
SELECT DISTINCT ON (type, id) type, id, version, updated
FROM version JOIN unnest($1::text[], $2::text[]) AS requested(type, id) USING (type, id)
ORDER BY type, id, version DESC"""
_SELECT_VERSION = """
SELECT updated, interaction, content FROM version WHERE type = $1 AND id = $2 AND version = $3"""


class PostgresResources:
    """Implements `ResourceStore`. `attached`: the rows written with the resources of a type."""

    def __init__(
        self,
        pool: Pool,
        outbox: Outbox,
        notifier: OutboxNotifier,
        attached: Mapping[str, AttachedRows] | None = None,
    ) -> None:
        self._pool, self._outbox, self._notifier = pool, outbox, notifier
        self._attached = attached or {}
        self._transactions = asyncio.Semaphore(max(1, pool.get_max_size() - _RESERVED_CONNECTIONS))
        self._inserts = GroupedWrites(
            partial(self._connected, write_all), statements=2, takes_lone=True
        )
        self._updates = {
            table: GroupedWrites(
                partial(self._connected, partial(update_each, table)),
                statements=1,
                takes_lone=False,
            )
            for table in PARTITIONS
        }

    async def find(
        self, resource_type: str, resource_id: str, check: RevisionCheck | None = None
    ) -> ResourceState:
        statement = select_current(partition_of(resource_type), checked=check is not None)
        members = () if check is None else check.members
        with reachable():
            row = await self._pool.fetchrow(statement, resource_type, resource_id, *members)
            if row is not None:
                if check is not None:
                    check.confirm(row["revision"])
                return state_of(row)
            last = await self._pool.fetchrow(_SELECT_LAST_VERSION, resource_type, resource_id)
        return NEVER_EXISTED if last is None else ResourceState(last["version"], last["updated"])

    async def find_version(
        self, resource_type: str, resource_id: str, version: int
    ) -> tuple[ResourceVersion | None, ResourceState]:
        state = await self.find(resource_type, resource_id)
        if not 1 <= version <= state.version:
            return None, state
        with reachable():
            row = await self._pool.fetchrow(_SELECT_VERSION, resource_type, resource_id, version)
        if row is None:
            return None, state
        text = text_of(row["content"])
        updated, interaction = row["updated"], row["interaction"]
        return ResourceVersion(
            resource_type, resource_id, version, updated, interaction, text
        ), state

    async def list_history(self, page: HistoryQuery) -> tuple[Sequence[ResourceVersion], bool]:
        with reachable():
            found = await self._pool.fetch(history_statement(page), *history_arguments(page))
            lines = within_bytes(found[: page.limit])
            identities = [(each["type"], each["id"], each["version"]) for each in lines]
            # Versions are immutable: a second statement returns the texts of the first.
            texts = (
                await self._pool.fetch(SELECT_TEXTS, *zip(*identities, strict=True))
                if identities
                else []
            )
        versions = [
            ResourceVersion(
                *each,
                line["updated"],
                line["interaction"],
                text_of(text["content"]),
                line["author"],
            )
            for each, line, text in zip(identities, lines, texts, strict=True)
        ]
        return versions, len(versions) < len(found)

    async def write(self, changes: Sequence[Change], *, ids_are_assigned: bool = False) -> None:
        if not self._is_one_statement(changes):
            async with self.transaction() as transaction:
                await transaction.write(changes)
            return
        announced = self._outbox.sealed(*map(announcement, changes))
        group = self._group_of(changes, ids_are_assigned=ids_are_assigned)
        if group is None or not await group.write(changes, announced):
            await self._write_alone(changes, announced)
        self._notifier.notify()

    def _is_one_statement(self, changes: Sequence[Change]) -> bool:
        """Whether one statement, which is its own transaction, writes them and nothing else."""
        if any(each.content or rows_of(each, self._attached) for each in changes):
            return False
        (operation, _), *others = {_statement_group(each) for each in changes}
        several = len(changes) > 1 and operation != "insert"
        return not others and not several and len(split_into_statements(changes)) == 1

    def _group_of(
        self, changes: Sequence[Change], *, ids_are_assigned: bool
    ) -> GroupedWrites | None:
        """The group that changes can be written in. A new resource under an id that the caller has
        chosen can wait for another transaction, and others with it: it is in none."""
        operation = write_operation(changes[0])
        if operation == "update" and is_groupable(changes):
            return self._updates[partition_of(changes[0].type)]
        if operation == "insert" and ids_are_assigned and is_groupable(changes):
            return self._inserts
        return None

    async def _write_alone(self, changes: Sequence[Change], announced: Sequence[OutboxRow]) -> None:
        """Write changes by one statement. Raises WriteConflict."""
        try:
            with reachable():
                async with self._pool.acquire() as connection:
                    # A statement is its own transaction; an insert fails if the row exists.
                    await uninterrupted(write_all(connection, changes, announced))
        except _CONFLICT_ERRORS as error:
            raise WriteConflict from error

    @asynccontextmanager
    async def _connected(self, execute: OnConnection) -> AsyncIterator[Execute]:
        with reachable():
            async with self._pool.acquire() as connection:
                yield partial(execute, connection)

    async def find_records(self, account: str, key: str) -> Sequence[WriteRecord]:
        with reachable():
            return await find_records(self._pool, account, key)

    async def discard_expired_records(self) -> None:
        await discard_expired_records(self._pool)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        try:
            with reachable():
                async with self._transactions, commit_at_end(self._pool) as connection:
                    yield PostgresTransaction(connection, self._outbox, self._attached)
        except _CONFLICT_ERRORS as error:
            raise WriteConflict from error
        self._notifier.notify()


class PostgresTransaction:
    """Implements `Transaction`. `connection`: for queries inside the transaction."""

    def __init__(
        self, connection: Connection, outbox: Outbox, attached: Mapping[str, AttachedRows]
    ) -> None:
        self.connection, self._outbox, self._attached = connection, outbox, attached

    async def lock(self, keys: Sequence[str]) -> None:
        # Every transaction locks keys in the same order, which avoids deadlocks.
        locks = sorted({hash_key("exclusive", each) for each in keys})
        try:
            if len(locks) > _MAX_LOCKS:
                await self.connection.execute("SELECT pg_advisory_xact_lock($1)", _ALL_LOCKS)
            else:
                await self.connection.execute(_LOCK, [_ALL_LOCKS, *locks], _ALL_LOCKS)
        except asyncpg.OutOfMemoryError as error:
            raise Retry("Trop de conditions sont posées au même moment ; réessayez.") from error

    async def find_for_update(self, identities: Sequence[tuple[str, str]]) -> list[ResourceState]:
        found: dict[tuple[str, str], ResourceState] = {}
        ordered = sorted(set(identities), key=_lock_order)
        for table, group in groupby(ordered, key=lambda each: partition_of(each[0])):
            types, ids = zip(*group, strict=True)
            rows = await self.connection.fetch(select_for_update(table), types, ids)
            found |= {(row["type"], row["id"]): state_of(row) for row in rows}
        if absent := [each for each in ordered if each not in found]:
            types, ids = zip(*absent, strict=True)
            rows = await self.connection.fetch(_SELECT_LAST_VERSIONS, types, ids)
            found |= {(r["type"], r["id"]): ResourceState(r["version"], r["updated"]) for r in rows}
        return [found.get(each, NEVER_EXISTED) for each in identities]

    async def write(self, changes: Sequence[Change]) -> None:
        # Every transaction inserts new rows in the same order, which avoids deadlocks.
        ordered = sorted(changes, key=lambda each: (*_statement_group(each), each.type, each.id))
        for _, group in groupby(ordered, key=_statement_group):
            for each in split_into_statements(list(group)):
                announced = self._outbox.sealed(*map(announcement, each))
                await write_all(self.connection, each, announced)
        for change in ordered:
            if change.content is not None:
                await link_content(self.connection, change)
        for change in sorted(changes, key=lambda each: (each.type, each.id)):
            if rows := rows_of(change, self._attached):
                await rows.write(self.connection, change)

    async def record(self, record: WriteRecord) -> bool:
        return await insert_record(self.connection, record)


def announcement(change: Change) -> ResourceChangedV1:
    """The event of a change."""
    # The values are already validated.
    return ResourceChangedV1.model_construct(
        type=change.type,
        id=change.id,
        version=change.version,
        interaction=change.interaction,
        at=change.updated,
    )


def _statement_group(change: Change) -> tuple[WriteOperation, str]:
    # One statement inserts into all partitions.
    operation = write_operation(change)
    return operation, "" if operation == "insert" else partition_of(change.type)


def _lock_order(identity: tuple[str, str]) -> tuple[str, str, str]:
    return partition_of(identity[0]), *identity
