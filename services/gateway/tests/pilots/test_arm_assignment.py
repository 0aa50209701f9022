"""Pilots published on a real broker, applied by the gateway, verified by a real service."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from gateway_world import World
from pilot_gateway import PilotGateway, open_gateway
from pilot_writer import GIVEN_AT, PilotWriter, make_topics
from prometheus_client import REGISTRY

from gateway.events import ConsentV1, PilotExposedV1, PilotV1
from socle.bus import open_bus
from socle.clock import Clock, SystemClock
from socle.events import Received
from socle.testing import TEST_LIMITS, MakeBus, Server, StartServer, until

VALUE = "AAECAwQFBgcICQoLDA0ODw"
OpenGateway = Callable[..., Awaitable[PilotGateway]]


@pytest.fixture(
    params=[
        pytest.param("broker", id="embedded"),
        pytest.param("kafka", id="kafka", marks=pytest.mark.kafka),
    ]
)
def server(request: pytest.FixtureRequest, start_server: StartServer) -> Server:
    """A broker for this test only."""
    return start_server(request.param)


@pytest_asyncio.fixture
async def writer(server: Server, make_bus: MakeBus) -> PilotWriter:
    await make_topics(server.address)
    bus = await make_bus(source="pilotes", address=server.address)
    return PilotWriter(bus, "alertes")


@pytest_asyncio.fixture
async def open_replica(
    server: Server, world: World, client: aiohttp.ClientSession, tmp_path: Path
) -> AsyncIterator[OpenGateway]:
    async def open_one(clock: Clock | None = None) -> PilotGateway:
        bus = await world.stack.enter_async_context(
            open_bus(
                server.address,
                source="gateway",
                clock=clock or SystemClock(),
                limits=TEST_LIMITS,
                lazy=True,
            )
        )
        return await open_gateway(world, bus, tmp_path, client, clock=clock)

    yield open_one


def eventually(replica: PilotGateway, subject: str, expected: dict[str, str]) -> Awaitable[None]:
    async def so() -> bool:
        return await replica.arms(subject) == expected

    return until(so)


async def test_only_participants_are_forwarded_with_their_arm(
    writer: PilotWriter, open_replica: OpenGateway
) -> None:
    await writer.publish()
    await writer.consent("alice", f"participant:{VALUE}")
    replica = await open_replica()
    await eventually(replica, "alice", {"alertes": "prevenu"})
    assert await replica.received("bob") == {"subject": "bob", "arms": {}}
    assert await replica.arms() == {}
    cookie = f"__Host-participant={VALUE}"
    assert await replica.received(cookie=cookie) == {"subject": "", "arms": {"alertes": "prevenu"}}
    # An identified caller is not the cookie's participant, and a cookie names no account.
    assert await replica.arms("bob", cookie=cookie) == {}
    assert await replica.arms(cookie="__Host-participant=alice") == {}


async def test_caches_must_separate_responses_of_a_covered_route(
    writer: PilotWriter, open_replica: OpenGateway
) -> None:
    await writer.publish()
    await writer.consent("alice")
    replica = await open_replica()
    await eventually(replica, "alice", {"alertes": "prevenu"})
    for path, vary in (("/echo/a", ["authorization, cookie"]), ("/openapi.json", [])):
        async with replica.client.get(replica.gateway.address + path) as answer:
            assert [v for v in answer.headers.getall("vary", []) if "cookie" in v] == vary


async def test_weights_pause_closing_and_several_pilots_take_effect(
    writer: PilotWriter, open_replica: OpenGateway
) -> None:
    await writer.publish()
    await writer.consent("alice")
    other = PilotWriter(writer.bus, "carnet", {"papier": 10_000, "partage": 0})
    await other.consent("alice")
    replica = await open_replica()
    await eventually(replica, "alice", {"alertes": "prevenu"})
    writer.weights = {"habituel": 10_000, "prevenu": 0}
    await writer.publish()
    await eventually(replica, "alice", {"alertes": "habituel"})
    await other.publish(control="papier")
    await eventually(replica, "alice", {"alertes": "habituel", "carnet": "papier"})
    await other.delete()
    writer.weights = {"habituel": 0, "prevenu": 10_000}
    await writer.publish()
    await eventually(replica, "alice", {"alertes": "prevenu"})
    await writer.publish("paused")
    await eventually(replica, "alice", {"alertes": "habituel"})
    await writer.publish()
    await eventually(replica, "alice", {"alertes": "prevenu"})
    await writer.publish("closed")
    await eventually(replica, "alice", {})


async def test_a_withdrawn_consent_is_in_no_cached_token(
    writer: PilotWriter, open_replica: OpenGateway
) -> None:
    await writer.publish()
    await writer.consent("alice", "bob")
    replica = await open_replica()
    await eventually(replica, "alice", {"alertes": "prevenu"})
    await eventually(replica, "bob", {"alertes": "prevenu"})
    await writer.consent("alice", withdrawn_at=GIVEN_AT)
    await eventually(replica, "alice", {})
    await writer.erase("bob")
    await eventually(replica, "bob", {})
    await writer.consent("alice")
    await eventually(replica, "alice", {"alertes": "prevenu"})


async def test_unusable_records_are_refused_in_words_and_the_others_stand(
    writer: PilotWriter, open_replica: OpenGateway, caplog: pytest.LogCaptureFixture
) -> None:
    bad = PilotWriter(writer.bus, "bancal")
    for pilot in (writer, bad):
        await pilot.publish()
        await pilot.consent("alice", "bob")
    replica = await open_replica()
    both = {"alertes": "prevenu", "bancal": "prevenu"}
    await eventually(replica, "alice", both)
    for changes in (
        {"arms": [{"name": "habituel", "weight": 5_000}, {"name": "prevenu", "weight": 1}]},
        {"control": "autre"},
        {"routes": ("/echo/(a+)+$",)},
    ):
        before = REGISTRY.get_sample_value("gateway_pilots_refused_total") or 0
        caplog.clear()
        await bad.publish(**changes)
        await eventually(replica, "alice", {"alertes": "prevenu"})
        assert REGISTRY.get_sample_value("gateway_pilots_refused_total") == before + 1
        assert REGISTRY.get_sample_value("gateway_pilots", {"state": "refused"}) == 1
        assert [each for each in caplog.messages if each.startswith("Le pilote bancal est écarté")]
        await bad.publish()
        await eventually(replica, "alice", both)
    salted = b'{"pilot_id":"bancal","title":"x","state":"running","arms":[],"control":"a",'
    salted += b'"salt":"pas du base64","routes":[]}'
    await bad.write_raw(PilotV1.topic, "bancal", salted)
    await eventually(replica, "alice", {"alertes": "prevenu"})
    assert "salt" in caplog.text
    await bad.publish()
    await eventually(replica, "alice", both)
    # An unreadable consent, and one with another key, are ignored.
    await bad.write_raw(ConsentV1.topic, f"bancal:{bad.pseudonym('alice')}", b"{")
    of_another = ConsentV1(
        pilot_id="alertes",
        pseudonym=writer.pseudonym("carol"),
        given_at=GIVEN_AT,
        notice_version="1",
    )
    await bad.write_raw(
        ConsentV1.topic,
        f"bancal:{bad.pseudonym('bob')}",
        of_another.model_dump_json(exclude_none=True).encode(),
    )
    await eventually(replica, "alice", {"alertes": "prevenu"})
    await eventually(replica, "bob", {"alertes": "prevenu"})
    assert await replica.arms("carol") == {}


async def test_every_replica_gives_the_same_arms_and_after_a_restart_too(
    writer: PilotWriter, open_replica: OpenGateway
) -> None:
    writer.weights = {"habituel": 5_000, "prevenu": 5_000}
    people = [f"person-{n}" for n in range(40)]
    await writer.publish()
    await writer.consent(*people)
    given = []
    for _ in range(2):
        replica = await open_replica()

        async def everybody_has_one(replica: PilotGateway = replica) -> bool:
            return all([await replica.arms(person) for person in people])

        await until(everybody_has_one)
        given.append([await replica.arms(person) for person in people])
    assert given[0] == given[1]
    assert {arm for arms in given[0] for arm in arms.values()} == {"habituel", "prevenu"}


async def test_without_kafka_the_gateway_answers_and_assigns_no_arm(
    writer: PilotWriter,
    open_replica: OpenGateway,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gateway.pilots.flows.follow_pilots.STALE_SECONDS", 2.0)
    await writer.publish()
    await writer.consent("alice")
    server.stop()
    replica = await open_replica()
    assert await replica.received("alice") == {"subject": "alice", "arms": {}}
    note = replica.pilots.running.notes["pilots"]
    assert "suspendus" in (note() or "")
    assert REGISTRY.get_sample_value("gateway_pilots_given") == 0
    server.start()
    await eventually(replica, "alice", {"alertes": "prevenu"})
    assert note() is None
    assert REGISTRY.get_sample_value("gateway_pilots_given") == 1
    server.stop()
    # A withdrawal could not be received now.
    await eventually(replica, "alice", {})
    assert note() is not None
    server.start()
    await eventually(replica, "alice", {"alertes": "prevenu"})


async def test_a_stream_ends_when_its_arms_are_no_longer_the_callers(
    writer: PilotWriter, open_replica: OpenGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.proxy.flows.open_streams.CHECK_INTERVAL", 0.2)
    writer.routes = ("/echo/{rest...}", "/echo/stream")
    await writer.publish()
    await writer.consent("alice")
    replica = await open_replica()
    await eventually(replica, "alice", {"alertes": "prevenu"})
    address = f"{replica.gateway.address}/echo/stream"
    async with (
        replica.client.get(address, headers={"x-test-subject": "alice"}) as hers,
        replica.client.get(address, headers={"x-test-subject": "bob"}) as his,
    ):
        assert b"prevenu" in await hers.content.readline()
        assert b"prevenu" not in await his.content.readline()
        await writer.consent("alice", withdrawn_at=GIVEN_AT)
        assert await hers.content.read() == b""
        await asyncio.sleep(0.5)
        assert not his.content.at_eof()


class LeapingClock(SystemClock):
    """A real-time clock moved to another day, then to the next."""

    leap = timedelta()

    def now(self) -> datetime:
        return super().now() + self.leap


async def exposures_of(writer: PilotWriter, count: int) -> list[PilotExposedV1]:
    """The first exposures on the bus, that many."""
    events_received: list[PilotExposedV1] = []

    async def receive(received: Received[PilotExposedV1]) -> None:
        assert received.data
        events_received.append(received.data)

    reading = asyncio.create_task(
        writer.bus.consume(PilotExposedV1, group=f"test.{count}", handle=receive)
    )
    try:
        await until(lambda: len(events_received) >= count)
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
    return events_received


async def test_an_exposure_is_published_once_a_day_by_pseudonym(
    writer: PilotWriter, open_replica: OpenGateway, server: Server
) -> None:
    evening = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)
    clock = LeapingClock((evening - datetime.now(UTC)).total_seconds())
    await writer.publish("paused")
    await writer.consent("alice", "bob")
    replica = await open_replica(clock)
    await eventually(
        replica, "alice", {"alertes": "habituel"}
    )  # a paused pilot publishes no exposure
    await writer.publish()

    async def broken_is_reached() -> bool:
        return await replica.arms("bob", path="/echo/broken") == {"alertes": "prevenu"}

    await until(broken_is_reached)
    # The broker is away while people are served; the events wait.
    server.stop()
    for _ in range(3):
        await replica.arms("alice")
    clock.leap = timedelta(days=1)
    for _ in range(3):
        await replica.arms("alice")
    server.start()
    events_received = await exposures_of(writer, 2)
    common = {
        "pilot_id": "alertes",
        "arm": "prevenu",
        "pseudonym": writer.pseudonym("alice"),
        "route": "/echo/{rest...}",
        "consented_at": GIVEN_AT,
    }
    assert [event.model_dump(exclude={"at"}) for event in events_received] == [common, common]
    assert [event.at.date().isoformat() for event in events_received] == [
        "2026-03-02",
        "2026-03-03",
    ]
    assert "alice" not in str(events_received)
    await replica.arms("bob")
    later = await exposures_of(writer, 3)
    assert [e for e in later if e.pseudonym == writer.pseudonym("bob")]
