"""Endpoints: inside addresses are never requested, and one that hangs delays no other."""

import socket
from pathlib import Path

import pytest
from subscription_world import SubscriptionWorld, TestSubscriber, open_subscriptions, subscription

from esante.subscriptions.adapters.rest_hook import RestHook
from esante.subscriptions.flows.dispatch_deliveries import LIMITS
from esante.subscriptions.ports import HookRequest
from socle.http import http_client, origin_of
from socle.testing import ServeApp, until


def port_of(address: str) -> int:
    return origin_of(address)[2]


@pytest.mark.parametrize("inside", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
async def test_a_name_that_resolves_inside_is_not_requested(
    serve_app: ServeApp, inside: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a change of DNS: the name was outside when the subscription was accepted."""
    subscriber = TestSubscriber()
    port = port_of(await serve_app(subscriber))
    family = socket.AF_INET6 if ":" in inside else socket.AF_INET
    name = "abonne.example.org"
    found = [
        {"hostname": name, "host": inside, "port": port, "family": family, "proto": 0, "flags": 0}
    ]

    async def resolve(*_: object, **__: object) -> object:
        return found

    connections: list[object] = []

    async def connect(*of: object, **_: object) -> object:
        connections.append(of)
        raise OSError

    monkeypatch.setattr("aiohttp.resolver.ThreadedResolver.resolve", resolve)
    monkeypatch.setattr("aiohttp.connector.aiohappyeyeballs.start_connection", connect)
    async with http_client(outside=True) as session:
        hook = RestHook(session, frozenset())
        request = HookRequest("POST", f"http://abonne.example.org:{port}/", None, b"")
        assert await hook.send(request) == "L'abonné n'est pas joignable."
    assert connections == []
    assert subscriber.requests == []


async def test_one_that_hangs_delays_no_other(
    postgres_url: str, serve_app: ServeApp, tmp_path: Path
) -> None:
    hanging, healthy = TestSubscriber(hanging=True), TestSubscriber()
    async with open_subscriptions(postgres_url, serve_app, tmp_path, hanging, healthy) as world:
        for number in range(LIMITS.of_origin_and_account + 2):
            await world.subscribe(f"{hanging.address}/{number}", "Patient?")
        await world.subscribe(healthy.address, "Patient?")
        for version in range(3):
            patient = {"resourceType": "Patient", "id": "lucie", "multipleBirthInteger": version}
            await world.fhir.send("PUT", "/Patient/lucie", patient)
        await world.match()
        world.dispatcher.wake()
        await until(lambda: len(healthy.requests) == 3)
        assert len({each.path for each in hanging.requests}) == len(hanging.requests)
        assert len(hanging.requests) <= LIMITS.of_origin_and_account


async def test_a_lease_of_a_replica_that_ended_is_taken_over(
    world: SubscriptionWorld, subscriber: TestSubscriber
) -> None:
    await world.subscribe(subscriber.address, "Patient?")
    await world.fhir.create({"resourceType": "Patient"})
    # Another replica has the lease, and was killed before it recorded anything.
    await world.fhir.pool.execute(
        "UPDATE subscription SET replica = 'killed',"
        " leased_until = clock_timestamp() + interval '300 ms'"
    )
    await world.match()
    world.dispatcher.wake()
    await until(lambda: len(subscriber.requests) == 1)


async def test_a_full_queue_counts_events_without_storing_them(
    world: SubscriptionWorld, subscriber: TestSubscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("esante.subscriptions.flows.match_change.MAX_WAITING", 2)
    subscriber.status = 503
    made = (await world.fhir.create(subscription(subscriber.address, "Patient?"))).json["id"]
    for _ in range(5):
        await world.fhir.create({"resourceType": "Patient"})
    await world.match()
    state = await world.fhir.pool.fetchrow(
        "SELECT events, (SELECT count(*) FROM subscription_event) FROM subscription WHERE id = $1",
        made,
    )
    assert state is not None
    assert tuple(state) == (5, 2)
    subscriber.status, subscriber.requests = 200, []
    await world.retry_now()
    await until(world.idle)
    assert len(subscriber.requests) == 2
    await world.fhir.create({"resourceType": "Patient"})
    await world.settle()
    assert len(subscriber.requests) == 3
