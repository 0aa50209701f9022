"""Crashes under load of the service, the database, the broker or the relay's connections.

No acknowledged write is lost, and every change is published: in the order of versions, under one
id, by which a consumer recognises a repetition. Each answered read and write is traced.
"""

import asyncio
import json
import random
import signal
from collections import Counter, defaultdict
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest
from fhir_world import FhirWorld
from service_program import Program, settings

from esante.events import ResourceChangedV1
from esante.wiring.commands import verify_traces
from socle.bus import TopicSpec, ensure_topics
from socle.events import Received
from socle.testing import MakeBus, Server, StartServer, TcpProxy, free_port, sized, until

pytestmark = [pytest.mark.e2e, pytest.mark.deep]
CLIENTS = 6
ENOUGH = 20  # writes acknowledged before a failure
_BETWEEN = 0.05
"""Seconds from one write to the next: it is not about how many there can be."""


@dataclass
class Writers:
    """Concurrent writers, and what was acknowledged to them: (type, id) → versions."""

    fhir: FhirWorld
    acknowledged: dict[tuple[str, str], set[int]] = field(default_factory=lambda: defaultdict(set))
    read: Counter[tuple[str, int]] = field(default_factory=Counter)
    """Reads that were answered, by the id and the version of the Patient."""
    # The broker outlives a test: events of another run must be of other resources.
    run_id: str = field(default_factory=lambda: f"{random.getrandbits(64):x}")
    refused: int = 0
    over: bool = False

    @property
    def number_acknowledged(self) -> int:
        return sum(map(len, self.acknowledged.values()))

    async def run(self, own: int) -> None:
        number = 0
        while not self.over:
            number += 1
            await asyncio.sleep(_BETWEEN)
            with suppress(aiohttp.ClientError, TimeoutError):
                await (self._update(own, number) if number % 2 else self._together(own, number))
                continue
            await asyncio.sleep(0.05)

    async def _update(self, own: int, number: int) -> None:
        name = f"w{own % 3}-{self.run_id}"  # two writers each
        body = {"resourceType": "Patient", "id": name, "name": [{"text": f"{own}.{number}"}]}
        answer = await self.fhir.send("PUT", f"/Patient/{name}", body)
        if answer.status in (200, 201):
            self.acknowledged["Patient", name].add(int(answer.json["meta"]["versionId"]))
        else:
            self.refused += 1
        answer = await self.fhir.send("GET", f"/Patient/{name}")
        if answer.status == 200:
            self.read[name, int(answer.json["meta"]["versionId"])] += 1

    async def _together(self, own: int, number: int) -> None:
        both = f"{own}-{number}"
        patient = {"resourceType": "Patient", "identifier": [{"system": "urn:s", "value": both}]}
        observation = {
            "resourceType": "Observation",
            "status": "final",
            "code": {"text": both},
            "subject": {"reference": "urn:uuid:p"},
        }
        entries = [
            {"fullUrl": "urn:uuid:p", "resource": patient, "request": _post("Patient")},
            {"resource": observation, "request": _post("Observation")},
        ]
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
        answer = await self.fhir.send("POST", "", bundle)
        if answer.status != 200:
            self.refused += 1
            return
        for entry in answer.json["entry"]:
            resource_type, name, *_ = entry["response"]["location"].split("/")
            self.acknowledged[resource_type, name].add(1)


def _post(url: str) -> dict[str, str]:
    return {"method": "POST", "url": url}


@dataclass
class Breakages:
    """The failures. `broker`, `line`: those of this test alone."""

    program: Program
    database: Server
    broker: Server | None = None
    line: TcpProxy | None = None

    async def of_service(self) -> None:
        self.program.end(signal.SIGKILL)
        self.program.start()

    async def of_database(self) -> None:
        await asyncio.to_thread(self.database.kill)
        await asyncio.to_thread(self.database.start)

    async def of_broker(self) -> None:
        assert self.broker is not None
        await asyncio.to_thread(self.broker.kill)
        await asyncio.sleep(random.uniform(0.1, 0.5))
        await asyncio.to_thread(self.broker.start)

    async def of_relay(self) -> None:
        """Its ways to the broker and to the database end, wherever it is between publishing and
        noting that it has; all else goes on."""
        assert self.line is not None
        assert self.line.connections > 0
        for _ in range(6):
            self.line.cut()
            await self._end_sessions()
            await asyncio.sleep(random.uniform(0.02, 0.2))
            self.line.restore()
            await asyncio.sleep(random.uniform(0.02, 0.4))
            await self._end_sessions()

    async def _end_sessions(self) -> None:
        connection = await asyncpg.connect(self.database.address)
        try:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name LIKE 'esante-relay%'"
            )
        finally:
            await connection.close()


@pytest.mark.parametrize(
    "killed",
    [
        "service",
        "database",
        *(pytest.param(x, marks=pytest.mark.deep_only) for x in ("broker", "relay")),
    ],
)
async def test_nothing_acknowledged_is_lost_and_everything_is_published_once(
    killed: str,
    start_server: StartServer,
    request: pytest.FixtureRequest,
    make_bus: MakeBus,
    tmp_path: Path,
) -> None:
    database = start_server("postgres")
    own = start_server("broker") if killed in ("broker", "relay") else None
    kafka = own.address if own else request.getfixturevalue("kafka_address")
    topic = ResourceChangedV1.topic
    with suppress(Exception):
        await ensure_topics(kafka, [TopicSpec(topic, partitions=4, kind="fact")])
    async with AsyncExitStack() as stack:
        line = (
            await TcpProxy(kafka, advertises_port=True).start(stack) if killed == "relay" else None
        )
        port = free_port()
        address = line.url if line else kafka
        program = Program(settings(port, database.address, address, tmp_path), port)
        breakages = Breakages(program, database, own, line)
        program.start()
        stack.callback(lambda: program.end(signal.SIGTERM))
        timeout = aiohttp.ClientTimeout(total=60)
        client = await stack.enter_async_context(aiohttp.ClientSession(timeout=timeout))
        await until(lambda: program.ready(client), seconds=180)
        writers = Writers(FhirWorld(program.address, None, client))  # type: ignore[arg-type]
        tasks = [asyncio.create_task(writers.run(each)) for each in range(CLIENTS)]
        for _ in range(sized(1, deep=5)):
            enough = writers.number_acknowledged + ENOUGH
            await until(lambda enough=enough: writers.number_acknowledged > enough)
            await asyncio.sleep(random.uniform(0.0, 1.0))
            await getattr(breakages, f"of_{killed}")()
            await until(lambda: program.ready(client), seconds=180)
        await asyncio.sleep(0.5)
        writers.over = True
        await asyncio.gather(*tasks)
        if killed in ("broker", "relay"):
            # Writers do not notice that the broker is away.
            assert writers.refused == 0
        await _hold(writers, database.address, await make_bus(address=kafka), topic)


async def _hold(writers: Writers, url: str, bus: Any, topic: str) -> None:
    connection: Any = await asyncpg.connect(url)
    try:
        # The service goes on making AuditEvents of traces.
        rows = await connection.fetch(
            "SELECT type, id, version, content FROM version WHERE type <> 'AuditEvent'"
        )
        stored = {(row["type"], row["id"], row["version"]) for row in rows}
        acknowledged = {
            (t, i, v) for (t, i), versions in writers.acknowledged.items() for v in versions
        }
        assert len(acknowledged) > ENOUGH
        assert acknowledged - stored == set(), "acknowledged and lost"
        traced = Counter(("Patient", *each) for each in writers.read.elements())
        traced.update(acknowledged)
        await until(lambda: _are_traced(traced, connection))
        assert (await verify_traces(connection)).error is None
        published = await _published_events(bus, stored, connection)
        assert set(published) == stored
        assert [each for each, ids in published.items() if len(ids) > 1] == [], (
            "published under two ids"
        )
        assert len({each for ids in published.values() for each in ids}) == len(stored), (
            "one id for two"
        )
        pairs: dict[str, set[str]] = defaultdict(set)
        for row in rows:
            content = json.loads(row["content"])
            if row["type"] == "Observation":
                pairs[content["code"]["text"]].add("Observation")
            elif "identifier" in content:
                pairs[content["identifier"][0]["value"]].add("Patient")
        assert {both for both, types in pairs.items() if len(types) != 2} == set(), "half written"
    finally:
        await connection.close()


async def _are_traced(answered: Counter[tuple[str, str, int]], connection: Any) -> bool:
    """Whether the chain has a trace of each answered read and write of those versions."""
    rows = await connection.fetch("SELECT record FROM trace")
    traces = [json.loads(row["record"]) for row in rows]
    of = ("create", "update", "read")
    found = Counter(
        (each["type"], each["resource"], int(each["version"]))
        for each in traces
        if each["interaction"] in of and each["status"] in (200, 201)
    )
    return answered <= found


async def _is_all_marked(connection: Any) -> bool:
    unmarked = "SELECT count(*) FROM outbox WHERE published_at IS NULL"
    return bool(await connection.fetchval(unmarked) == 0)


async def _published_events(
    bus: Any, stored: set[tuple[str, str, int]], connection: Any
) -> dict[tuple[str, str, int], set[str]]:
    """Change → ids of its events. Asserts the order of versions."""
    published: dict[tuple[str, str, int], set[str]] = defaultdict(set)
    seen: set[str] = set()
    last: dict[str, int] = {}

    async def handle(received: Received[ResourceChangedV1]) -> None:
        data = received.data
        assert data is not None
        if (data.type, data.id, data.version) not in stored or received.id in seen:
            return  # of another run, or a repetition with the same id, which an inbox drops
        seen.add(received.id)
        assert data.version == last.get(data.key(), 0) + 1, data
        last[data.key()] = data.version
        published[data.type, data.id, data.version].add(received.id)

    group = f"test-{random.getrandbits(64):x}"
    task = asyncio.create_task(bus.consume(ResourceChangedV1, group=group, handle=handle))
    try:
        await until(lambda: task.done() or len(published) == len(stored))
        # The relay marks a batch after the broker has it: a consumer can be sooner.
        await until(lambda: _is_all_marked(connection))
        written = "SELECT count(*) FROM outbox WHERE key NOT LIKE 'AuditEvent/%'"
        assert await connection.fetchval(written) == len(stored)
    finally:
        task.cancel()
        (failure,) = await asyncio.gather(task, return_exceptions=True)
    if isinstance(failure, Exception):
        raise failure
    return published
