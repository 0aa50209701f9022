"""Consents on a real database: given once, withdrawn, announced in order, erased completely."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio
from people_world import ALICE, BOB, NOW, PeopleWorld, agreement, later, notice, open_people

from pilotes.record.adapters.notice_store import insert_notice
from socle.clock import ManualClock
from socle.errors import Refusal
from socle.postgres import open_pool, transaction
from socle.testing import until


@pytest_asyncio.fixture
async def people(postgres_url: str, manual_clock: ManualClock) -> AsyncIterator[PeopleWorld]:
    async with open_pool(postgres_url, application_name="test") as pool:
        world = open_people(pool, manual_clock)
        await world.pilot("alertes")
        await world.pilot("carnet")
        yield world


async def test_a_code_lets_one_person_in_once(people: PeopleWorld) -> None:
    code = await people.code("alertes")
    given = await people.consents.give(agreement("alertes", ALICE), code)
    assert given.active
    assert given.given_at == NOW
    # The same person again: the same consent, whatever the state of the code.
    assert await people.consents.give(agreement("alertes", ALICE, later(5)), code) == given
    with pytest.raises(Refusal, match="a déjà servi") as replayed:
        await people.consents.give(agreement("alertes", BOB), code)
    assert replayed.value.category == "gone"
    with pytest.raises(Refusal, match="il ne sert qu'une fois"):
        await people.codes.get_pilot_id(code, NOW)
    assert [each and each["pseudonym"] for each in await people.consent_events()] == [ALICE]


async def test_twenty_people_at_once_with_three_places(people: PeopleWorld) -> None:
    code = await people.code("alertes", uses=3)
    crowd = [f"{at:02x}" * 32 for at in range(20)]
    ended = await asyncio.gather(
        *(people.consents.give(agreement("alertes", each), code) for each in crowd),
        return_exceptions=True,
    )
    refused = [each for each in ended if isinstance(each, Refusal)]
    assert len(refused) == 17, ended
    assert len(await people.consent_events()) == 3
    (order,) = await people.codes.list_of("alertes")
    assert (order.count, order.uses, order.used) == (1, 3, 3)


async def test_a_code_opens_its_own_pilot_in_its_time(people: PeopleWorld) -> None:
    code = await people.code("alertes", days=1)
    assert await people.codes.get_pilot_id(code, NOW) == "alertes"
    with pytest.raises(Refusal):
        await people.consents.give(agreement("carnet", ALICE), code)
    for ago in (86_400, 90_000):
        with pytest.raises(Refusal, match="plus valable"):
            await people.codes.get_pilot_id(code, later(ago))
        with pytest.raises(Refusal):
            await people.consents.give(agreement("alertes", ALICE, later(ago)), code)
    with pytest.raises(Refusal, match="n'existe pas"):
        await people.codes.get_pilot_id("0000000000", NOW)
    (order,) = await people.codes.list_of("alertes")
    assert not await people.codes.revoke("carnet", order.id, NOW)
    assert await people.codes.revoke("alertes", order.id, NOW)
    with pytest.raises(Refusal, match="plus valable"):
        await people.codes.get_pilot_id(code, NOW)
    assert await people.consent_events() == []


async def test_no_enrolment_passes_a_concurrent_decision(people: PeopleWorld) -> None:
    code = await people.code("alertes")
    await people.pool.execute(
        "INSERT INTO protocol VALUES ('alertes', 2, '{}', 'd', 'x', now(), 'c-1', NULL)"
    )
    for change in ("paused = true", "protocol_version = 2", "stage = 'evaluation'", "salt = NULL"):
        await people.pool.execute(
            "UPDATE pilot SET paused = false, protocol_version = 1, stage = 'trial'"
        )
        assert await people.pool.execute(f"UPDATE pilot SET {change}") != "UPDATE 0"
        with pytest.raises(Refusal, match="Rien n'a été enregistré"):
            await people.consents.give(agreement("alertes", ALICE), code)
    assert await people.pool.fetchval("SELECT used FROM enrolment_code") == 0


async def test_no_enrolment_under_a_notice_that_is_replaced_while_it_is_read(
    people: PeopleWorld,
) -> None:
    code = await people.code("alertes")
    async with transaction(people.pool) as team:
        await team.execute("SELECT FROM pilot WHERE pilot_id = 'alertes' FOR UPDATE")
        waiting = asyncio.create_task(people.consents.give(agreement("alertes", ALICE), code))
        await until(lambda: _is_waiting(people))
        await insert_notice(team, notice("alertes", "2"), at=later(1), by="c-1")
    with pytest.raises(Refusal, match="vient de changer"):
        await waiting
    given = agreement("alertes", ALICE, notice_version="2", account="alice")
    await people.pool.execute(
        "INSERT INTO membership VALUES ('alertes', 'alice', 'crnum_member', 'A', now(), 'c-1')"
    )
    with pytest.raises(Refusal, match="vient de changer"):
        await people.consents.give(given, code)
    await people.pool.execute("UPDATE membership SET role = 'partner'")
    assert (await people.consents.give(given, code)).active


async def _is_waiting(people: PeopleWorld) -> bool:
    """Whether a statement waits for the lock of another transaction."""
    return bool(
        await people.pool.fetchval(
            "SELECT EXISTS (SELECT FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND datname = current_database())"
        )
    )


async def test_a_withdrawal_erases_and_is_announced_and_another_consent_is_another_period(
    people: PeopleWorld,
) -> None:
    code = await people.code("alertes", uses=2)
    assert await people.consents.withdraw(("alertes", ALICE), NOW) is None
    await people.consents.give(agreement("alertes", ALICE), code)
    ended = await people.consents.withdraw(("alertes", ALICE), later(60))
    assert ended is not None
    assert ended.withdrawn_at == later(60)
    assert await people.consents.withdraw(("alertes", ALICE), later(70)) == ended
    assert people.erased == [("alertes", ALICE)]
    again = await people.consents.give(agreement("alertes", ALICE, later(120)), code)
    assert await people.consents.list_of([("alertes", ALICE)]) == [ended, again]
    consent_events = await people.consent_events()
    assert [each and each.get("withdrawn_at") for each in consent_events] == [
        None,
        "2026-03-02T08:01:00Z",
        None,
    ]


async def test_an_erased_person_is_nowhere(people: PeopleWorld) -> None:
    code = await people.code("alertes", uses=2)
    for each in (ALICE, BOB):
        await people.consents.give(agreement("alertes", each), code)
    assert await people.consents.erase(("alertes", ALICE)) == 1
    assert await people.consents.erase(("alertes", ALICE)) == 0
    assert people.erased == [("alertes", ALICE)] * 2
    left = await people.consents.list_of([("alertes", ALICE), ("alertes", BOB)])
    assert [each.pseudonym for each in left] == [BOB]
    assert (await people.consent_events())[-1] is None


async def test_a_crash_between_the_change_and_its_announcement_leaves_neither(
    people: PeopleWorld, postgres_url: str
) -> None:
    code = await people.code("alertes")
    await people.pool.execute(
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'crash'; END $$;"
        "CREATE TRIGGER crash BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION fail()"
    )
    with pytest.raises(asyncpg.RaiseError, match="crash"):
        await people.consents.give(agreement("alertes", ALICE), code)
    await people.pool.execute("DROP TRIGGER crash ON outbox")
    assert await people.consents.list_of([("alertes", ALICE)]) == []
    assert (await people.consents.give(agreement("alertes", ALICE), code)).active


FORBIDDEN = (
    "UPDATE consent SET given_at = given_at - interval '1 day', withdrawn_at = now()",
    "UPDATE consent SET withdrawn_at = now(), notice_version = '2'",
    "UPDATE notice SET content = '{}'",
    "DELETE FROM notice",
    "TRUNCATE notice CASCADE",
)


async def test_what_was_agreed_on_is_not_changed_afterwards(people: PeopleWorld) -> None:
    await people.consents.give(agreement("alertes", ALICE), await people.code("alertes"))
    await insert_notice(people.pool, notice("alertes", "2"), at=NOW, by="c-1")
    for statement in FORBIDDEN:
        with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
            await people.pool.execute(statement)
    await people.consents.withdraw(("alertes", ALICE), NOW)
    with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
        await people.pool.execute("UPDATE consent SET withdrawn_at = NULL")


async def test_a_version_of_a_notice_is_published_once(people: PeopleWorld) -> None:
    with pytest.raises(Refusal, match="ne change plus"):
        await insert_notice(people.pool, notice("alertes"), at=NOW, by="c-1")
    found = await people.notices.find("alertes", "1")
    assert found == notice("alertes")
    assert await people.notices.find("alertes", "9") is None
