"""A write and its time limit: it is answered 504 and rolled back, or done and answered so."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fhir_bundles import bundle, entry
from fhir_world import FhirWorld

from socle.http import TIMEOUT_HEADER
from socle.testing import until

LIMIT = {TIMEOUT_HEADER.decode(): "1000"}  # a busy machine begins the write within it
PAST = 1.3  # seconds
PATIENT: Any = {"resourceType": "Patient", "id": "p1"}
# Each commit waits for the lock; a cancellation comes too late to prevent it.
TRIGGER = """
CREATE FUNCTION wait_for_test() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    BEGIN
        PERFORM pg_advisory_xact_lock(42);
    EXCEPTION WHEN query_canceled THEN NULL;
    END;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER slow_commit AFTER INSERT ON outbox
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait_for_test()"""


@asynccontextmanager
async def slow_commits(fhir: FhirWorld) -> AsyncIterator[None]:
    """Commits of writes wait until the end of the context."""
    async with fhir.pool.acquire() as connection:
        await connection.execute(TRIGGER)
        await connection.execute("SELECT pg_advisory_lock(42)")
        try:
            yield
        finally:
            await connection.execute("SELECT pg_advisory_unlock(42)")


async def version_count(fhir: FhirWorld) -> int:
    return int(await fhir.pool.fetchval("SELECT count(*) FROM version"))


def update(name: str) -> Any:
    return entry("PUT", f"Patient/{name}", PATIENT | {"id": name})


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "/Patient/p1", PATIENT, 201),
        ("PUT", "/Patient?birthdate=1974", PATIENT, 201),
        ("POST", "", bundle(update("p1")), 200),
        ("POST", "", bundle(entry("POST", "Patient", PATIENT)), 200),
    ],
    ids=["update", "conditional update", "transaction", "transaction that only creates"],
)
async def test_a_commit_that_has_started_is_answered(
    fhir: FhirWorld, method: str, path: str, body: Any, status: int
) -> None:
    async with slow_commits(fhir):
        request = asyncio.create_task(fhir.send(method, path, body, headers=LIMIT))
        await until(fhir.is_waiting)
        await asyncio.sleep(PAST)  # past the limit: no answer arrives
        assert not request.done()
    assert (await request).status == status
    assert await version_count(fhir) == 1


async def test_no_write_starts_after_the_limit(fhir: FhirWorld) -> None:
    async with slow_commits(fhir):
        body = bundle(update("p1"), update("p2"), bundle_type="batch")
        request = asyncio.create_task(fhir.send("POST", "", body, headers=LIMIT))
        await until(fhir.is_waiting)
        await asyncio.sleep(PAST)
    answer = await request
    assert (answer.status, answer.codes) == (504, ["timeout"])
    assert await version_count(fhir) == 1


async def test_a_transaction_past_its_limit_is_rolled_back(fhir: FhirWorld) -> None:
    assert (await fhir.send("PUT", "/Patient/p1", PATIENT)).status == 201
    async with fhir.pool.acquire() as connection, connection.transaction():
        await connection.fetch("SELECT FROM resource WHERE id = 'p1' FOR UPDATE")
        answer = await fhir.send("POST", "", bundle(update("p1"), update("p2")), headers=LIMIT)
        assert (answer.status, answer.codes) == (504, ["timeout"])
    assert await version_count(fhir) == 1
    assert (await fhir.send("PUT", "/Patient/p1", PATIENT)).status == 200
