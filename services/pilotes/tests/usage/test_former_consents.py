"""What was served under a consent that was erased since counts under no other one, so that nobody
can make a sound draw look broken."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest_asyncio
from usage_world import DAY, PILOT, START, UsageWorld, exposed, open_usage

from pilotes.disclosure.domain.places import has_split_place
from pilotes.record.domain.pilot import PilotId
from pilotes.results.adapters.figure_store import PostgresFigures
from pilotes.results.ports import Observation

SECOND = timedelta(seconds=1)
AGAIN = START + DAY
COLLUDING = ("alice", "bob", "carole")


@pytest_asyncio.fixture
async def usage(postgres_url: str) -> AsyncIterator[UsageWorld]:
    async with AsyncExitStack() as stack:
        yield await open_usage(postgres_url, stack)


async def misassigned(usage: UsageWorld) -> int:
    async with PostgresFigures(usage.pool).update(PilotId(PILOT)) as update:
        return await update.count_misassigned()


async def test_people_cannot_be_exposed_to_another_arm_than_their_consent_has(
    usage: UsageWorld,
) -> None:
    """In permuted blocks, three accounts erase everything, agree again and are drawn again, while a
    replica of the gateway still serves the arm of the former consent."""
    for name in COLLUDING:
        await usage.consent(name, START, arm="prevenu")
        await usage.erase(name)
        await usage.consent(name, AGAIN, arm="habituel")
        # Under the former consent, one also by a replica whose clock is ahead.
        for late in (SECOND, 60 * SECOND):
            await usage.fold(exposed(name, AGAIN + late, consented_at=START))
    assert usage.figures.events == {("exposure", "no_consent"): 6}
    assert await misassigned(usage) == 0
    assert await usage.rows("exposure") == 0
    for name in COLLUDING:
        at = AGAIN + 120 * SECOND
        await usage.fold(exposed(name, at, arm="habituel", consented_at=AGAIN))
    assert usage.figures.events["exposure", "counted"] == 3
    assert await misassigned(usage) == 0


async def test_people_cannot_split_a_place_by_stating_another_one(usage: UsageWorld) -> None:
    """Where places are drawn, one person on the arm of their former place would be enough: nothing
    would be concluded."""
    await usage.consent("alice", START, place="nord")
    await usage.erase("alice")
    await usage.consent("alice", AGAIN, place="sud")
    await usage.fold(exposed("alice", AGAIN + SECOND, consented_at=START))
    await usage.fold(exposed("alice", AGAIN + DAY, "habituel", consented_at=AGAIN))
    await usage.consent("bob", START, place="sud")
    await usage.fold(exposed("bob", AGAIN, "habituel", consented_at=START))
    async with PostgresFigures(usage.pool).update(PilotId(PILOT)) as update:
        found = await update.completed(
            ["prevenu", "habituel"], observation=Observation([7]), as_of=usage.clock.now()
        )
        places = await update.places(found.participant, ["nord", "sud"])
    assert sorted(zip(places, found.people.arm, strict=True)) == [(1, 1), (1, 1)]
    assert not has_split_place(found.people.arm, places)


async def test_a_gateway_that_serves_another_arm_than_the_consent_has_is_found(
    usage: UsageWorld,
) -> None:
    """One of before blocks draws by a hash, and names no consent."""
    for name, named in zip(COLLUDING, (None, None, START), strict=True):
        await usage.consent(name, START, arm="habituel")
        await usage.fold(exposed(name, START + SECOND, consented_at=named))
    assert await misassigned(usage) == 3


async def test_who_withdraws_and_comes_back_begins_with_what_the_new_consent_covers(
    usage: UsageWorld,
) -> None:
    await usage.consent("alice", START)
    await usage.fold(exposed("alice", START + SECOND, consented_at=START))
    await usage.withdraw("alice", AGAIN)
    await usage.consent("alice", AGAIN + 10 * SECOND)
    await usage.fold(exposed("alice", AGAIN + 11 * SECOND, consented_at=START))
    assert await usage.rows("exposure") == 0
    first = AGAIN + 12 * SECOND
    await usage.fold(exposed("alice", first, consented_at=AGAIN + 10 * SECOND))
    found = await usage.pool.fetchval("SELECT first_exposure FROM cohort")
    assert found == first
