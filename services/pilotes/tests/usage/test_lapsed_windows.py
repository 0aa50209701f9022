"""Who was disclosed before an amendment is measured on no terms that they did not agree to."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta

import pytest_asyncio
from usage_world import (
    DAY,
    PILOT,
    START,
    UsageWorld,
    exposed,
    indicator,
    line,
    open_usage,
    secret,
    served,
)  # fmt: skip

from pilotes.disclosure.domain.tranches import DisclosedFigures
from pilotes.record.domain.pilot import PilotId
from pilotes.record.domain.protocol import Arm, Indicator, Protocol
from pilotes.record.ports import ProtocolVersion
from pilotes.results.adapters.disclosed_json import disclosed_to_json
from pilotes.results.adapters.figure_store import PostgresFigures
from pilotes.results.ports import Observation
from pilotes.usage.adapters.lapsed_consents import lapse_consents
from pilotes.usage.flows.introductions import introductions
from socle.postgres import transaction

AMENDED, AGAIN, NOW = (START + days * DAY for days in (10, 12, 50))
HOUR = timedelta(hours=1)


@pytest_asyncio.fixture
async def world(postgres_url: str) -> AsyncIterator[UsageWorld]:
    """Ada and Bob were disclosed in tranche 1 before an amendment, Cléo was not. Bob and Cléo agree
    to it, and are exposed again."""
    async with AsyncExitStack() as stack:
        world = await open_usage(postgres_url, stack)
        for name in ("ada", "bob", "cleo"):
            await world.consent(name)
            await world.fold(exposed(name, START))
        await world.fold(served(0, line("ada", START + DAY), line("cleo", START + DAY, count=4)))
        await _store_tranche(world, DisclosedFigures(1, {1: (2, 0)}, {}, {}))
        async with transaction(world.pool) as connection:
            await lapse_consents(connection, PILOT, AMENDED, None)
        for name in ("bob", "cleo"):
            await world.consent(name, AGAIN)
            await world.fold(exposed(name, AGAIN + HOUR))
        await world.fold(served(1, line("cleo", AGAIN + DAY)))
        yield world


async def _store_tranche(world: UsageWorld, disclosed: DisclosedFigures) -> None:
    await world.pool.execute(
        "INSERT INTO shown_figures (pilot_id, content) VALUES ($1, $2)"
        " ON CONFLICT (pilot_id) DO UPDATE SET content = excluded.content",
        PILOT,
        disclosed_to_json(disclosed),
    )
    await world.pool.execute(
        "INSERT INTO shown_person (participant, pilot_id, tranche, first)"
        " SELECT participant, $1, 1, 1 FROM cohort WHERE pseudonym = ANY($2)"
        " ON CONFLICT DO NOTHING",
        PILOT,
        [secret("ada"), secret("bob")],
    )


async def completed(world: UsageWorld, observation: Observation) -> set[str]:
    async with PostgresFigures(world.pool).update(PilotId(PILOT)) as update:
        found = await update.completed(["prevenu"], observation=observation, as_of=NOW)
    rows = await world.pool.fetch("SELECT participant, pseudonym FROM cohort")
    names = {secret(name): name for name in ("ada", "bob", "cleo")}
    who = {row["participant"]: names[row["pseudonym"]] for row in rows}
    return {who[number] for number in found.participant.tolist()}


async def test_the_guard_reads_no_former_use_for_a_new_guardrail(world: UsageWorld) -> None:
    before = (await world.outcomes())["usage"]
    assert sorted(before.outcome.tolist()) == [0.0, 1.0, 1.0]
    after = (await world.outcomes(introduced={"usage": AMENDED}))["usage"]
    assert after.first_exposure.tolist() == [(AGAIN + HOUR).timestamp()]


async def test_a_dissolved_tranche_is_sealed_again_only_under_its_own_terms(
    world: UsageWorld,
) -> None:
    assert await completed(world, Observation({7}, AMENDED)) == {"ada", "bob", "cleo"}
    await _store_tranche(world, DisclosedFigures(1, {}, {}, {}))
    # Their week was over when the consents lapsed; four weeks were not.
    assert await completed(world, Observation({7})) == {"ada", "bob", "cleo"}
    assert await completed(world, Observation({7, 28})) == {"cleo"}
    assert await completed(world, Observation({7}, AMENDED)) == {"cleo"}


async def test_a_footprint_begins_with_the_observation(world: UsageWorld) -> None:
    async with PostgresFigures(world.pool).update(PilotId(PILOT)) as update:
        log = await update.read([indicator()], NOW)
    # Ada's, Bob's, and of Cléo's five uses the one since the amendment.
    assert sorted(log.footprint["~requests"].tolist()) == [0.0, 1.0, 1.0]


def test_an_indicator_is_introduced_by_the_amendment_that_changes_its_outcomes() -> None:
    same, changed, added = (indicator(id=name) for name in ("same", "changed", "added"))
    longer = replace(changed, window_days=14)

    def version(number: int, *indicators: Indicator) -> ProtocolVersion:
        protocol = Protocol(
            number, (Arm("a", "", 10_000),), "a", (), "", 1, indicators, "", START, NOW
        )
        at = START + number * DAY
        return ProtocolVersion(protocol, "", "", at, "qui", at)

    protocols = [
        version(1, same, changed),
        version(2, replace(same, label="Autrement"), longer),
        version(3, same, longer, added),
    ]
    assert introductions((same, longer, added), protocols) == {
        "changed": START + 2 * DAY, "added": START + 3 * DAY,
    }  # fmt: skip
    assert introductions((same,), protocols[:1]) == {}
