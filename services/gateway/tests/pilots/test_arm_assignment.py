"""Pilots written on a real broker, given at the door within seconds, verified by a real service."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from gateway_world import World
from pilot_gateway import PilotDoor, open_door
from pilot_writer import GIVEN_AT, PilotWriter, make_topics
from prometheus_client import REGISTRY

from gateway.events import ConsentV1, PilotExposedV1, PilotV1
from socle.bus import open_bus
from socle.clock import Clock, SystemClock
from socle.events import Received
from socle.testing import TEST_LIMITS, MakeBus, Server, StartServer, until

VALUE = "AAECAwQFBgcICQoLDA0ODw"
OpenDoor = Callable[..., Awaitable[PilotDoor]]


@pytest.fixture(
    params=[
        pytest.param("broker", id="embedded"),
        pytest.param("kafka", id="kafka", marks=pytest.mark.kafka),
    ]
)
def server(request: pytest.FixtureRequest, start_server: StartServer) -> Server:
    """A broker of the test's own."""
    return start_server(request.param)


@pytest_asyncio.fixture
async def writer(server: Server, make_bus: MakeBus) -> PilotWriter:
    await make_topics(server.address)
    bus = await make_bus(source="pilotes", address=server.address)
    return PilotWriter(bus, "alertes")


@pytest_asyncio.fixture
async def open_replica(
    server: Server, world: World, client: aiohttp.ClientSession, tmp_path: Path
) -> AsyncIterator[OpenDoor]:
    async def open_one(clock: Clock | None = None) -> PilotDoor:
        bus = await world.stack.enter_async_context(
            open_bus(
                server.address,
                source="gateway",
                clock=clock or SystemClock(),
                limits=TEST_LIMITS,
                away=True,
            )
        )
        return await open_door(world, bus, tmp_path, client, clock=clock)

    yield open_one


def eventually(door: PilotDoor, subject: str, expected: dict[str, str]) -> Awaitable[None]:
    async def so() -> bool:
        return await door.arms(subject) == expected

    return until(so)


async def test_who_consented_is_told_inward_on_their_arm_and_nobody_else(
    writer: PilotWriter, open_replica: OpenDoor
) -> None:
    await writer.tell()
    await writer.consent("alice", f"participant:{VALUE}")
    door = await open_replica()
    await eventually(door, "alice", {"alertes": "prevenu"})
    assert await door.told("bob") == {"subject": "bob", "arms": {}}
    assert await door.arms() == {}
    cookie = f"__Host-participant={VALUE}"
    assert await door.told(cookie=cookie) == {"subject": "", "arms": {"alertes": "prevenu"}}
    # An account is nobody else, and a cookie is no account.
    assert await door.arms("bob", cookie=cookie) == {}
    assert await door.arms(cookie="__Host-participant=alice") == {}


async def test_what_keeps_answers_must_keep_those_of_a_covered_route_apart(
    writer: PilotWriter, open_replica: OpenDoor
) -> None:
    await writer.tell()
    await writer.consent("alice")
    door = await open_replica()
    await eventually(door, "alice", {"alertes": "prevenu"})
    for path, vary in (("/echo/a", ["authorization, cookie"]), ("/docs", [])):
        async with door.client.get(door.gateway.address + path) as answer:
            assert [v for v in answer.headers.getall("vary", []) if "cookie" in v] == vary


async def test_weights_pause_closing_and_several_pilots_take_effect(
    writer: PilotWriter, open_replica: OpenDoor
) -> None:
    await writer.tell()
    await writer.consent("alice")
    other = PilotWriter(writer.bus, "carnet", {"papier": 10_000, "partage": 0})
    await other.consent("alice")
    door = await open_replica()
    await eventually(door, "alice", {"alertes": "prevenu"})
    writer.weights = {"habituel": 10_000, "prevenu": 0}
    await writer.tell()
    await eventually(door, "alice", {"alertes": "habituel"})
    await other.tell(control="papier")
    await eventually(door, "alice", {"alertes": "habituel", "carnet": "papier"})
    await other.delete()
    writer.weights = {"habituel": 0, "prevenu": 10_000}
    await writer.tell()
    await eventually(door, "alice", {"alertes": "prevenu"})
    await writer.tell("paused")
    await eventually(door, "alice", {"alertes": "habituel"})
    await writer.tell()
    await eventually(door, "alice", {"alertes": "prevenu"})
    await writer.tell("closed")
    await eventually(door, "alice", {})


async def test_a_withdrawn_consent_is_carried_by_no_kept_token(
    writer: PilotWriter, open_replica: OpenDoor
) -> None:
    await writer.tell()
    await writer.consent("alice", "bob")
    door = await open_replica()
    await eventually(door, "alice", {"alertes": "prevenu"})
    await eventually(door, "bob", {"alertes": "prevenu"})
    await writer.consent("alice", withdrawn_at=GIVEN_AT)
    await eventually(door, "alice", {})
    await writer.erase("bob")
    await eventually(door, "bob", {})
    await writer.consent("alice")
    await eventually(door, "alice", {"alertes": "prevenu"})


async def test_unusable_records_are_refused_in_words_and_the_others_stand(
    writer: PilotWriter, open_replica: OpenDoor, caplog: pytest.LogCaptureFixture
) -> None:
    bad = PilotWriter(writer.bus, "bancal")
    for pilot in (writer, bad):
        await pilot.tell()
        await pilot.consent("alice", "bob")
    door = await open_replica()
    both = {"alertes": "prevenu", "bancal": "prevenu"}
    await eventually(door, "alice", both)
    for changes in (
        {"arms": [{"name": "habituel", "weight": 5_000}, {"name": "prevenu", "weight": 1}]},
        {"control": "autre"},
        {"routes": ("/echo/(a+)+$",)},
    ):
        before = REGISTRY.get_sample_value("gateway_pilots_refused_total") or 0
        await bad.tell(**changes)
        await eventually(door, "alice", {"alertes": "prevenu"})
        assert REGISTRY.get_sample_value("gateway_pilots_refused_total") == before + 1
        assert REGISTRY.get_sample_value("gateway_pilots", {"state": "refused"}) == 1
        assert caplog.records[-1].getMessage().startswith("Le pilote bancal est écarté")
        await bad.tell()
        await eventually(door, "alice", both)
    salted = b'{"pilot_id":"bancal","title":"x","state":"running","arms":[],"control":"a",'
    salted += b'"salt":"pas du base64","routes":[]}'
    await bad.write_raw(PilotV1.topic, "bancal", salted)
    await eventually(door, "alice", {"alertes": "prevenu"})
    assert "salt" in caplog.text
    await bad.tell()
    await eventually(door, "alice", both)
    # A consent nobody can read, and one told under another's key, stand for none.
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
    await eventually(door, "alice", {"alertes": "prevenu"})
    await eventually(door, "bob", {"alertes": "prevenu"})
    assert await door.arms("carol") == {}


async def test_every_replica_gives_the_same_arms_and_after_a_restart_too(
    writer: PilotWriter, open_replica: OpenDoor
) -> None:
    writer.weights = {"habituel": 5_000, "prevenu": 5_000}
    people = [f"person-{n}" for n in range(40)]
    await writer.tell()
    await writer.consent(*people)
    given = []
    for _ in range(2):
        door = await open_replica()

        async def everybody_has_one(door: PilotDoor = door) -> bool:
            return all([await door.arms(person) for person in people])

        await until(everybody_has_one)
        given.append([await door.arms(person) for person in people])
    assert given[0] == given[1]
    assert {arm for arms in given[0] for arm in arms.values()} == {"habituel", "prevenu"}


async def test_the_door_answers_without_kafka_and_gives_nothing_it_cannot_know(
    writer: PilotWriter,
    open_replica: OpenDoor,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gateway.pilots.flows.follow_pilots.STALE_SECONDS", 2.0)
    await writer.tell()
    await writer.consent("alice")
    server.stop()
    door = await open_replica()
    assert await door.told("alice") == {"subject": "alice", "arms": {}}
    note = door.pilots.running.notes["pilots"]
    assert "suspendus" in (note() or "")
    assert REGISTRY.get_sample_value("gateway_pilots_given") == 0
    server.start()
    await eventually(door, "alice", {"alertes": "prevenu"})
    assert note() is None
    assert REGISTRY.get_sample_value("gateway_pilots_given") == 1
    server.stop()
    # Nobody could hear a withdrawal now.
    await eventually(door, "alice", {})
    assert note() is not None
    server.start()
    await eventually(door, "alice", {"alertes": "prevenu"})


async def test_a_stream_ends_when_its_arms_are_no_longer_the_callers(
    writer: PilotWriter, open_replica: OpenDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.proxy.flows.open_streams.CHECK_INTERVAL", 0.2)
    writer.routes = ("/echo/{rest...}", "/echo/stream")
    await writer.tell()
    await writer.consent("alice")
    door = await open_replica()
    await eventually(door, "alice", {"alertes": "prevenu"})
    address = f"{door.gateway.address}/echo/stream"
    async with (
        door.client.get(address, headers={"x-test-subject": "alice"}) as hers,
        door.client.get(address, headers={"x-test-subject": "bob"}) as his,
    ):
        assert b"prevenu" in await hers.content.readline()
        assert b"prevenu" not in await his.content.readline()
        await writer.consent("alice", withdrawn_at=GIVEN_AT)
        assert await hers.content.read() == b""
        await asyncio.sleep(0.5)
        assert not his.content.at_eof()


class LeapingClock(SystemClock):
    """The machine's seconds on another day, and then on the next."""

    leap = timedelta()

    def now(self) -> datetime:
        return super().now() + self.leap


async def exposures_of(writer: PilotWriter, count: int) -> list[PilotExposedV1]:
    """The first that many exposures on the bus."""
    heard: list[PilotExposedV1] = []

    async def hear(received: Received[PilotExposedV1]) -> None:
        assert received.data
        heard.append(received.data)

    reading = asyncio.create_task(
        writer.bus.consume(PilotExposedV1, group=f"test.{count}", handle=hear)
    )
    try:
        await until(lambda: len(heard) >= count)
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
    return heard


async def test_an_exposure_is_told_once_a_day_by_pseudonym_when_somebody_was_served(
    writer: PilotWriter, open_replica: OpenDoor, server: Server
) -> None:
    evening = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)
    clock = LeapingClock((evening - datetime.now(UTC)).total_seconds())
    await writer.tell("paused")
    await writer.consent("alice", "bob")
    door = await open_replica(clock)
    await eventually(door, "alice", {"alertes": "habituel"})  # nobody is exposed in a pause
    await writer.tell()

    async def broken_is_reached() -> bool:
        return await door.arms("bob", path="/echo/broken") == {"alertes": "prevenu"}

    await until(broken_is_reached)
    # The broker is away while people are served; what is to be told waits.
    server.stop()
    for _ in range(3):
        await door.arms("alice")
    clock.leap = timedelta(days=1)
    for _ in range(3):
        await door.arms("alice")
    server.start()
    heard = await exposures_of(writer, 2)
    common = {
        "pilot_id": "alertes",
        "arm": "prevenu",
        "pseudonym": writer.pseudonym("alice"),
        "route": "/echo/{rest...}",
    }
    assert [event.model_dump(exclude={"at"}) for event in heard] == [common, common]
    assert [event.at.date().isoformat() for event in heard] == ["2026-03-02", "2026-03-03"]
    assert "alice" not in str(heard)
    await door.arms("bob")
    later = await exposures_of(writer, 3)
    assert [e for e in later if e.pseudonym == writer.pseudonym("bob")]
