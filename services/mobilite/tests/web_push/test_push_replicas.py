"""Replicas share the subscriptions: each message is sent once, also after a restart."""

from contextlib import AsyncExitStack
from dataclasses import replace

from boards import update
from replicas import Replicas, running_replica
from travellers import late

from mobilite.journeys.flows.followed.journey_reference import (
    RideReference,
    decode_journey_id,
    encode_journey_id,
)
from socle.testing import ServeApp, TcpProxy, until

T8, A1 = (f'trip_id: "{trip}" start_date: "20260302"' for trip in ("t8", "a1"))
CANCELED = "schedule_relationship: CANCELED"


async def test_a_replica_that_starts_goes_on_where_the_former_one_ended(
    replicas: Replicas,
) -> None:
    await replicas.subscribe()
    await replicas.publish(update(T8, late(360)))
    await replicas.received(1)
    await until(lambda: recorded(replicas))
    await replicas.stop()
    # What changes while none runs is notified by the next one; what was notified is not again.
    await replicas.publish(update(f"{A1} {CANCELED}"), "bus")
    replicas.run(replicas.make()[0])
    content = (await replicas.received(2))[1]
    assert content["body"].startswith("Supprimé : tram A de 08:55")
    assert "08:21" not in content["body"]


async def test_the_subscriptions_of_a_replica_that_dies_are_acquired_by_another(
    replicas: Replicas,
) -> None:
    await replicas.subscribe()
    replicas.run(replicas.make()[0])
    # It stops renewing its leases, without a word.
    await replicas.pool.execute(
        "UPDATE push_subscription SET replica = 'dead', leased_until = clock_timestamp() "
        "+ interval '0.2 s'"
    )
    await until_acquired(replicas)
    await replicas.publish(update(f"{T8} {CANCELED}"))
    await replicas.received(1)


async def until_acquired(replicas: Replicas) -> None:
    """Wait until one of the running replicas has the lease again."""

    async def acquired() -> bool:
        return bool(await replicas.pool.fetchval("SELECT replica <> 'dead' FROM push_subscription"))

    await until(acquired)


async def test_two_replicas_send_each_message_once(replicas: Replicas) -> None:
    for _ in range(2):
        replicas.run(replicas.make()[0])
    for number in range(6):
        await replicas.subscribe(name=f"browser-{number}")
    await replicas.publish(update(f"{T8} {CANCELED}"))
    await replicas.received(6)
    await replicas.nothing_more()
    paths = sorted(message.path for message in replicas.service.messages)
    assert paths == [f"/push/browser-{number}" for number in range(6)]


async def test_a_replica_that_has_lost_its_lease_sends_nothing(replicas: Replicas) -> None:
    await replicas.subscribe()
    await replicas.pool.execute(
        "UPDATE push_subscription SET replica = 'other', leased_until = 'infinity'"
    )
    await replicas.publish(update(f"{T8} {CANCELED}"))
    await replicas.nothing_more()
    assert replicas.service.attempts == 0


async def test_without_its_database_a_replica_notifies_later(
    postgres_url: str, serve_app: ServeApp, compiled_search: None
) -> None:
    async with AsyncExitStack() as stack:
        line = await TcpProxy(postgres_url).start(stack)
        replicas = await stack.enter_async_context(running_replica(line.url, serve_app))
        await replicas.subscribe()
        line.cut()
        await replicas.publish(update(f"{T8} {CANCELED}"))
        await replicas.nothing_more()
        assert replicas.service.attempts == 0
        await replicas.subscribe(503)
        line.restore()
        await replicas.received(1)


async def test_a_journey_that_the_timetables_no_longer_have_is_notified_as_lost(
    replicas: Replicas,
) -> None:
    await lose(replicas)
    replicas.run(replicas.make()[0])
    (content,) = await replicas.received(1)
    assert content["body"].startswith("Il n'est plus aux horaires")
    await replicas.none_left()


async def test_before_the_tables_have_been_read_no_journey_is_lost(replicas: Replicas) -> None:
    await lose(replicas)
    replicas.ready = False
    replicas.run(replicas.make()[0])
    await replicas.nothing_more()
    assert (replicas.service.attempts, await replicas.count()) == (0, 1)
    replicas.ready = True
    await replicas.received(1)


async def test_that_a_journey_is_lost_is_sent_again_when_the_push_service_fails(
    replicas: Replicas,
) -> None:
    await lose(replicas)
    replicas.service.status = 503
    replicas.run(replicas.make()[0])
    await until(lambda: replicas.service.attempts > 1)
    assert await replicas.count() == 1
    replicas.service.status = 201
    await until(lambda: len(replicas.service.messages) > 0)
    await replicas.none_left()


async def lose(replicas: Replicas) -> None:
    """Subscribe to a journey, and have it ride in a train that does not exist. None runs then."""
    await replicas.subscribe()
    await replicas.stop()
    lost = _another_train(replicas.journey_id)
    await replicas.pool.execute("UPDATE push_subscription SET subject_id = $1", lost)


def _another_train(journey_id: str) -> str:
    """The journey with a train that does not exist."""
    reference = decode_journey_id(journey_id)
    steps = tuple(
        step._replace(trip_id="train:nowhere") if isinstance(step, RideReference) else step
        for step in reference.steps
    )
    return encode_journey_id(replace(reference, steps=steps))


async def recorded(replicas: Replicas) -> bool:
    """Whether the delay that was sent is stored."""
    stored = await replicas.pool.fetchval("SELECT notified FROM push_subscription")
    return 360 in stored.values()
