"""Pilots: how many usage lines per second are stored after a consent check, on one core.

The program `pilotes fold`, PostgreSQL (with fsync) and the embedded broker share one core. The
lines wait on the topic, as after an outage: 400 records of 500 lines, from four gateway replicas,
about 20,000 people of two pilots. One line in ten is of a person without a consent.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final

import asyncpg
from joserfc.jwk import ECKey

from bench.measuring.options import Options
from bench.measuring.report import Cell, Report, measured
from bench.measuring.running import cpu_time_of_tree, running
from embedded.ports import free_port
from gateway.events import PilotExposedV1, RequestServedV2, ServedInPilot
from socle.bus import TopicSpec, ensure_topics, open_bus
from socle.clock import SystemClock
from socle.postgres import migrate

PEOPLE_PER_PILOT: Final = 10_000
PILOTS: Final = ("alertes-avant-depart", "carnet-de-liaison")
REPLICAS: Final = 4
RECORDS: Final = 400
LINES: Final = 500
"""Usage lines per record."""
_UNCONSENTED_ONE_IN: Final = 10
_CORE: Final = 0
"""Number of the core that the measured programs share."""
_TIMEOUT_SECONDS: Final = 300.0
_FACTS: Final = ("board-watched", "alert-read", None)


def main(options: Options) -> None:
    """Run the benchmark; print and save its table."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        with _pinned_to_one_core():
            postgres, database = _server(stack, folder, "postgres", "--durable")
            broker, kafka = _server(stack, folder, "broker")
        asyncio.run(_prepare(database, kafka))
        row = _fold(stack, folder, database, kafka, {"postgres": postgres, "broker": broker})
    notes = (
        "PostgreSQL with fsync, the broker and the program share one core; µs of CPU time of each"
        " per usage line",
    )
    Report("pilotes", "Usage lines stored", [row], notes=notes).show()


@contextmanager
def _pinned_to_one_core() -> Iterator[None]:
    """Processes started inside are pinned to the core `_CORE`."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {_CORE})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _server(stack: ExitStack, folder: Path, server_name: str, *words: str) -> tuple[int, str]:
    command = (
        sys.executable,
        "-m",
        "embedded",
        server_name,
        "--data",
        str(folder / server_name),
        *words,
    )
    process = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE))
    stack.callback(process.terminate)
    assert process.stdout is not None
    announced = json.loads(process.stdout.readline())
    return process.pid, announced["url"] if server_name == "postgres" else announced["address"]


def _pseudonym(pilot: int, person: int) -> str:
    return f"{pilot:02x}{person:062x}"


async def _prepare(database: str, kafka: str) -> None:
    await migrate(database, "pilotes")
    connection = await asyncpg.connect(database)
    for number, pilot in enumerate(PILOTS):
        await connection.execute(_PILOT.replace("{pilot}", pilot))
        people = [bytes.fromhex(_pseudonym(number, person)) for person in range(PEOPLE_PER_PILOT)]
        await connection.execute(_CONSENTS, pilot, people)
    await connection.execute("ANALYZE")
    await connection.close()
    topics = (RequestServedV2.topic, PilotExposedV1.topic)
    await ensure_topics(kafka, [TopicSpec(each, partitions=4, kind="fact") for each in topics])
    async with open_bus(kafka, source="gateway", clock=SystemClock()) as bus:
        rng, at = Random(6), datetime.now(UTC) - timedelta(hours=2)
        for number in range(0, RECORDS, 20):
            await bus.publish(*(_record(rng, at, number + offset) for offset in range(20)))


def _record(rng: Random, at: datetime, number: int) -> RequestServedV2:
    at = (at + timedelta(seconds=number)).replace(microsecond=0)
    lines = []
    for _ in range(LINES):
        pilot = rng.randrange(len(PILOTS))
        # From the number PEOPLE_PER_PILOT on, people have not consented.
        person = rng.randrange(PEOPLE_PER_PILOT) + PEOPLE_PER_PILOT * (
            rng.randrange(_UNCONSENTED_ONE_IN) == 0
        )
        lines.append(
            ServedInPilot(
                route="/mobilite/v1/stops/{stop_id}/departures",
                method="GET",
                status=200,
                count=1,
                bytes=4_000,
                seconds=0.004,
                cpu_seconds=0.0009,
                first=at,
                last=at,
                pilot_id=PILOTS[pilot],
                arm=("habituel", "prevenu")[person % 2],
                pseudonym=_pseudonym(pilot, person),
                fact=rng.choice(_FACTS),
            )
        )
    replica, sequence = f"bench-{number % REPLICAS}", number // REPLICAS
    return RequestServedV2(replica=replica, sequence=sequence, lines=(), in_pilots=tuple(lines))


def _fold(
    stack: ExitStack, folder: Path, database: str, kafka: str, servers: dict[str, int]
) -> dict[str, Cell]:
    keys = folder / "keys.json"
    key = ECKey.generate_key("P-256").as_dict(private=True) | {"kid": "bench"}
    keys.write_text(json.dumps({"keys": [key]}))
    settings = {
        "REGIONLAB_ENV": "development",
        "REGIONLAB_KAFKA": kafka,
        "REGIONLAB_GATEWAY_KEYS": "",
        "PILOTES_POSTGRES": database,
        "PILOTES_KEY": "k" * 32,
        "PILOTES_SIGNING_KEYS": str(keys),
        "PILOTES_PORT": str(free_port()),
        "PILOTES_PUBLIC": "http://localhost:8080",
    }
    with _pinned_to_one_core():
        command = [sys.executable, "-m", "pilotes", "fold"]
        process = stack.enter_context(running(command, settings))
    received, started = asyncio.run(_wait_for_records(database, 1))
    processes = {"fold": process, **servers}
    before = {name: cpu_time_of_tree(pid) for name, pid in processes.items()}
    _, ended = asyncio.run(_wait_for_records(database, RECORDS))
    after = {name: cpu_time_of_tree(pid) for name, pid in processes.items()}
    uses, seconds = (RECORDS - received) * LINES, ended - started
    counted = asyncio.run(_counted(database))
    row: dict[str, Cell] = {
        "uses": uses,
        "uses/s": uses / seconds,
        "consented %": 100 * counted / (RECORDS * LINES),
    }
    cpu_times = {name: 1e6 * (after[name] - before[name]) / uses for name in processes}
    row |= {f"{name} µs": each for name, each in cpu_times.items()}
    row["uses/s of a whole core"] = 1e6 / sum(cpu_times.values())
    return measured("pilotes", row)


async def _wait_for_records(database: str, records: int) -> tuple[int, float]:
    """Wait until at least `records` records are stored.

    Returns how many are, and the performance counter in seconds. Raises RuntimeError after
    `_TIMEOUT_SECONDS`.
    """
    connection, end = await asyncpg.connect(database), time.perf_counter() + _TIMEOUT_SECONDS
    try:
        while True:
            received = await connection.fetchval(_RECEIVED)
            if received >= records:
                return int(received), time.perf_counter()
            if time.perf_counter() > end:
                raise RuntimeError(f"{received} of {records} records were folded")
            await asyncio.sleep(0.05)
    finally:
        await connection.close()


async def _counted(database: str) -> int:
    """The number of stored usage lines: those with a consent."""
    connection = await asyncpg.connect(database)
    try:
        return int(await connection.fetchval("SELECT count(*) FROM use"))
    finally:
        await connection.close()


_PILOT: Final = """
INSERT INTO pilot (pilot_id, revision, stage, field, title, description, processing, created_at,
    changed_at, changed_by)
VALUES ('{pilot}', 1, 'idea', 'mobilite', 'Un pilote',
    '{"summary": "Un essai", "owner": "Région"}', '{}', now(), now(), 'bench');
INSERT INTO protocol (pilot_id, version, content, digest, reason, written_at, written_by)
VALUES ('{pilot}', 1, '{}', '', '', now(), 'bench');
INSERT INTO notice (pilot_id, version, content, digest, published_at, published_by)
VALUES ('{pilot}', '1', '{}', '', now(), 'bench');
"""
_CONSENTS: Final = """
INSERT INTO consent (pilot_id, pseudonym, given_at, notice_version, protocol_version, means)
SELECT $1, pseudonym, now() - interval '1 day', '1', 1, 'account'
FROM unnest($2::bytea[]) AS pseudonym
"""
_RECEIVED: Final = """
SELECT coalesce(sum(upper(each) - lower(each)), 0)::integer
FROM heard_replica, unnest(sequences) AS each
"""
