"""Exports that a crash interrupts, and those that fail."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest
from bulk_client import PROGRAM, BulkClient, BulkWorld
from fhir_world import BASE, FhirWorld
from searched_region import populate
from service_program import Program, settings

from esante.settings import EsanteSettings
from esante.wiring.exports import open_export_worker
from esante.wiring.roles import NAME
from socle.clock import ManualClock
from socle.errors import Retry
from socle.postgres import Connection
from socle.testing import free_port, until

WORKERS = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
    f" WHERE datname = current_database() AND application_name = '{NAME}-export'"
)


async def test_another_process_goes_on(
    open_bulk: Any, postgres_url: str, manual_clock: ManualClock
) -> None:
    bulk: BulkWorld = await open_bulk(export_file_bytes=1024)
    await populate(bulk.fhir)
    client = BulkClient(bulk, PROGRAM)
    status = await client.start("/Patient/$export")
    for _ in range(3):
        assert await bulk.worker.advance()
    files = await bulk.fhir.pool.fetch("SELECT * FROM export_file ORDER BY number")
    assert len(files) == 2
    async with AsyncExitStack() as stack:
        other = await open_export_worker(
            EsanteSettings(postgres=postgres_url, base=BASE, export_file_bytes=1024),
            manual_clock,
            stack,
            name=NAME,
            settling=timedelta(),
        )
        while await other.advance():
            continue
    after = await bulk.fhir.pool.fetch("SELECT * FROM export_file ORDER BY number")
    assert after[0] == files[0], "what was written is not written again"
    exported = await client.result(status)
    assert sum(map(len, exported.ids.values())) == 8
    assert not await bulk.worker.advance()


@asynccontextmanager
async def waiting_step(
    bulk: BulkWorld, client: BulkClient, postgres_url: str
) -> AsyncIterator[tuple[str, "asyncio.Task[bool]"]]:
    """The address of an export and its second step, which waits until the context ends."""
    await populate(bulk.fhir)
    status = await client.start("/Patient/$export")
    assert await bulk.worker.advance()
    blocking = await asyncpg.connect(postgres_url)
    try:
        async with blocking.transaction():
            await blocking.execute("LOCK TABLE export_chunk IN SHARE MODE")
            step = asyncio.create_task(bulk.worker.advance())
            await until(bulk.fhir.is_waiting)
            yield status, step
    finally:
        await blocking.close()


async def test_its_database_connection_ends(bulk: BulkWorld, postgres_url: str) -> None:
    client = BulkClient(bulk, PROGRAM)
    async with waiting_step(bulk, client, postgres_url) as (status, step):
        assert await bulk.fhir.pool.fetchval(WORKERS) > 0
        with pytest.raises(Retry):
            await step
    await bulk.finish()
    assert len((await client.result(status)).lines["Observation"]) == 5


async def test_it_is_cancelled_in_the_middle_of_a_step(bulk: BulkWorld, postgres_url: str) -> None:
    client = BulkClient(bulk, PROGRAM)
    async with waiting_step(bulk, client, postgres_url) as (status, step):
        # The cancellation does not wait for the step.
        assert (await client.delete(status)).status == 202
    assert await step
    assert not await bulk.worker.advance()
    assert await bulk.purge() == 1
    for table in ("export", "export_part", "export_file", "export_chunk"):
        assert await bulk.fhir.pool.fetchval(f"SELECT count(*) FROM {table}") == 0, table


async def test_one_that_fails_states_it(bulk: BulkWorld) -> None:
    await populate(bulk.fhir)
    client = BulkClient(bulk, PROGRAM)
    failing = await client.start("/Patient/$export")
    # Stored by another version of the service, perhaps.
    await bulk.fhir.pool.execute(
        "UPDATE export SET specification = jsonb_set(specification, '{filters}', $1)",
        ["Observation?gone=1"],
    )
    sound = await client.start("/$export?_type=Patient")
    await bulk.finish()
    answer = await client.get(failing)
    assert answer.status == 500
    assert "gone" in answer.diagnostics
    assert (await client.result(sound)).ids == {"Patient": ["dupont", "durand"]}


async def test_the_files_of_one_client_are_bounded(open_bulk: Any) -> None:
    bulk: BulkWorld = await open_bulk(export_stored_bytes=1024)
    await populate(bulk.fhir)
    client, other = BulkClient(bulk, PROGRAM), BulkClient(bulk, PROGRAM | {"account": "other"})
    path, started = "/$export?_type=Patient", list[str]()
    while not started or (answer := await client.get(started[-1])).status == 200:
        started.append(await client.start(path))
        await bulk.finish()
        assert len(started) < 10
    assert len(started) > 1
    assert (answer.status, "DELETE" in answer.diagnostics) == (500, True)
    assert (await other.export(path)).ids == {"Patient": ["dupont", "durand"]}
    for each in started:
        await client.delete(each)
    await bulk.purge()
    assert (await client.export(path)).ids == {"Patient": ["dupont", "durand"]}


async def test_a_write_that_began_earlier_is_waited_for(
    bulk: BulkWorld, manual_clock: ManualClock
) -> None:
    await populate(bulk.fhir)
    client = BulkClient(bulk, PROGRAM)
    # A transaction that has taken its instant and has not committed yet.
    async with bulk.fhir.pool.acquire() as connection, connection.transaction():
        await connection.execute("LOCK TABLE resource_patient IN SHARE ROW EXCLUSIVE MODE")
        body = {"resourceType": "Patient", "id": "tardif"}
        write = asyncio.create_task(bulk.fhir.send("PUT", "/Patient/tardif", body))
        await until(lambda: _patients_are_awaited(bulk))
        manual_clock.advance(1)
        status = await client.start("/Patient/$export")
        step = asyncio.create_task(bulk.worker.advance())
        await until(lambda: _is_settling(bulk))
    assert (await write).status == 201
    await step
    await bulk.finish()
    assert "tardif" in (await client.result(status)).ids["Patient"]


async def _patients_are_awaited(bulk: BulkWorld) -> bool:
    """Whether a writer waits for the table of patients. Others wait for other locks."""
    waiting = (
        "SELECT EXISTS (SELECT FROM pg_locks"
        " WHERE NOT granted AND relation = 'resource_patient'::regclass)"
    )
    return bool(await bulk.fhir.pool.fetchval(waiting))


async def _is_settling(bulk: BulkWorld) -> bool:
    """Whether the work waits for the transactions of writers."""
    looking = (
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
        f" AND application_name = '{NAME}-export' AND query LIKE '%pg_stat_activity%')"
    )
    return bool(await bulk.fhir.pool.fetchval(looking))


async def test_the_service_is_killed(postgres_url: str, tmp_path: Path) -> None:
    port = free_port()
    program = Program(settings(port, postgres_url, "127.0.0.1:9", tmp_path), port)
    async with AsyncExitStack() as stack:
        program.start()
        stack.callback(lambda: program.end(signal.SIGKILL))
        client = await stack.enter_async_context(aiohttp.ClientSession())
        await until(lambda: program.ready(client))
        fhir = FhirWorld(program.address, None, client)  # type: ignore[arg-type]
        await populate(fhir)
        blocking = await asyncpg.connect(postgres_url)
        async with blocking.transaction():
            await blocking.execute("LOCK TABLE export_chunk IN SHARE MODE")
            headers = {"prefer": "respond-async"}
            answer = await fhir.send("GET", "/Patient/$export", headers=headers, **PROGRAM)
            status = answer.headers["content-location"].partition("/fhir")[2]
            await until(lambda: _is_blocked(blocking))
            program.end(signal.SIGKILL)
        await blocking.close()
        program.start()
        await until(lambda: program.ready(client))
        await until(lambda: _is_completed(fhir, status))
        manifest = (await fhir.send("GET", status, **PROGRAM)).json
        assert {each["type"]: each["count"] for each in manifest["output"]} == {
            "Encounter": 1,
            "Observation": 5,
            "Patient": 2,
        }


async def _is_completed(fhir: FhirWorld, status: str) -> bool:
    return (await fhir.send("GET", status, **PROGRAM)).status == 200


async def _is_blocked(connection: Connection) -> bool:
    waiting = (
        "SELECT EXISTS (SELECT FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock')"
    )
    return bool(await connection.fetchval(waiting))
