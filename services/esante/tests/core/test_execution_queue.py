"""Large bodies are executed in turn: bounded, fair between accounts, and never in the way of small
ones."""

import asyncio
import json

import pytest
from fhir_bundles import bundle, entry
from fhir_world import FhirWorld

from esante.core.flows.body_budget import UNCOUNTED, BodyBudget, BodyLease
from esante.core.flows.execution_queue import ExecutionQueue
from socle.errors import Refusal
from socle.testing import until

LIMIT = 100


def enter(queue: ExecutionQueue, account: str, size: int, order: list[str]) -> "asyncio.Task[None]":
    async def run() -> None:
        await queue.enter(account, size, seconds=60)
        order.append(account)

    return asyncio.create_task(run())


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_accounts_alternate_and_none_overtakes() -> None:
    queue, order = ExecutionQueue(LIMIT), []
    assert queue.try_enter("x", LIMIT)
    tasks = [enter(queue, account, 60, order) for account in ("a", "a", "a", "b", "c")]
    await settle()
    # It would have room, but those who came first have not.
    assert not queue.try_enter("x", 1)
    queue.leave("x", LIMIT)
    for _ in tasks:
        await settle()
        queue.leave(order[-1], 60)
    assert order == ["a", "b", "c", "a", "a"]
    assert queue.try_enter("x", LIMIT)


async def test_what_is_larger_than_the_limit_is_executed_alone() -> None:
    queue, order = ExecutionQueue(LIMIT), []
    assert queue.try_enter("x", 1)
    alone, other = enter(queue, "a", 10 * LIMIT, order), enter(queue, "b", 1, order)
    await settle()
    assert order == []
    queue.leave("x", 1)
    await alone
    assert order == ["a"]
    queue.leave("a", 10 * LIMIT)
    await other


async def test_one_account_leaves_half_of_the_room_to_others() -> None:
    queue, order = ExecutionQueue(LIMIT), []
    assert queue.try_enter("a", 30)
    # It would have room, but one account would take more than half of it.
    assert not queue.try_enter("a", 30)
    waiting = [enter(queue, "a", 30, order) for _ in range(5)]
    await settle()
    others = [enter(queue, name, 30, order) for name in ("b", "c")]
    await settle()
    assert order == ["b", "c"]
    queue.leave("a", 30)
    await waiting[0]
    assert order == ["b", "c", "a"]
    for each in (*waiting, *others):
        each.cancel()


async def test_who_leaves_gives_their_place_to_the_next() -> None:
    queue, order = ExecutionQueue(LIMIT), []
    assert queue.try_enter("x", 50)
    waiting = enter(queue, "a", LIMIT, order)
    behind = enter(queue, "b", 50, order)
    await settle()
    waiting.cancel()
    await behind
    queue.leave("x", 50)
    queue.leave("b", 50)
    # Cancelled when it is admitted, before it knows.
    assert queue.try_enter("x", LIMIT)
    admitted = enter(queue, "a", LIMIT, order)
    await settle()
    queue.leave("x", LIMIT)
    admitted.cancel()
    await settle()
    # Cancelled before it is admitted, and not yet removed.
    assert queue.try_enter("x", LIMIT)
    cancelled = enter(queue, "a", LIMIT, order)
    await settle()
    cancelled.cancel()
    queue.leave("x", LIMIT)
    await settle()
    assert queue.try_enter("x", LIMIT)
    assert order == ["b"]


async def test_who_waits_too_long_is_refused() -> None:
    queue = ExecutionQueue(LIMIT)
    assert queue.try_enter("x", LIMIT)
    with pytest.raises(Refusal) as refused:
        await queue.enter("a", 1, seconds=0)
    assert refused.value.category == "unavailable"
    queue.leave("x", LIMIT)
    assert queue.try_enter("x", LIMIT)


MIB = 1024 * 1024


async def test_small_bodies_never_wait_and_smaller_ones_not_for_large_ones() -> None:
    bodies = BodyBudget(64 * MIB, 64 * MIB, executed=4 * MIB, release_memory=lambda: None)

    def complete(size: int) -> BodyLease:
        lease = bodies.lease("a", 8 * MIB)
        lease.grow_to(size)
        return lease

    large, other = complete(4 * MIB), complete(4 * MIB)
    assert large.try_execute()
    assert not other.try_execute()
    assert complete(MIB // 2).try_execute()
    assert all(complete(UNCOUNTED).try_execute() for _ in range(1000))
    large.release()
    assert other.try_execute()
    assert other.try_execute()


async def test_bundles_wait_for_execution_and_are_abandoned_by_who_leaves(
    fhir: FhirWorld,
) -> None:
    """The first waits for a row while it is executed, the others for the first."""
    patient = {"resourceType": "Patient", "id": "p1"}
    assert (await fhir.send("PUT", "/Patient/p1", patient)).status == 201
    document = {"resourceType": "Binary", "contentType": "text/plain", "data": "A" * 6 * MIB}
    entries = [entry("POST", "Binary", document)] * 2
    # Of 24 and 12 MiB: together more than are executed at once.
    blocked = bundle(entry("PUT", "Patient/p1", patient | {"active": True}), *entries, *entries)
    async with fhir.pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM resource WHERE id = 'p1' FOR UPDATE")
        first = asyncio.create_task(fhir.send("POST", "", blocked, account="a"))
        await until(fhir.is_waiting)
        body = json.dumps(bundle(*entries)).encode()
        gone = await _sent(fhir, body, "b")
        last = asyncio.create_task(fhir.send("POST", "", bundle(*entries), account="c"))
        in_time = {"X-Regionlab-Timeout-Ms": "2000"}
        refused = await fhir.send("POST", "", bundle(*entries), account="d", headers=in_time)
        assert (refused.status, refused.codes) == (503, ["transient"])
        assert "Retry-After" in refused.headers
        gone.transport.abort()
        assert (await fhir.send("PUT", "/Patient/p2", patient | {"id": "p2"})).status == 201
        assert not first.done()
        assert not last.done()
    assert (await first).status == (await last).status == 200
    count = await fhir.send("GET", "/Binary?_summary=count")
    assert count.json["total"] == 6


async def _sent(fhir: FhirWorld, body: bytes, account: str) -> asyncio.StreamWriter:
    _, writer = await fhir.connect()
    writer.write(fhir.head("POST", "", f"Content-Length: {len(body)}", account=account))
    writer.write(body)
    await writer.drain()
    return writer
