"""`python -m pilotes fold` and `recompute` as processes, on a real broker and a real database."""

import asyncio
import json
from datetime import datetime
from pathlib import Path

import aiohttp
from pilot_lab import KEYS, SALT_KEY, Lab
from program_runs import environment as environment
from program_runs import program
from usage_world import DAY, CountedEvents, UsageWorld, exposed, line, pseudonym, served

from pilotes.events import FactSeenV1, PilotExposedV1, RequestServedV2
from pilotes.safety.adapters import PostgresReports
from pilotes.safety.ports import Reporter
from pilotes.usage.adapters.fact_store import PostgresFacts
from pilotes.usage.adapters.seen_facts import PostgresSeenFacts
from pilotes.usage.flows.participant_counts import StableCounts, publish_participant_counts
from socle.bus import TopicSpec, ensure_topics
from socle.clock import SystemClock
from socle.testing import MakeBus, until

PEOPLE = [f"personne-{number}" for number in range(7)]


async def run_command_line(*words: str, **environment: str) -> tuple[int | None, str]:
    """The exit code of a command, and its output."""
    async with program(*words, **environment) as process:
        out, err = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, (out + err).decode()


async def world_of(pilots: Lab) -> UsageWorld:
    """The lab's pilot at its trial; everybody agreed two days ago, by the real clock."""
    await pilots.reach_stage("trial")
    await pilots.pool.execute(
        "INSERT INTO notice (pilot_id, version, content, digest, published_at, published_by)"
        " VALUES ('alertes', '1', '{}', '', now(), 'qui')"
    )
    world = UsageWorld(pilots.pool, PostgresFacts(pilots.pool), CountedEvents(), pilots.clock)
    for name in PEOPLE:
        await world.consent(name, SystemClock().now() - 2 * DAY, "alertes")
    return world


async def test_it_folds_guards_and_gives_the_same_figures_again(
    pilots: Lab, environment: dict[str, str], make_bus: MakeBus
) -> None:
    keys = {"keys": [KEYS.signing.as_dict(private=True) | {"kid": KEYS.signing_id}]}
    Path(environment["PILOTES_SIGNING_KEYS"]).write_text(json.dumps(keys))
    environment |= {"PILOTES_KEY": SALT_KEY, "REGIONLAB_GATEWAY_KEYS": ""}
    await ensure_topics(
        environment["REGIONLAB_KAFKA"],
        [TopicSpec(each.topic, partitions=2, kind="fact") for each in _TOPICS],
    )
    world, bus, now = await world_of(pilots), await make_bus(source="gateway"), SystemClock().now()
    lines = [line(each, now - DAY, pilot_id="alertes") for each in (*PEOPLE, "personne")]
    replica = pseudonym(str(now))[:16]
    uses, future = served(0, *lines, replica=replica), exposed("a", now + DAY, pilot_id="alertes")
    await bus.publish(uses, uses, future)
    await bus.publish(*(exposed(each, now - DAY, pilot_id="alertes") for each in PEOPLE))
    await bus.publish(*facts_seen(now))
    by = Reporter("x", "partner")
    reports = PostgresReports(pilots.pool)
    await reports.add("alertes", "incident", "severe", "…", by=by, at=now)
    address = f"http://127.0.0.1:{environment['PILOTES_PORT']}"
    async with program("fold", **environment), aiohttp.ClientSession() as client:

        async def folded() -> bool:
            tables = "use", "exposure", "seen_fact"
            # One fact is of the lab.
            return [await world.rows(each) for each in tables] == [7, 7, 2]

        await until(folded)
        seen = PostgresSeenFacts(pilots.pool)
        assert await seen.list_since(now - DAY / 12) == {"alert-read", "board-watched"}

        async def metrics() -> dict[str, float]:
            try:
                async with client.get(f"{address}/metrics") as answer:
                    lines = (await answer.text()).splitlines()
            except aiohttp.ClientConnectionError:
                return {}
            parts = (each.rpartition(" ") for each in lines if not each.startswith("#"))
            return {name: float(value) for name, _, value in parts}

        async def counted() -> bool:
            environment = await metrics()
            return all(environment.get(name, 0) >= least for name, least in _METRICS.items())

        await until(counted)

        async def paused() -> bool:
            return bool(await pilots.pool.fetchval("SELECT paused FROM pilot"))

        await until(paused)
    code, output = await run_command_line("recompute", "alertes", **environment)
    assert (code, output.splitlines()[-1]) == (0, "Les chiffres sont les mêmes."), output
    await pilots.pool.execute("UPDATE cohort SET first_exposure = first_exposure + '1 hour'")
    code, output = await run_command_line("recompute", "alertes", **environment)
    assert code == 1
    assert "7 participants ne suivaient pas le journal" in output
    assert (await run_command_line("recompute", "alertes", **environment))[0] == 0
    assert (await run_command_line("recompute", "aucun", **environment))[0] == 1


def facts_seen(now: datetime) -> list[FactSeenV1]:
    """The newest hour counts; what no indicator can count, and the future, do not."""
    hours = (("alert-read", -1), ("alert-read", -24), ("diabetes", -1), ("reminder-read", 24))
    return [FactSeenV1(fact=fact, hour=now + hour * DAY / 24) for fact, hour in hours]


_TOPICS: tuple[type[FactSeenV1] | type[PilotExposedV1] | type[RequestServedV2], ...] = (
    FactSeenV1,
    PilotExposedV1,
    RequestServedV2,
)
# At least: after a rebalance the group consumes some records again.
_METRICS = {
    'pilotes_events_total{ending="counted",kind="use"}': 7,
    'pilotes_events_total{ending="no_consent",kind="use"}': 1,
    'pilotes_events_total{ending="repeated",kind="use"}': 8,
    'pilotes_events_total{ending="to_come",kind="exposure"}': 1,
}


async def test_participant_counts_are_published_in_steps_or_not_at_all(pilots: Lab) -> None:
    world, there = await world_of(pilots), 0
    counts: StableCounts = {}
    for many, expected in ((4, None), (5, 5), (9, 5), (10, 10), (9, 10), (6, 10), (5, 5), (1, 5)):
        await pilots.pool.executemany(
            "INSERT INTO cohort (pilot_id, pseudonym, first_exposure, arm)"
            " VALUES ('alertes', $1, now(), 'prevenu')",
            [(bytes([number]) * 32,) for number in range(there, many)],
        )
        await pilots.pool.execute(
            "DELETE FROM cohort WHERE get_byte(pseudonym, 0) >= $1 AND pilot_id = 'alertes'", many
        )
        there = many
        counts = await publish_participant_counts(
            counts, desk=pilots.desk, facts=world.facts, counters=world.figures
        )
        assert world.figures.people.get(("alertes", "prevenu")) == expected
    await pilots.pool.execute("DELETE FROM cohort WHERE pilot_id = 'alertes'")
    await publish_participant_counts(
        counts, desk=pilots.desk, facts=world.facts, counters=world.figures
    )
    assert world.figures.people == {}
