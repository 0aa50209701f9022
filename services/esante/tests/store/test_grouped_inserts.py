"""New resources of requests at the same time: written by one statement, each as if alone."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from fhir_bundles import bundle, entry
from fhir_world import FhirWorld

from esante.store.adapters.grouped_inserts import (
    GroupedInserts,
    Insert,
    OutboxRow,
    is_groupable,
)
from esante.store.ports import Change, WriteConflict
from socle.errors import Retry
from socle.testing import until

PATIENT = {"resourceType": "Patient"}


def change(name: str, *, size: int = 10) -> Change:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    return Change("Patient", name, 1, at, "create", b" " * size, None, 0)


class Statements:
    """What was inserted, by statement. Each waits for `open`."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.open = asyncio.Event()
        self.free = asyncio.Semaphore(2)
        """Connections."""
        self.unreachable = False

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Insert]:
        async with self.free:
            yield self.insert

    async def insert(self, changes: Sequence[Change], announced: Sequence[OutboxRow]) -> None:
        assert [each.id for each in changes] == [key for _, key, _, _ in announced]
        self.started.append(" ".join(each.id for each in changes))
        await self.open.wait()
        if self.unreachable:
            raise Retry("la base ne répond pas")
        if any(each.id == "taken" for each in changes):
            raise WriteConflict


def write(inserts: GroupedInserts, *names: str, size: int = 10) -> "asyncio.Task[None]":
    rows = [("topic", each, "", b"") for each in names]
    return asyncio.create_task(inserts.write([change(each, size=size) for each in names], rows))


async def fill(statements: Statements, inserts: GroupedInserts) -> "list[asyncio.Task[None]]":
    """Two statements under way: further writes wait."""
    first = write(inserts, "a")
    await until(lambda: statements.started == ["a"])
    second = write(inserts, "b")
    await until(lambda: statements.started == ["a", "b"])
    return [first, second]


async def test_writes_that_wait_are_one_statement() -> None:
    statements = Statements()
    inserts = GroupedInserts(statements.connect)
    tasks = await fill(statements, inserts)
    tasks += [write(inserts, "c1", "c2"), write(inserts, "d"), write(inserts, "e")]
    await asyncio.sleep(0)
    statements.open.set()
    await asyncio.gather(*tasks)
    assert statements.started == ["a", "b", "c1 c2 d e"]
    await write(inserts, "f")
    assert statements.started[3:] == ["f"]


async def test_a_statement_is_bounded() -> None:
    statements = Statements()
    inserts = GroupedInserts(statements.connect)
    tasks = await fill(statements, inserts)
    tasks += [write(inserts, each, size=50_000) for each in "cdef"]
    tasks.append(write(inserts, *(f"g{n}" for n in range(63))))
    await asyncio.sleep(0)
    statements.open.set()
    await asyncio.gather(*tasks)
    assert sorted(statements.started[2:4]) == ["c d", "e f"]
    assert len(statements.started) == 5


async def test_one_that_is_refused_is_refused_alone() -> None:
    statements = Statements()
    inserts = GroupedInserts(statements.connect)
    tasks = await fill(statements, inserts)
    tasks += [write(inserts, each) for each in ("c", "taken", "d")]
    await asyncio.sleep(0)
    statements.open.set()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(each) for each in found] == [type(None)] * 3 + [WriteConflict, type(None)]
    assert statements.started[2:] == ["c taken d", "c", "taken", "d"]


async def test_an_unreachable_database_gets_a_group_once() -> None:
    statements = Statements()
    inserts = GroupedInserts(statements.connect)
    statements.unreachable = True
    tasks = await fill(statements, inserts)
    tasks += [write(inserts, each) for each in "cd"]
    await asyncio.sleep(0)
    statements.open.set()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(each) for each in found] == [Retry] * 4
    assert statements.started == ["a", "b", "c d"]
    statements.unreachable = False
    await write(inserts, "e")


async def test_a_cancellation_prevents_a_write_that_waits_and_no_other() -> None:
    statements = Statements()
    inserts = GroupedInserts(statements.connect)
    running, other = await fill(statements, inserts)
    waiting = write(inserts, "c")
    await asyncio.sleep(0)
    running.cancel()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert not running.done()
    statements.open.set()
    await asyncio.gather(running, other)
    assert statements.started == ["a", "b"]


async def test_a_write_that_was_given_up_does_not_start_when_a_connection_comes() -> None:
    statements = Statements()
    inserts = GroupedInserts(statements.connect)
    statements.open.set()
    statements.free = asyncio.Semaphore(0)
    given_up, other = write(inserts, "a"), write(inserts, "b")
    await asyncio.sleep(0.01)
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    statements.free.release()
    await other
    assert statements.started == ["b"]


async def test_a_write_that_was_given_up_is_not_tried_alone() -> None:
    statements = Statements()
    inserts = GroupedInserts(statements.connect)
    tasks = await fill(statements, inserts)
    tasks += [write(inserts, each) for each in ("taken", "c", "d")]
    await asyncio.sleep(0)
    statements.open.set()
    statements.open.clear()  # those under way go on, and no further one
    await asyncio.gather(*tasks[:2])
    await until(lambda: statements.started[2:] == ["taken c d"])
    tasks[3].cancel()
    await asyncio.sleep(0)
    statements.open.set()
    await asyncio.gather(*tasks[2:], return_exceptions=True)
    assert tasks[3].cancelled()
    assert statements.started[3:] == ["taken", "d"]


async def test_a_cancellation_is_raised_for_a_write_that_fails() -> None:
    statements = Statements()
    inserts = GroupedInserts(statements.connect)
    running = write(inserts, "taken")
    await until(lambda: bool(statements.started))
    running.cancel()
    await asyncio.sleep(0)
    statements.open.set()
    with pytest.raises(asyncio.CancelledError):
        await running


def test_only_small_writes_are_grouped() -> None:
    assert is_groupable([change("a"), change("b")])
    assert not is_groupable([change("a", size=200_000)])
    assert not is_groupable([change("a")] * 65)


async def test_requests_at_once(fhir: FhirWorld) -> None:
    """Their resources are there, with their events, in fewer transactions than requests."""
    both = bundle(entry("POST", "Patient", PATIENT), entry("POST", "Patient", PATIENT))
    async with fhir.pool.acquire() as connection, connection.transaction():
        await connection.execute("LOCK TABLE version IN ACCESS EXCLUSIVE MODE")
        creates = [asyncio.create_task(fhir.create(PATIENT)) for _ in range(12)]
        await until(fhir.is_waiting)
        transactions = [asyncio.create_task(fhir.send("POST", "", both)) for _ in range(4)]
    ids = {(await each).json["id"] for each in creates}
    for each in transactions:
        assert (await each).status == 200
        ids |= {e["response"]["location"].split("/")[1] for e in (await each).json["entry"]}
    assert len(ids) == 20
    assert {each["id"] for each in await fhir.events()} == ids
    written = await fhir.pool.fetchrow(
        "SELECT count(*) AS rows, count(DISTINCT xmin::text) AS transactions FROM version"
    )
    assert written is not None
    assert written["rows"] == 20
    assert written["transactions"] < 16
