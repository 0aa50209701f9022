"""Windows that a pause or the end of the trial cuts short do not count, in either arm."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import datetime, timedelta

import numpy as np
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from usage_world import DAY, PILOT, START, UsageWorld, exposed, indicator, line, open_usage, served

from pilotes.record.domain.pilot import PilotId
from pilotes.results.adapters.figure_store import PostgresFigures
from pilotes.results.ports import Observation
from pilotes.usage.domain.observation import Interruption, observed_completely

HOUR = timedelta(hours=1)


@pytest_asyncio.fixture
async def world(postgres_url: str) -> AsyncIterator[UsageWorld]:
    async with AsyncExitStack() as stack:
        yield await open_usage(postgres_url, stack)


async def decide(world: UsageWorld, kind: str, at: datetime) -> None:
    number = 1 + await world.rows("decision")
    async with world.pool.acquire() as connection:
        await connection.execute(
            "INSERT INTO decision VALUES ($1, $2, $3, $4, '', '', $5)",
            number, PILOT, kind, at, str(number),
        )  # fmt: skip


async def freeze(world: UsageWorld, version: int, *, at: datetime, ends_at: datetime) -> None:
    async with world.pool.acquire() as connection:
        await connection.execute(
            "INSERT INTO protocol VALUES ($1, $2, $3, '', '', $4, 'qui', $4)",
            PILOT, version, {"ends_at": ends_at.isoformat()}, at,
        )  # fmt: skip


async def counted(world: UsageWorld, as_of: datetime) -> dict[str, float]:
    """By the day of their first exposure, the outcome of each participant who counts."""
    outcomes = (await world.outcomes(as_of=as_of))["usage"]
    async with PostgresFigures(world.pool).update(PilotId(PILOT)) as update:
        completed = await update.completed(
            ["habituel", "prevenu"], observation=Observation({7}), as_of=as_of
        )
        log = await update.read([indicator()], as_of)
    # The guard reads everybody, and so do figures, of whom only these are disclosed.
    assert log.answers["usage"].participant.tolist() == outcomes.participant.tolist()
    complete = np.isin(outcomes.participant, completed.participant)
    return {
        f"j{(start - int(START.timestamp())) // 86_400}": outcome
        for start, outcome in zip(
            outcomes.first_exposure[complete].tolist(),
            outcomes.outcome[complete].tolist(),
            strict=True,
        )
    }


async def test_who_was_observed_across_a_pause_or_the_end_is_left_out(world: UsageWorld) -> None:
    """One use a day while the arms are served: whoever counts has seven."""
    days = (0, 1, 3, 9, 20, 23)
    for day in days:
        await world.consent(f"j{day}", START - DAY)
        await world.fold(exposed(f"j{day}", START + day * DAY))
    stopped = {8, *range(26, 40)}
    lines = [
        line(f"j{day}", START + (day + later) * DAY + HOUR)
        for day in days
        for later in range(7)
        if day + later not in stopped
    ]
    await world.fold(served(0, *lines))
    await freeze(world, 2, at=START - 2 * DAY, ends_at=START + 26 * DAY)
    now = START + 40 * DAY
    everybody = {"j0": 7.0, "j1": 7.0, "j3": 6.0, "j9": 7.0, "j20": 6.0, "j23": 3.0}
    assert await counted(world, now) == {name: everybody[name] for name in ("j0", "j1", "j3", "j9")}
    await decide(world, "pause", START + 8 * DAY)
    # Not resumed yet: who was first exposed before the pause, and observed until then.
    assert set(await counted(world, now)) == {"j0", "j1"}
    await decide(world, "resume", START + 9 * DAY)
    assert await counted(world, now) == {"j0": 7.0, "j1": 7.0, "j9": 7.0}
    # Everybody can cause a pause: a short one leaves nobody out.
    await decide(world, "pause", START + 10 * DAY)
    await decide(world, "resume", START + 10 * DAY + HOUR)
    assert await counted(world, now) == {"j0": 7.0, "j1": 7.0, "j9": 7.0}
    # An amendment that comes in time postpones the end; one that comes late leaves a hole.
    await freeze(world, 3, at=START + 25 * DAY, ends_at=START + 60 * DAY)
    assert set(await counted(world, now)) == {"j0", "j1", "j9", "j20", "j23"}
    async with world.pool.acquire() as connection:
        await connection.execute("UPDATE pilot SET finished_at = $1", START + 28 * DAY)
    assert set(await counted(world, now)) == {"j0", "j1", "j9", "j20"}


async def test_who_was_disclosed_stays_and_the_guard_reads_everybody(world: UsageWorld) -> None:
    """A pause that becomes known, or a longer window, takes nobody out of a tranche."""
    for day in (0, 1):
        await world.consent(f"j{day}", START - DAY)
        await world.fold(exposed(f"j{day}", START + day * DAY))
    now = START + 20 * DAY
    assert set(await counted(world, now)) == {"j0", "j1"}
    await world.pool.execute(
        "INSERT INTO shown_person (participant, pilot_id, tranche, first)"
        " SELECT participant, $1, 1, 1 FROM cohort ORDER BY first_exposure LIMIT 1",
        PILOT,
    )
    await decide(world, "pause", START + 5 * DAY)
    assert set(await counted(world, now)) == {"j0"}
    outcomes = (await world.outcomes(as_of=now))["usage"]
    assert len(outcomes.participant) == 2


async def test_an_end_that_is_postponed_too_late_is_an_interruption(world: UsageWorld) -> None:
    await world.consent("j20", START - DAY)
    await world.fold(exposed("j20", START + 20 * DAY))
    await freeze(world, 2, at=START - 2 * DAY, ends_at=START + 22 * DAY)
    await freeze(world, 3, at=START + 23 * DAY, ends_at=START + 60 * DAY)
    assert await counted(world, START + 40 * DAY) == {}


_periods = st.lists(
    st.tuples(st.integers(0, 40), st.one_of(st.integers(1, 20), st.just(float("inf")))), max_size=4
)


@given(st.integers(0, 40), st.integers(1, 10), _periods)
def test_a_window_is_complete_if_no_instant_of_it_is_interrupted(
    start: int, days: int, periods: list[tuple[int, float]]
) -> None:
    """Counted in half days."""
    gaps = [Interruption(at * 86_400, (at + length) * 86_400) for at, length in periods]
    instants = [(start + half / 2) * 86_400 for half in range(2 * days)]
    expected = not any(gap.start <= at < gap.stop for gap in gaps for at in instants)
    found = observed_completely(np.array([start * 86_400]), days, gaps)
    assert found.tolist() == [expected]


def test_pauses_that_together_are_at_most_a_hundredth_of_a_window_are_ignored() -> None:
    """1.68 hours of a week."""

    def complete(*hours: tuple[float, float]) -> bool:
        gaps = [Interruption(start * 3_600, stop * 3_600) for start, stop in hours]
        return bool(observed_completely(np.array([0]), 7, gaps)[0])

    assert complete((20, 21.6))
    assert not complete((20, 21.7))
    assert not complete((20, 21), (50, 51))
    # The same hour twice is one hour; those outside of the window are none.
    assert complete((20, 21), (20, 21), (20.5, 21.5), (-9, 0.1), (168, float("inf")))
    assert complete((167, float("inf")))
    assert not complete((166, float("inf")))
