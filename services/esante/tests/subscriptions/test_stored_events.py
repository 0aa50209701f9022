"""Events that are added together: each once, and in their order."""

from datetime import timedelta

import asyncpg
import pytest
from subscription_world import SubscriptionWorld, TestSubscriber, stream

from esante.subscriptions.adapters.subscription_queue import (
    STREAM_EVENTS,
    PostgresSubscriptionQueue,
)
from esante.subscriptions.domain.subscription import Event
from esante.subscriptions.ports import MatchedEvent

STATE = "SELECT revision, clock_timestamp() AS now FROM subscription WHERE id = $1"


async def test_a_subscription_that_changed_receives_no_later_event_first(
    world: SubscriptionWorld, subscriber: TestSubscriber
) -> None:
    name = await world.subscribe(subscriber.address, "Patient?")
    # Another replica delivers it.
    await world.fhir.pool.execute(
        "UPDATE subscription SET replica = 'other', leased_until = 'infinity'"
    )
    queue = PostgresSubscriptionQueue(world.fhir.pool)
    row = await world.fhir.pool.fetchrow(STATE, name)
    assert row is not None
    revision, at = row["revision"], row["now"] + timedelta(seconds=1)
    events = [Event(0, "Patient", "lucie", version, "update", at) for version in (2, 3, 4)]
    # The first one was matched with an older revision.
    found = [
        MatchedEvent(each, {name: revision - (place == 0)}) for place, each in enumerate(events)
    ]
    assert await queue.add_events(found, limit=10) == (0, 1)
    found = [MatchedEvent(each, {name: revision}) for each in events]
    assert await queue.add_events(found[:1], limit=10) == (1, 0)
    assert await queue.add_events(found, limit=2) == (2, 0)  # one of them is there already
    stored = await queue.list_events(name, after=0, until=None, count=10)
    assert [(each.number, each.version) for each in stored] == [(1, 2), (2, 3)]
    assert await world.fhir.pool.fetchval("SELECT events FROM subscription") == 3


async def test_a_stream_that_is_never_read_stores_its_last_events_alone(
    world: SubscriptionWorld, subscriber: TestSubscriber
) -> None:
    hook = await world.subscribe(subscriber.address, "Patient?")
    unread = (await world.fhir.create(stream("Patient?"))).json["id"]
    pool, queue = world.fhir.pool, PostgresSubscriptionQueue(world.fhir.pool)
    await pool.execute("UPDATE subscription SET events = $1", STREAM_EVENTS + 2)
    await pool.execute(
        "INSERT INTO subscription_event (subscription, number, type, id, version, interaction, at)"
        " SELECT s, n, 'Patient', 'lucie', n, 'update', now()"
        " FROM unnest($1::text[]) s, generate_series(1, 3) n",
        [hook, unread],
    )
    await queue.tidy(timedelta(days=1))
    for name, numbers in ((hook, [1, 2, 3]), (unread, [3])):
        stored = await queue.list_events(name, after=0, until=None, count=10)
        assert [each.number for each in stored] == numbers


async def test_versions_are_read_only_if_somebody_subscribes_to_their_type(
    world: SubscriptionWorld, subscriber: TestSubscriber
) -> None:
    pool = world.fhir.pool
    await world.fhir.create({"resourceType": "Patient", "name": [{"family": "Durand"}]})
    # No version can be read.
    await pool.execute("ALTER TABLE version RENAME TO unreadable")
    await world.match()
    await pool.execute("ALTER TABLE unreadable RENAME TO version")
    await world.subscribe(subscriber.address, "Patient?name=durand")
    # The matcher learns of the subscription by the change that comes after it.
    await world.fhir.create({"resourceType": "Patient", "name": [{"family": "Durand"}]})
    await world.match()
    assert await pool.fetchval("SELECT count(*) FROM subscription_event") == 1
    await world.fhir.create({"resourceType": "Group", "type": "person", "actual": True})
    await pool.execute("ALTER TABLE version RENAME TO unreadable")
    await world.match()
    with pytest.raises(asyncpg.UndefinedTableError):
        await world.match(again=True)
