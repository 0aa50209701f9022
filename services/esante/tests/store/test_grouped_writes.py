"""Writes of requests at the same time: executed by one statement, each as if alone."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from fhir_bundles import bundle, entry
from fhir_world import FhirWorld

from esante.store.adapters.grouped_writes import Execute, GroupedWrites, OutboxRow, is_groupable
from esante.store.ports import Change
from socle.errors import Retry
from socle.testing import until

PATIENT = {"resourceType": "Patient"}


def change(name: str, *, size: int = 10) -> Change:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    return Change("Patient", name, 1, at, "create", b" " * size, None, 0)


class Statements:
    """What was written, by statement. Each waits for `open`, and leaves `stale` out."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.open = asyncio.Event()
        self.free = asyncio.Semaphore(2)
        """Connections."""
        self.unreachable = False

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[Execute]:
        async with self.free:
            yield self.execute

    async def execute(
        self, changes: Sequence[Change], announced: Sequence[OutboxRow]
    ) -> Collection[tuple[str, str]]:
        assert [each.id for each in changes] == [key for _, key, _, _ in announced]
        self.started.append(" ".join(each.id for each in changes))
        await self.open.wait()
        if self.unreachable:
            raise Retry("la base ne répond pas")
        if any(each.id == "refused" for each in changes):
            raise ValueError
        return [("Patient", "stale")]


@pytest.fixture
def statements() -> Statements:
    return Statements()


@pytest.fixture
def writes(statements: Statements) -> GroupedWrites:
    return GroupedWrites(statements.connect, statements=1, takes_lone=False)


def write(writes: GroupedWrites, *names: str, size: int = 10) -> "asyncio.Task[bool]":
    rows = [("topic", each, "", b"") for each in names]
    return asyncio.create_task(writes.write([change(each, size=size) for each in names], rows))


async def begin(statements: Statements, writes: GroupedWrites) -> "list[asyncio.Task[bool]]":
    """A statement under way: further writes wait."""
    tasks = [write(writes, "a"), write(writes, "b")]
    await until(lambda: statements.started == ["a b"])
    return tasks


async def test_what_begins_at_once_is_one_statement(
    statements: Statements, writes: GroupedWrites
) -> None:
    tasks = await begin(statements, writes)
    tasks += [write(writes, "c1", "c2"), write(writes, "d"), write(writes, "e")]
    await asyncio.sleep(0)
    statements.open.set()
    assert await asyncio.gather(*tasks) == [True] * 5
    assert statements.started == ["a b", "c1 c2 d e"]


async def test_one_that_no_other_accompanies_is_left_to_its_request(
    statements: Statements, writes: GroupedWrites
) -> None:
    assert not await write(writes, "a")
    tasks = await begin(statements, writes)
    last = write(writes, "c")
    await asyncio.sleep(0)
    statements.open.set()
    assert await asyncio.gather(*tasks, last) == [True, True, False]
    assert not await write(writes, "d")
    assert statements.started == ["a b"]


async def test_one_that_waits_for_no_other_transaction_is_executed_at_once(
    statements: Statements,
) -> None:
    writes = GroupedWrites(statements.connect, statements=2, takes_lone=True)
    tasks = [write(writes, "a")]
    await until(lambda: statements.started == ["a"])
    tasks.append(write(writes, "b"))
    await until(lambda: statements.started == ["a", "b"])
    tasks += [write(writes, each) for each in "cd"]
    await asyncio.sleep(0)
    statements.open.set()
    assert await asyncio.gather(*tasks) == [True] * 4
    assert statements.started == ["a", "b", "c d"]


async def test_a_statement_is_bounded(statements: Statements, writes: GroupedWrites) -> None:
    tasks = await begin(statements, writes)
    tasks += [write(writes, each, size=50_000) for each in "cdef"]
    tasks += [write(writes, *(f"g{n}" for n in range(63))), write(writes, "h"), write(writes, "i")]
    await asyncio.sleep(0)
    statements.open.set()
    await asyncio.gather(*tasks)
    assert statements.started == ["a b", "c d h i", "e f"]
    assert [each.result() for each in tasks] == [True] * 6 + [False] + [True] * 2


async def test_another_write_of_a_resource_waits_for_the_next_statement(
    statements: Statements, writes: GroupedWrites
) -> None:
    statements.open.set()
    tasks = [write(writes, each) for each in ("a", "a", "b", "b", "c")]
    assert await asyncio.gather(*tasks) == [True] * 5
    assert statements.started == ["a b c", "a b"]


async def test_one_that_is_left_out_is_left_to_its_request(
    statements: Statements, writes: GroupedWrites
) -> None:
    statements.open.set()
    tasks = [write(writes, each) for each in ("a", "stale", "b")]
    assert await asyncio.gather(*tasks) == [True, False, True]
    assert statements.started == ["a stale b"]


async def test_if_one_is_refused_each_is_left_to_its_request(
    statements: Statements, writes: GroupedWrites
) -> None:
    statements.open.set()
    tasks = [write(writes, each) for each in ("a", "refused", "b")]
    assert await asyncio.gather(*tasks) == [False] * 3
    assert statements.started == ["a refused b"]


async def test_an_unreachable_database_gets_a_group_once(
    statements: Statements, writes: GroupedWrites
) -> None:
    statements.unreachable = True
    statements.open.set()
    found = await asyncio.gather(*(write(writes, each) for each in "ab"), return_exceptions=True)
    assert [type(each) for each in found] == [Retry] * 2
    statements.unreachable = False
    assert await asyncio.gather(*(write(writes, each) for each in "cd")) == [True] * 2
    assert statements.started == ["a b", "c d"]


async def test_a_cancellation_prevents_a_write_that_waits_and_no_other(
    statements: Statements, writes: GroupedWrites
) -> None:
    running, other = await begin(statements, writes)
    waiting = [write(writes, each) for each in "cde"]
    await asyncio.sleep(0)
    running.cancel()
    waiting[0].cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting[0]
    assert not running.done()
    statements.open.set()
    assert await asyncio.gather(running, other, *waiting[1:]) == [True] * 4
    assert statements.started == ["a b", "d e"]


async def test_a_write_that_was_given_up_does_not_start_when_a_connection_comes(
    statements: Statements, writes: GroupedWrites
) -> None:
    statements.open.set()
    statements.free = asyncio.Semaphore(0)
    given_up, other = write(writes, "a"), write(writes, "b")
    await until(statements.free.locked)
    for _ in range(3):  # until it waits for a connection
        await asyncio.sleep(0)
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    statements.free.release()
    assert await other
    assert statements.started == ["b"]


@pytest.mark.parametrize("name", ["stale", "refused"])
async def test_a_cancellation_is_raised_for_a_write_that_is_not_done(
    statements: Statements, writes: GroupedWrites, name: str
) -> None:
    given_up, other = write(writes, name), write(writes, "b")
    await until(lambda: bool(statements.started))
    given_up.cancel()
    await asyncio.sleep(0)
    statements.open.set()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    await other


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
