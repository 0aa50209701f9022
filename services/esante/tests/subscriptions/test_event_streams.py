"""Event streams: order, resumption, limits, and how they end."""

import socket
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fhir_world import open_world
from prometheus_client import REGISTRY
from subscription_world import (
    EventStreamClient,
    SubscriptionWorld,
    TestSubscriber,
    event_stream,
    open_subscriptions,
    stream,
    to_topic,
)

from esante.subscriptions.adapters.subscription_queue import PostgresSubscriptionQueue
from esante.subscriptions.flows.event_streams import MAX_OF_ACCOUNT
from esante.subscriptions.flows.follow_events import LIFE, MAX_TEXT
from socle.clock import ManualClock
from socle.http import ASGIApp, Receive, Scope, Send
from socle.service import Draining
from socle.service.connection import Connection
from socle.testing import ServeApp, until

JSON = "application/fhir+json"


def weight(kg: int, **members: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "poids"},
        "subject": {"reference": "Patient/lucie"},
        "valueQuantity": {"value": kg},
        **members,
    }


async def follow(world: SubscriptionWorld, **channel: Any) -> str:
    """Create a subscription to the observations of lucie; returns its id."""
    answer = await world.fhir.create(stream("Observation?patient=lucie", **channel))
    assert answer.json["status"] == "active"
    return str(answer.json["id"])


async def add(world: SubscriptionWorld, *kilograms: int) -> None:
    for each in kilograms:
        await world.fhir.create(weight(each))
    await world.match()


async def received(client: EventStreamClient, number: int) -> list[tuple[str | None, Any]]:
    """The ids of so many next events, with the value of each."""
    found = [await client.next() for _ in range(number)]
    return [(each.id, each.resources[0]["valueQuantity"]["value"]) for each in found]


def open_streams() -> float:
    return REGISTRY.get_sample_value("esante_event_streams") or 0


async def test_events_come_in_order_and_resume_after_the_last_one(
    world: SubscriptionWorld, subscriber: TestSubscriber
) -> None:
    name = await follow(world, payload=JSON)
    await world.fhir.create(weight(1, subject={"reference": "Patient/marc"}))
    async with event_stream(world.fhir, name) as client:
        await add(world, 60, 61)
        assert await received(client, 2) == [("1", 60), ("2", 61)]
    await add(world, 62)
    async with event_stream(world.fhir, name, last="1") as client:
        assert await received(client, 2) == [("2", 61), ("3", 62)]
    async with event_stream(world.fhir, name, since=3) as client:
        assert await received(client, 1) == [("3", 62)]
    # The id of an earlier subscription of that name: everything is new.
    async with event_stream(world.fhir, name, last="99") as client:
        assert await received(client, 3) == [("1", 60), ("2", 61), ("3", 62)]
    headers = {"last-event-id": "un"}
    path = f"/Subscription/{name}/$event-stream"
    assert (await world.fhir.send("GET", path, headers=headers)).status == 400
    # Nothing waits for a delivery.
    await world.settle()
    row = await world.fhir.pool.fetchrow("SELECT events, delivered, due FROM subscription")
    assert row is not None
    assert (row["events"], row["delivered"], subscriber.requests) == (3, 3, [])


async def test_a_notification_is_a_bundle_with_what_was_requested(world: SubscriptionWorld) -> None:
    named, complete = await follow(world), await follow(world, payload=JSON)
    topic = to_topic("", "Observation", "patient=lucie", content="empty")
    topic["channel"] |= stream("")["channel"]
    del topic["channel"]["endpoint"]
    about = (await world.fhir.create(topic)).json["id"]
    pretty = b'{\n "resourceType": "Patient",\r\n "id": "lucie"}'
    body = pretty.replace(b"Patient", b"Observation", 1).replace(
        b'"id": "lucie"',
        b'"status": "final", "code": {"text": "a"}, "subject": {"reference": "Patient/lucie"}',
    )
    made = (await world.fhir.create(body)).json["id"]
    long = weight(1, note=[{"text": "x" * MAX_TEXT}])
    await world.fhir.create(long)
    await world.match()
    async with event_stream(world.fhir, complete, since=1) as client:
        first, second = await client.next(), await client.next()
        assert first.resources[0]["id"] == made  # written in several lines
        assert second.resources == [None]  # too long: named alone
        parameters = first.data["entry"][0]["resource"]["parameter"]
        assert {"name": "events-since-subscription-start", "valueString": "1"} in parameters
    async with event_stream(world.fhir, named, since=1) as client:
        (entry,) = (await client.next()).data["entry"][1:]
        assert (entry["fullUrl"].endswith(f"/Observation/{made}"), "resource" in entry) == (
            True,
            False,
        )
    async with event_stream(world.fhir, about, since=1) as client:
        assert (await client.next()).resources == []


async def test_a_stream_ends_with_its_token_and_its_subscription(
    postgres_url: str, serve_app: ServeApp, tmp_path: Path
) -> None:
    clock = ManualClock(datetime.now(UTC))
    async with open_subscriptions(postgres_url, serve_app, tmp_path, clock=clock) as world:
        name = await follow(world, payload=JSON)
        async with event_stream(world.fhir, name) as client:
            clock.advance(LIFE + 1)
            await add(world, 60)
            with pytest.raises(EOFError):
                await client.next()
        async with event_stream(world.fhir, name, last="0") as client:
            assert await received(client, 1) == [("1", 60)]
            clock.advance(timedelta(days=31).total_seconds() - LIFE)
            queue = PostgresSubscriptionQueue(world.fhir.pool)
            await queue.wake_ended(clock.now())
            world.dispatcher.wake()
            await until(lambda: _is_off(world, name))


async def _is_off(world: SubscriptionWorld, name: str) -> bool:
    return (await world.status(name))[0] == "off"


async def test_the_last_event_gives_the_reason(world: SubscriptionWorld) -> None:
    stopped, deleted = await follow(world), await follow(world)
    path = f"/Subscription/{stopped}"
    async with (
        event_stream(world.fhir, stopped) as first,
        event_stream(world.fhir, deleted) as second,
    ):
        off = (await world.fhir.send("GET", path)).json | {"status": "off"}
        assert (await world.fhir.send("PUT", path, off)).status == 200
        await world.fhir.send("DELETE", f"/Subscription/{deleted}")
        for client, word in ((first, "off"), (second, "supprimé")):
            last = await client.next()
            assert (last.name, last.id) == ("end", None)
            assert word in last.data["issue"][0]["diagnostics"]
            with pytest.raises(EOFError):
                await client.next()
    assert (await world.fhir.send("GET", f"{path}/$event-stream")).status == 422
    gone = await world.fhir.send("GET", f"/Subscription/{deleted}/$event-stream")
    assert gone.status == 410


async def test_a_restart_loses_nothing(
    postgres_url: str, serve_app: ServeApp, tmp_path: Path
) -> None:
    draining = Draining()

    async def serve(app: ASGIApp) -> str:
        async def stopping(scope: Scope, receive: Receive, send: Send) -> None:
            draining.put_in(scope)
            await app(scope, receive, send)

        return await serve_app(stopping)

    async with (
        open_subscriptions(postgres_url, serve, tmp_path) as world,
        AsyncExitStack() as stack,
    ):
        name = await follow(world, payload=JSON)
        async with event_stream(world.fhir, name) as client:
            draining.end_streams()
            with pytest.raises(EOFError):
                await client.next()
        await add(world, 60)
        other = await open_world(postgres_url, serve_app, tmp_path, stack)
        # Before any event, the handshake had the number to go on from.
        async with event_stream(other, name, last="0") as client:
            assert await received(client, 1) == [("1", 60)]


async def test_streams_of_an_account_are_limited(world: SubscriptionWorld) -> None:
    name = await follow(world)
    path = f"/Subscription/{name}/$event-stream"
    async with AsyncExitStack() as stack:
        for _ in range(MAX_OF_ACCOUNT):
            await stack.enter_async_context(event_stream(world.fhir, name))
        answer = await world.fhir.send("GET", path)
        assert (answer.status, "Retry-After" in answer.headers) == (429, True)
    await until(lambda: open_streams() == 0)
    async with event_stream(world.fhir, name):
        assert open_streams() == 1


async def test_a_client_that_does_not_read_is_cut(
    world: SubscriptionWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Connection, "stalled_seconds", 0.3)
    name = await follow(world, payload=JSON)
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        host, _, port = world.fhir.address.removeprefix("http://").partition(":")
        slow.connect((host, int(port)))
        slow.sendall(world.fhir.head("GET", f"/Subscription/{name}/$event-stream"))
        await until(lambda: open_streams() == 1)
        entry = {
            "resource": weight(1, note=[{"text": "x" * (MAX_TEXT - 1000)}]),
            "request": {"method": "POST", "url": "Observation"},
        }
        bundle = {"resourceType": "Bundle", "type": "batch", "entry": [entry] * 100}
        assert (await world.fhir.send("POST", "/", bundle)).status == 200
        await world.match()
        await until(lambda: open_streams() == 0)


async def test_who_cannot_open_a_stream(
    world: SubscriptionWorld, subscriber: TestSubscriber
) -> None:
    name = await follow(world)
    path = f"/Subscription/{name}/$event-stream"
    other = await world.fhir.send("GET", path, account="b")
    assert (other.status, "auteur" in other.diagnostics) == (403, True)
    assert (await world.fhir.send("GET", path, scope="system/Observation.rs")).status == 403
    assert (await world.fhir.send("GET", "/Subscription/aucun/$event-stream")).status == 404
    hook = await world.subscribe(subscriber.address, "Patient?")
    assert (await world.fhir.send("GET", f"/Subscription/{hook}/$event-stream")).status == 422
    entry = {"request": {"method": "GET", "url": path[1:]}}
    batch = {"resourceType": "Bundle", "type": "batch", "entry": [entry]}
    (answer,) = (await world.fhir.send("POST", "/", batch)).json["entry"]
    assert answer["response"]["status"].startswith("400")
