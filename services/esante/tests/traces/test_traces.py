"""Requests are traced before they are answered; the chain shows every change."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest
import pytest_asyncio
from fhir_world import FhirWorld, open_world

from esante.traces.adapters.journal import AbandonedJournal, Journal, line_bytes
from esante.traces.adapters.trace_store import TraceStore
from esante.traces.domain.chain import ChainPosition
from esante.traces.flows.trace_recorder import TraceRecorder
from esante.wiring.commands import verify_traces
from socle.clock import SystemClock
from socle.errors import Retry
from socle.testing import ServeApp

LUCIE = {"resourceType": "Patient", "id": "lucie", "name": [{"family": "Martin"}]}
WEIGHT = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"text": "poids"},
    "subject": {"reference": "Patient/lucie"},
}


@pytest_asyncio.fixture
async def fhir(postgres_url: str, serve_app: ServeApp, tmp_path: Path) -> AsyncIterator[FhirWorld]:
    """A server that traces, with Lucie's record."""
    async with AsyncExitStack() as stack:
        world = await open_world(postgres_url, serve_app, tmp_path, stack, traces=tmp_path / "t")
        assert (await world.send("PUT", "/Patient/lucie", LUCIE)).status == 201
        yield world


async def traces_of(fhir: FhirWorld, skip: int = 1) -> list[Mapping[str, Any]]:
    """The stored traces, without those of the fixture."""
    assert fhir.traces is not None
    await fhir.traces.recorder.flush()
    rows = await fhir.pool.fetch("SELECT record, patients FROM trace ORDER BY number")
    return [{**orjson.loads(row["record"]), "of": row["patients"]} for row in rows][skip:]


async def test_each_interaction_names_the_caller_the_resource_and_the_patient(
    fhir: FhirWorld,
) -> None:
    made = await fhir.create(WEIGHT, account="camille", headers={"Prefer": "return=minimal"})
    place = "/Observation/" + made.headers["location"].split("/")[-3]
    await fhir.send("GET", place, account="camille")
    await fhir.send("GET", "/Observation?code:text=poids&_elements=status", account="camille")
    await fhir.send("GET", f"{place}/_history/1", account="camille")
    await fhir.send("GET", f"{place}/_history", account="camille")
    await fhir.send("DELETE", place, account="camille")
    found = await traces_of(fhir)
    codes = ["create", "read", "search-type", "vread", "history-instance", "delete"]
    assert [each["interaction"] for each in found] == codes
    assert {each["account"] for each in found} == {"camille"}
    assert {each["client"] for each in found} == {"app"}
    assert [each["of"] for each in found] == [["lucie"]] * 6
    assert found[1]["resource"] == place.rpartition("/")[2]
    assert found[1]["version"] == "1"
    assert found[2]["query"] == "code:text=poids&_elements=status"


async def test_refusals_are_traced_with_the_patient_of_the_address(fhir: FhirWorld) -> None:
    refused = await fhir.send("GET", "/Patient/lucie", scope="user/Observation.r")
    other: dict[str, Any] = {"role": "patient", "patient": "other", "scope": "patient/*.rs"}
    absent = await fhir.send("GET", "/Patient/lucie", **other)
    found = await traces_of(fhir)
    assert [each["status"] for each in found] == [refused.status, absent.status] == [403, 404]
    assert found[0]["of"] == ["lucie"]
    assert set(found[1]["of"]) == {"lucie", "other"}


async def test_transactions_and_batches_trace_each_entry(fhir: FhirWorld) -> None:
    entries = [
        {"resource": WEIGHT, "request": {"method": "POST", "url": "Observation"}},
        {"request": {"method": "GET", "url": "Patient/lucie"}},
    ]
    for bundle_type in ("transaction", "batch"):
        bundle = {"resourceType": "Bundle", "type": bundle_type, "entry": entries}
        assert (await fhir.send("POST", "", bundle)).status == 200
    found = [(each["interaction"], each["type"], each["of"]) for each in await traces_of(fhir)]
    both = [("create", "Observation", ["lucie"]), ("read", "Patient", ["lucie"])]
    assert sorted(found[:2]) == both
    assert [each for each in found[2:] if each[0] != "transaction"] == both


async def test_a_transaction_has_one_trace_for_what_it_writes_for_the_same_patients(
    fhir: FhirWorld,
) -> None:
    marc = WEIGHT | {"subject": {"reference": "Patient/marc"}}
    patients = [LUCIE | {"id": each} for each in ("marc", "ines")]
    made = [*patients, *[WEIGHT] * 150, marc, WEIGHT]
    bundle = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {
                "resource": each,
                "request": {"method": "PUT", "url": f"Patient/{each['id']}"}
                if "id" in each
                else {"method": "POST", "url": "Observation"},
            }
            for each in made
        ],
    }
    answer = (await fhir.send("POST", "", bundle)).json
    written = [each["response"]["location"] for each in answer["entry"]]
    found = await traces_of(fhir)
    sizes = sorted((*each["of"], 1 + len(each.get("others", ()))) for each in found)
    assert sizes == [("ines", 1), ("lucie", 51), ("lucie", 100), ("marc", 1), ("marc", 1)]
    named = [
        name
        for each in found
        for name in (
            f"{each['type']}/{each['resource']}/_history/{each['version']}",
            *each.get("others", ()),
        )
    ]
    assert sorted(named) == sorted(written)


async def test_a_search_by_post_is_traced_with_its_form(fhir: FhirWorld) -> None:
    await fhir.send(
        "POST",
        "/Observation/_search",
        b"patient=lucie",
        media="application/x-www-form-urlencoded",
    )
    (found,) = await traces_of(fhir)
    assert (found["query"], found["of"]) == ("patient=lucie", ["lucie"])


async def test_callers_without_credentials_and_metadata_of_them_are_not_traced(
    fhir: FhirWorld,
) -> None:
    await fhir.send("GET", "/metadata", role="anonymous", account="")
    assert await traces_of(fhir) == []


async def test_answers_survive_a_process_that_dies(fhir: FhirWorld, tmp_path: Path) -> None:
    assert fhir.traces is not None
    await fhir.traces.recorder.flush()
    folder = tmp_path / "t"
    dead = Journal(folder, max_waiting=10_000)
    recorder = TraceRecorder(
        dead, TraceStore(fhir.pool), lambda: AbandonedJournal.adopt_all(folder), SystemClock()
    )
    dead.append(b'{"id":"a","at":"2026-01-01T00:00:00.000Z","type":"Patient","status":200}')
    await recorder.flush()
    dead.append(b'{"id":"b","at":"2026-01-01T00:00:00.000Z","type":"Patient","status":200}')
    file = folder / f"{dead.id}.journal"
    with file.open("ab") as cut:
        cut.write(b'00000000 {"id":"half')
    await recorder.adopt()
    assert len(await traces_of(fhir)) == 1, "a process that runs has its journal"
    dead.close()  # as the kernel does when it ends
    await recorder.adopt()
    assert [each["id"] for each in await traces_of(fhir)] == ["a", "b"]
    assert not file.exists()
    assert (await verify_traces(fhir.pool)).error is None


async def test_requests_are_refused_when_traces_cannot_be_written(
    fhir: FhirWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError("no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.pwrite", full)
        answer = await fhir.send("GET", "/Patient/lucie")
    assert answer.status == 503
    assert b"Martin" not in answer.body
    assert (await fhir.send("GET", "/Patient/lucie")).status == 200
    assert len(await traces_of(fhir)) == 1


def test_a_journal_is_bounded_while_the_database_is_away(tmp_path: Path) -> None:
    journal = Journal(tmp_path, max_waiting=100)
    journal.append(b"x" * 120)
    with pytest.raises(Retry):
        journal.require_room()
    journal.forget(1)
    journal.require_room()
    journal.close()
    assert list(tmp_path.iterdir()) == []


async def test_two_processes_make_one_chain(fhir: FhirWorld, tmp_path: Path) -> None:
    recorders = []
    for name in ("a", "b"):
        journal = Journal(tmp_path / "two", max_waiting=10_000_000)
        for number in range(50):
            journal.append(
                b'{"id":"%b%d","at":"2026-01-01T00:00:00.000Z","type":"","status":200}'
                % (name.encode(), number)
            )
        recorders.append(TraceRecorder(journal, TraceStore(fhir.pool), list, SystemClock()))
    await asyncio.gather(*(each.flush() for each in recorders))
    assert len(await traces_of(fhir)) == 100
    assert (await verify_traces(fhir.pool)).error is None


async def test_a_batch_whose_answer_was_lost_is_stored_once(fhir: FhirWorld) -> None:
    store = TraceStore(fhir.pool)
    record = b'{"id":"a","at":"2026-01-01T00:00:00.000Z","type":"","status":200}'
    journal = "00000000-0000-4000-8000-000000000001"
    for _ in range(2):
        await store.append([record], journal=journal, end=76)
    assert len(await traces_of(fhir)) == 2 - 1


BYPASS = "SET LOCAL session_replication_role = replica;"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ("UPDATE trace SET record = replace(record::text, 'a', 'b')::bytea WHERE number = 3", "3"),
        ("UPDATE trace SET patients = '{}' WHERE number = 2", "2"),
        ("DELETE FROM trace WHERE number = 3", "4"),
        ("DELETE FROM trace WHERE number = 5", "4"),
        (
            "UPDATE trace a SET record = b.record, patients = b.patients FROM trace b"
            " WHERE (a.number, b.number) IN ((2, 3), (3, 2))",
            "2",
        ),
    ],
    ids=["altered", "patients altered", "removed", "truncated", "reordered"],
)
async def test_changes_are_refused_and_found(fhir: FhirWorld, change: str, named: str) -> None:
    for number in range(4):
        await fhir.send("GET", f"/Patient/lucie?_pretty={'true' if number % 2 else 'false'}")
    assert len(await traces_of(fhir)) == 4
    verified = await verify_traces(fhir.pool)
    assert (verified.error, verified.traces) == (None, 5)
    with pytest.raises(asyncpg.RestrictViolationError):
        await fhir.pool.execute(change)
    await fhir.pool.execute(BYPASS + change)
    error = (await verify_traces(fhir.pool, known=verified.head)).error
    assert error is not None
    assert named in error


async def test_a_rewritten_chain_is_found_by_a_known_head(fhir: FhirWorld) -> None:
    await traces_of(fhir)
    known = ChainPosition(1, bytes(32))
    error = (await verify_traces(fhir.pool, known=known)).error
    assert error is not None
    assert "réécrite" in error


async def test_old_traces_are_removed_up_to_an_anchor(fhir: FhirWorld) -> None:
    for _ in range(3):
        await fhir.send("GET", "/Patient/lucie")
    await traces_of(fhir)
    instant = await fhir.pool.fetchval("SELECT at FROM trace WHERE number = 3")
    store = TraceStore(fhir.pool)
    assert await store.prune(instant) == 0, "not before they are AuditEvents"
    await fhir.pool.execute("UPDATE trace_chain SET rendered = head")
    assert await store.prune(instant) >= 1
    assert (await verify_traces(fhir.pool)).error is None


async def test_searches_that_store_traces_at_once_lose_and_repeat_none(fhir: FhirWorld) -> None:
    assert fhir.traces is not None
    recorder = fhir.traces.recorder
    flushing = [asyncio.create_task(recorder.flush()) for _ in range(5)]
    for number in range(20):
        await fhir.send("GET", f"/Patient/lucie?_format=json&n={number}")
        flushing.append(asyncio.create_task(recorder.flush()))
    await asyncio.gather(*flushing)
    queries = [each.get("query") for each in await traces_of(fhir)]
    assert queries == [f"_format=json&n={number}" for number in range(20)]


async def test_what_is_stored_already_is_left_out(fhir: FhirWorld) -> None:
    assert fhir.traces is not None
    await fhir.send("GET", "/Patient/lucie")
    await fhir.traces.recorder.flush()
    store = TraceStore(fhir.pool)
    records = [row["record"] for row in await fhir.pool.fetch("SELECT record FROM trace")]
    row = await fhir.pool.fetchrow("SELECT journal, stored FROM trace_journal")
    assert row is not None
    more = [*records, records[-1]]
    end = row["stored"] + line_bytes(records[-1])
    await store.append(more, journal=str(row["journal"]), end=end)
    assert await fhir.pool.fetchval("SELECT count(*) FROM trace") == len(more)


async def test_an_id_that_is_none_is_traced_without_a_patient(fhir: FhirWorld) -> None:
    await fhir.send("PUT", "/Patient/%00", {"resourceType": "Patient"})
    await fhir.send("PUT", "/Patient/" + "a" * 4000, {"resourceType": "Patient"})
    assert [each["of"] for each in await traces_of(fhir)] == [[], []]
