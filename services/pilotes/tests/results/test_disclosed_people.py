"""Who was disclosed with whom: nobody who is erased stays there, whatever happens meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace

import numpy as np
import pytest_asyncio
from usage_world import DAY, PILOT, START, UsageWorld, exposed, open_usage

from pilotes.disclosure.domain.tranches import DisclosedFigures, Population
from pilotes.record.domain.pilot import PilotId
from pilotes.results.adapters.figure_store import PostgresFigures
from pilotes.results.ports import CompletedPeople, FigureUpdate, Observation
from socle.testing import until

NOW = START + 20 * DAY


@pytest_asyncio.fixture
async def world(postgres_url: str) -> AsyncIterator[UsageWorld]:
    async with AsyncExitStack() as stack:
        world = await open_usage(postgres_url, stack)
        for name in ("ada", "bob"):
            await world.consent(name)
            await world.fold(exposed(name, START))
        yield world


async def completed(update: FigureUpdate) -> CompletedPeople:
    return await update.completed(["prevenu"], observation=Observation({7}), as_of=NOW)


async def seal(update: FigureUpdate, found: CompletedPeople) -> None:
    """Put those people into tranche 1."""
    first = np.ones(len(found.participant), dtype=np.int64)
    sealed = replace(found, people=Population(found.people.arm, first, first))
    disclosed = DisclosedFigures(1, {1: (len(first),)})
    await update.save(disclosed, sealed, looks=(), ratio_as_planned=True, at=NOW)


async def _waits(world: UsageWorld) -> bool:
    return bool(
        await world.pool.fetchval(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
    )


async def test_a_withdrawal_during_an_update_dissolves_the_tranche(world: UsageWorld) -> None:
    async with PostgresFigures(world.pool).update(PilotId(PILOT)) as update:
        found = await completed(update)
        withdrawing = asyncio.create_task(world.withdraw("ada", NOW))
        await until(lambda: _waits(world))
        await seal(update, found)
    await withdrawing
    assert [await world.rows(each) for each in ("cohort", "shown_person")] == [1, 1]
    stored = await PostgresFigures(world.pool).stored(PilotId(PILOT))
    assert stored.disclosed.sizes == {}, "Bob was disclosed with Ada, and waits again"


async def test_a_participant_who_is_sealed_again_has_the_same_first_tranche(
    world: UsageWorld,
) -> None:
    store = PostgresFigures(world.pool)
    async with store.update(PilotId(PILOT)) as update:
        await seal(update, await completed(update))
    await world.withdraw("ada", NOW)
    async with store.update(PilotId(PILOT)) as update:
        found = await completed(update)
        assert (found.people.tranche.tolist(), found.people.first.tolist()) == ([1], [1])
        moved = replace(found, people=replace(found.people, tranche=np.array([2])))
        disclosed = DisclosedFigures(2, {2: (1,)})
        await update.save(disclosed, moved, looks=(), ratio_as_planned=True, at=NOW)
    async with store.update(PilotId(PILOT)) as update:
        found = await completed(update)
        assert (found.people.tranche.tolist(), found.people.first.tolist()) == ([2], [1])
