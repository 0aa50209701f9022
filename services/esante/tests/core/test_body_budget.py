"""The count of the bytes of bodies: of one account, of all, and of those that arrive."""

import asyncio
import threading

import pytest

from esante.core.flows.body_budget import MAX_READING, UNCOUNTED, BodyBudget, BodyLease
from socle.errors import Refusal

SIZE = 2 * 1024 * 1024


def budget(total: int = 4 * SIZE, per_account: int = 2 * SIZE) -> BodyBudget:
    return BodyBudget(total, per_account, executed=SIZE, release_memory=lambda: None)


async def leased(bodies: BodyBudget, account: str, size: int = SIZE) -> BodyLease:
    lease = bodies.lease(account, 8 * SIZE)
    lease.grow_to(size)
    return lease


async def test_an_account_has_a_share_and_all_have_a_limit() -> None:
    bodies = budget()
    first = await leased(bodies, "a")
    await leased(bodies, "a")
    with pytest.raises(Refusal) as refused:
        await leased(bodies, "a")
    assert refused.value.category == "too_many"
    await leased(bodies, "b", 2 * SIZE)
    with pytest.raises(Refusal) as refused:
        await leased(bodies, "c")
    assert refused.value.category == "unavailable"
    await leased(bodies, "c", UNCOUNTED)
    first.release()
    first.release()
    await leased(bodies, "c")
    assert bodies.held == 4 * SIZE


async def test_a_body_without_declared_length_counts_as_it_grows() -> None:
    bodies = budget()
    lease = bodies.lease("a", 8 * SIZE)
    for size in (1, UNCOUNTED, SIZE, SIZE - 1, 2 * SIZE):
        lease.grow_to(size)
    assert bodies.held == 2 * SIZE
    with pytest.raises(Refusal):
        lease.grow_to(2 * SIZE + 1)
    lease.release()
    assert bodies.held == 0


async def test_an_account_sends_so_many_bodies_at_once() -> None:
    bodies = budget()
    open_leases = [bodies.lease("a", 8 * SIZE) for _ in range(MAX_READING)]
    for each in open_leases:
        each.__enter__()
    with pytest.raises(Refusal) as refused, bodies.lease("a", 8 * SIZE):
        pass
    assert refused.value.category == "too_many"
    with bodies.lease("b", 8 * SIZE):
        pass
    open_leases[0].__exit__()
    with bodies.lease("a", 8 * SIZE):
        pass


async def test_memory_is_returned_once_for_several_large_bodies() -> None:
    calls, done = [], threading.Event()

    def release_memory() -> None:
        calls.append(1)
        done.set()

    bodies = BodyBudget(4 * SIZE, 4 * SIZE, executed=SIZE, release_memory=release_memory)
    for each in [await leased(bodies, "a") for _ in range(4)]:
        each.release()
    assert await asyncio.to_thread(done.wait, 30)
    assert calls == [1]
