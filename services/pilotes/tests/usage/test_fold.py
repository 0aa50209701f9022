"""Folding of the gateway's events: only under a standing consent, once, in any order."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from random import Random

import numpy as np
import pytest
import pytest_asyncio
from usage_world import (
    DAY,
    PILOT,
    START,
    UsageWorld,
    exposed,
    indicator,
    line,
    naive,
    open_usage,
    outcome_rows,
    secret,
    served,
)

from pilotes.events import PilotExposedV1, RequestServedV2
from pilotes.usage.adapters.fact_store import PostgresFacts, list_facts
from pilotes.usage.adapters.outcome_queries import read_log
from pilotes.usage.flows.store_uses import store_uses
from socle.bus import Bus, TopicSpec, ensure_topics
from socle.errors import Refusal
from socle.events import Received
from socle.postgres import transaction
from socle.testing import MakeBus, until

SECOND = timedelta(seconds=1)


@pytest_asyncio.fixture
async def world(postgres_url: str) -> AsyncIterator[UsageWorld]:
    async with AsyncExitStack() as stack:
        yield await open_usage(postgres_url, stack)


async def test_only_what_a_standing_consent_covers_is_counted(world: UsageWorld) -> None:
    await world.consent("ada", START)
    await world.consent("parti", START)
    await world.withdraw("parti", START + DAY)
    await world.fold(
        served(
            0,
            line("ada", START - SECOND),  # before the consent
            line("ada", START),
            line("ada", START + SECOND, count=3),
            line("ada", START - SECOND, last=START + SECOND),  # in part before
            line("parti", START + SECOND),  # was covered then, is no more
            line("personne", START + SECOND),  # never agreed
            line(None, START + SECOND),
            line(None, START + SECOND, pseudonym="qui ?"),
            line("ada", START, pilot_id="un-autre"),
        ),
        exposed("parti", START + SECOND),
        exposed("personne", START + SECOND),
        exposed("ada", START - SECOND),
        exposed("ada", START),
    )
    assert outcome_rows((await world.outcomes())["usage"]) == [
        ("prevenu", int(START.timestamp()), 4.0)
    ]
    assert world.figures.events == {
        ("use", "counted"): 2,
        ("use", "no_consent"): 5,
        ("use", "nobody"): 2,
        ("exposure", "no_consent"): 3,
        ("exposure", "counted"): 1,
    }
    assert (await world.rows("use"), await world.rows("cohort")) == (2, 1)


async def test_a_record_is_folded_once_however_often_and_in_whatever_order(
    world: UsageWorld,
) -> None:
    await world.consent("ada")
    records = [served(number, line("ada", START + number * SECOND)) for number in range(6)]
    for each in (records[4], records[0], records[4], records[5], *records, *records[::-1]):
        await world.fold(each)
    await world.fold(served(0, line("ada", START), replica="replique-2"))
    assert await world.rows("use") == 7
    assert world.figures.events == Counter({("use", "counted"): 7, ("use", "repeated"): 10})
    async with world.pool.acquire() as connection:
        replicas = await connection.fetch("SELECT replica, sequences::text FROM heard_replica")
    assert {tuple(each) for each in replicas} == {
        ("replique-1", "{[0,6)}"),
        ("replique-2", "{[0,1)}"),
    }


async def test_a_line_without_a_pseudonym_is_counted_once_however_often_its_record_comes(
    world: UsageWorld,
) -> None:
    await world.consent("ada")
    record = served(0, line("ada", START), line(None, START))
    await world.fold(record, record)
    assert world.figures.events == Counter(
        {("use", "counted"): 1, ("use", "nobody"): 1, ("use", "repeated"): 2}
    )


async def test_an_event_from_the_future_is_refused_in_words_and_taken_when_its_time_comes(
    world: UsageWorld,
) -> None:
    await world.consent("ada")
    now = world.clock.now()
    ahead = line("ada", now, last=now + timedelta(minutes=5, seconds=1))
    early = served(0, line("ada", now), ahead)
    with pytest.raises(Refusal, match="dans le futur") as refused:
        await world.fold(early)
    assert refused.value.category == "invalid"
    with pytest.raises(Refusal, match="dans le futur"):
        await world.fold(exposed("ada", now + timedelta(minutes=6)))
    await world.fold(exposed("ada", now + timedelta(minutes=4)))
    assert world.figures.events == {
        ("use", "to_come"): 2,
        ("exposure", "to_come"): 1,
        ("exposure", "counted"): 1,
    }
    assert (await world.rows("use"), await world.rows("heard_replica")) == (0, 0)
    world.clock.advance(60)
    await world.fold(early)  # as somebody puts dead letters back
    assert await world.rows("use") == 2


@pytest.mark.parametrize("number", [10**15 + 1, 2**70])
async def test_numbers_that_cannot_be_are_refused_and_end_nothing(
    world: UsageWorld, number: int
) -> None:
    await world.consent("ada")
    for wrong in (
        served(0, line("ada", START, count=number)),
        served(0, line("ada", START, bytes=number)),
        served(number, line("ada", START)),
    ):
        with pytest.raises(Refusal, match="compte"):
            await world.fold(wrong)
    assert (await world.rows("use"), await world.rows("heard_replica")) == (0, 0)


async def test_the_first_exposure_decides_in_whatever_order_events_arrive(
    world: UsageWorld,
) -> None:
    await world.consent("ada")
    await world.fold(
        exposed("ada", START + 2 * DAY, "habituel"),
        served(0, line("ada", START + DAY), line("ada", START + 8 * DAY)),
    )
    late = exposed("ada", START + DAY + timedelta(microseconds=5))
    assert outcome_rows((await world.outcomes())["usage"]) == [
        ("habituel", int((START + 2 * DAY).timestamp()), 1.0)
    ]
    await world.fold(late, late)
    expected = [("prevenu", int((START + DAY).timestamp()), 1.0)]
    assert outcome_rows((await world.outcomes())["usage"]) == expected
    assert await world.facts.rederive(PILOT) == 0
    async with world.pool.acquire() as connection:
        await connection.execute("UPDATE cohort SET first_exposure = NULL, arm = 'autre'")
    assert await world.facts.rederive(PILOT) == 1
    assert outcome_rows((await world.outcomes())["usage"]) == expected


async def test_a_participant_enters_once_their_window_is_over(world: UsageWorld) -> None:
    await world.consent("ada")
    await world.fold(exposed("ada", START), served(0, line("ada", START + 7 * DAY - SECOND)))
    over = START + 7 * DAY + timedelta(hours=1)
    assert outcome_rows((await world.outcomes(as_of=over - SECOND))["usage"]) == []
    assert outcome_rows((await world.outcomes(as_of=over))["usage"]) == [
        ("prevenu", int(START.timestamp()), 1.0)
    ]


async def test_each_type_of_indicator_counts_its_source(world: UsageWorld) -> None:
    await world.consent("ada", START - 10 * DAY)
    await world.consent("bob", START - DAY)
    await world.fold(
        exposed("ada", START),
        exposed("bob", START, "habituel"),
        served(
            0,
            line("ada", START - 2 * DAY, count=2),
            line("ada", START, count=5),
            line("ada", START + DAY, fact="alert-read"),
            line("ada", START + 2 * DAY, status=503),
            line("bob", START + 2 * DAY),
            line("bob", START + 3 * DAY, count=2, cpu_seconds=None),
            line("bob", START + 3 * DAY, fact=None),
        ),
    )
    found = await world.outcomes(
        indicator(before_days=7),
        indicator(id="part", kind="proportion", before_days=7),
        indicator("return:board-watched", id="retour", kind="retention"),
        indicator("use:alert-read", id="alertes", kind="proportion"),
        indicator(id="au plus 4", cap=4.0),
    )
    assert {
        name: [each[2] for each in outcome_rows(outcomes)] for name, outcomes in found.items()
    } == {
        "usage": [5.0, 3.0],
        "part": [1.0, 1.0],
        "retour": [0.0, 1.0],
        "alertes": [1.0, 0.0],
        "au plus 4": [4.0, 3.0],
    }
    usage, before = found["usage"].of_arm("prevenu")
    assert (usage.tolist(), before.tolist()) == ([5.0], [2.0])
    assert found["part"].of_arm("prevenu")[1].tolist() == [1.0]
    # Their consent does not cover the complete week before.
    assert str(found["usage"].of_arm("habituel")[1].tolist()) == "[nan]"
    assert found["usage"].of_arm("absent")[0].tolist() == []
    async with world.pool.acquire() as connection:
        back = indicator("return:board-watched", id="retour", kind="retention", window_days=2)
        log = await read_log(connection, PILOT, [back], START + 17 * DAY)
    assert [np.flatnonzero(days).tolist() for days in log.visited["retour"]] == [[0], [2, 3]]
    assert {name: column.tolist() for name, column in log.footprint.items()} == {
        "~requests": [8.0, 4.0],
        "~bytes": [3000.0, 3000.0],
        "~seconds": [pytest.approx(0.03)] * 2,
        # For two of his uses processor time is unknown.
        "~measured": [8.0, 2.0],
        "~cpu": [pytest.approx(0.006), pytest.approx(0.004)],
    }


async def test_a_withdrawal_takes_everything_out_and_nothing_comes_back(world: UsageWorld) -> None:
    await world.consent("ada")
    await world.consent("bob")
    events = [
        exposed("ada", START),
        exposed("bob", START),
        served(0, line("ada", START), line("bob", START)),
    ]
    await world.fold(*events)
    assert await _facts_of(world, "ada") == ["exposure", "use"]
    assert await world.withdraw("ada", START + DAY) == 3
    assert await _facts_of(world, "ada") == []
    assert await _facts_of(world, "bob") == ["exposure", "use"]
    again = START + 3 * DAY
    await world.consent("ada", again)
    late = served(1, line("ada", START + DAY), line("ada", again + DAY, count=7))
    await world.fold(*events, late, exposed("ada", START + DAY), exposed("ada", again + SECOND))
    assert outcome_rows((await world.outcomes())["usage"]) == [
        ("prevenu", int(START.timestamp()), 1.0),
        ("prevenu", int((again + SECOND).timestamp()), 7.0),
    ]


async def _facts_of(world: UsageWorld, name: str) -> list[str]:
    async with world.pool.acquire() as connection:
        facts = await list_facts(connection, PILOT, secret(name))
    return sorted(each["kind"] for each in facts)


async def test_what_is_being_added_while_somebody_withdraws_goes_too(world: UsageWorld) -> None:
    await world.consent("ada")
    async with world.pool.acquire() as other, other.transaction():
        # In place of a fold that found the consent and has not committed.
        await other.execute(
            "SELECT pg_advisory_xact_lock_shared(hashtextextended('pilotes.facts', 0))"
        )
        withdrawing = asyncio.create_task(world.withdraw("ada", START + DAY))
        await until(lambda: _waiting(world, 1))
        folding = asyncio.create_task(world.fold(served(0, line("ada", START))))
        await until(lambda: _waiting(world, 2))
        who = await other.fetchval(
            "INSERT INTO cohort (pilot_id, pseudonym) VALUES ($1, $2) RETURNING participant",
            PILOT,
            secret("ada"),
        )
        await other.execute(
            "INSERT INTO exposure (participant, at, arm) VALUES ($1, $2, 'prevenu')", who, START
        )
    assert await withdrawing == 2
    await folding
    assert [await world.rows(each) for each in ("use", "exposure", "cohort")] == [0, 0, 0]


async def _waiting(world: UsageWorld, many: int) -> bool:
    async with world.pool.acquire() as connection:
        found = await connection.fetchval(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
    return bool(found == many)


async def test_any_order_with_any_repetition_gives_the_figures_of_the_rules(
    world: UsageWorld,
) -> None:
    for seed in range(8):
        pilot_id = f"pilote-{seed}"
        await world.pilot(pilot_id)
        await _any_order(world, pilot_id, Random(seed))


async def _any_order(world: UsageWorld, pilot_id: str, chance: Random) -> None:
    people = {name: START + chance.randrange(-3, 5) * DAY for name in "abcdef"}
    for name, given in people.items():
        await world.consent(name, given, pilot_id)

    def moment() -> timedelta:
        return timedelta(seconds=chance.randrange(-4 * 86_400, 25 * 86_400))

    events: list[RequestServedV2 | PilotExposedV1] = []
    for number in range(40):
        lines = [
            line(
                chance.choice("abcdefgh"),
                START + moment(),
                count=chance.randrange(1, 4),
                status=chance.choice((200, 304, 404)),
                fact=chance.choice(("board-watched", "alert-read", None)),
                pilot_id=pilot_id,
            )
            for _ in range(chance.randrange(5))
        ]
        events.append(served(number // 2, *lines, replica=f"{pilot_id}-{number % 2}"))
    for _ in range(12):
        name, arm = chance.choice("abcdefg"), chance.choice(("prevenu", "habituel"))
        at = START + moment() + timedelta(microseconds=chance.randrange(10**6))
        events.append(exposed(name, at, arm, pilot_id))
    for each in chance.choices(events, k=60) + chance.sample(events, k=len(events)):
        await world.fold(each)
    as_of = world.clock.now() - chance.randrange(20) * DAY
    expected = naive(people, events, as_of)
    found = await world.outcomes(as_of=as_of, pilot_id=pilot_id)
    assert sorted(outcome_rows(found["usage"])) == expected
    assert await world.facts.rederive(pilot_id) == 0


@pytest.mark.parametrize(
    "broker", ["embedded", pytest.param("kafka", marks=pytest.mark.kafka)], ids=str
)
async def test_a_crash_between_the_commit_and_the_offset_changes_nothing(
    world: UsageWorld, make_bus: MakeBus, kafka_address: str, broker: str
) -> None:
    await ensure_topics(
        kafka_address, [TopicSpec(RequestServedV2.topic, partitions=2, kind="fact")]
    )
    await world.consent("ada")
    bus = await make_bus(source="gateway")
    records = [served(n, line("ada", START + n * SECOND), replica=broker) for n in range(10)]
    for each in records:
        await bus.publish(each)

    async def crash_at(sequence: int) -> None:
        """A process that dies right after its transaction."""

        async def handle(received: Received[RequestServedV2]) -> None:
            record = received.data
            assert record is not None
            if record.replica != broker:
                return
            await store_uses(
                record,
                facts=PostgresFacts(world.pool),
                counters=world.figures,
                clock=world.clock,
            )
            if record.sequence == sequence:
                raise SystemError("killed")

        await _consume_until_dead(await make_bus(source="pilotes"), broker, handle)

    for sequence in (3, 3, 7, 9):
        await crash_at(sequence)
    assert await world.rows("use") == 10
    assert world.figures.events["use", "counted"] == 10
    assert world.figures.events["use", "repeated"] >= 3


async def _consume_until_dead(bus: Bus, group: str, handle: object) -> None:
    with pytest.raises(SystemError, match="killed"):
        async with asyncio.timeout(60):
            await bus.consume(
                RequestServedV2,
                group=f"pilotes.usage-{group}",
                handle=handle,  # type: ignore[arg-type]
            )


async def test_a_fact_that_waits_for_a_lock_holds_nothing_else(world: UsageWorld) -> None:
    """Two who add facts do not wait for one another."""
    await world.consent("ada")
    async with transaction(world.pool) as other:
        await other.execute(
            "SELECT pg_advisory_xact_lock_shared(hashtextextended('pilotes.facts', 0))"
        )
        await world.fold(served(0, line("ada", START)))
        assert await world.rows("use") == 1
