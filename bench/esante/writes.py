"""The CPU time of writes, of the service and of PostgreSQL apart, by type of write.

The callers share the cores: compare CPU times, not rates. Requests skip the gateway. To compare two
versions in turn, run this with the other one's sources in PYTHONPATH.
"""

import asyncio
import json
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.esante.fhir_server import (
    FhirServer,
    fhir_server,
    finish_audit_events,
    finish_background_work,
    start_database,
)
from bench.esante.population import (
    import_bundles,
    import_resources,
    lone_patient,
    observation,
    patient,
    population,
    transaction,
)
from bench.measuring.options import Options
from bench.measuring.report import Cell, Report, measured
from bench.measuring.running import cpu_seconds_of, load_of, postmaster

_SECONDS: Final = 5.0
_RESOURCES: Final = 10_000
_BUNDLE_ENTRIES: Final = 500


def main(options: Options) -> None:
    """Measure; print and save the table. Its size is the same for every scale."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        servers = start_database(stack, folder)
        server = stack.enter_context(fhir_server(servers))
        database = postmaster()
        rows = [_import(server, database)]
        patients = import_bundles(server, 4, _BUNDLE_ENTRIES)
        asyncio.run(finish_background_work(server.database))
        for what, connections, targets in _writes(patients):
            rows.append(_row(server, database, what, connections, targets))
        server = stack.enter_context(fhir_server(servers, processes=2))
        rows += [_import(server, database, processes=2, clients=each) for each in (1, 4)]
    notes = (
        "service µs, PostgreSQL µs: CPU time per request; of an import, per resource",
        "the service includes the relay; PostgreSQL is embedded (no fsync)",
    )
    Report("fhir_writes", "CPU time of FHIR writes", rows, notes=notes).show()


def _writes(patients: list[str]) -> Iterator[tuple[str, int, list[str]]]:
    """What is written, by how many clients, and the requests."""
    some = random.sample(patients, min(100, len(patients)))
    subject = f"Patient/{some[0]}"
    yield "create a Patient", 8, [lone_patient()]
    yield "create an Observation", 8, [_post("Observation", observation(subject))]
    # Of the two contents of each resource, every update writes the other one.
    yield (
        "update a Patient's name and more",
        8,
        [
            _put({**patient(step + number), "id": each})
            for step in range(2)
            for number, each in enumerate(some)
        ],
    )
    # Of its index entries, only an element of an array changes.
    yield (
        "update a Patient's state",
        8,
        [
            _put({**patient(number), "active": active, "id": each})
            for active in (True, False)
            for number, each in enumerate(some)
        ],
    )
    same = {**patient(1), "id": some[0]}
    yield "update without a change", 1, [_put(same)]
    pair = transaction(population(2))
    for connections in (1, 8):
        yield (
            f"transaction of two, {connections} clients",
            connections,
            [json.dumps({"method": "POST", "target": "/fhir", "body": pair})],
        )


def _post(resource_type: str, body: object) -> str:
    return json.dumps({"method": "POST", "target": f"/fhir/{resource_type}", "body": body})


def _put(body: dict[str, object]) -> str:
    target = f"/fhir/{body['resourceType']}/{body['id']}"
    return json.dumps({"method": "PUT", "target": target, "body": body})


def _import(
    server: FhirServer, database: int, *, processes: int = 1, clients: int = 1
) -> dict[str, Cell]:
    def load(_: int) -> None:
        import_resources(server, _BUNDLE_ENTRIES)

    with ThreadPoolExecutor(clients) as threads:
        list(threads.map(load, range(2 * clients)))
        service, postgres = cpu_seconds_of(server.process), cpu_seconds_of(database)
        started = time.perf_counter()
        list(threads.map(load, range(_RESOURCES // _BUNDLE_ENTRIES)))
        seconds = time.perf_counter() - started
    return _cells(
        f"import, bundles of 500, clients: {clients}, processes: {processes}",
        _RESOURCES,
        seconds,
        cpu_seconds_of(server.process) - service,
        cpu_seconds_of(database) - postgres,
    )


def _row(
    server: FhirServer, database: int, what: str, connections: int, targets: list[str]
) -> dict[str, Cell]:
    asyncio.run(finish_audit_events(server.database))
    service, postgres = cpu_seconds_of(server.process), cpu_seconds_of(database)
    seen = load_of(
        server.address,
        targets,
        seconds=_SECONDS,
        connections=connections,
        headers=server.headers,
    )
    if seen["failed"]:
        raise RuntimeError(f"{what}: {seen['failed']} failed")
    return _cells(
        what,
        seen["requests"],
        seen["seconds"],
        cpu_seconds_of(server.process) - service,
        cpu_seconds_of(database) - postgres,
    )


def _cells(
    what: str, count: int, seconds: float, service: float, postgres: float
) -> dict[str, Cell]:
    row: dict[str, Cell] = {
        "what": what,
        "a second": round(count / seconds),
        "service µs": round(service / count * 1e6),
        "PostgreSQL µs": round(postgres / count * 1e6),
    }
    return measured("fhir_writes", row)
