"""The FHIR server on one PostgreSQL: the cost of reads, writes, transactions and searches, by size.

Sizes are multiples of 10,000 resources: `--scales 1 10 50` measures up to 500,000.
The service, PostgreSQL, the relay, its broker and the callers share the machine's cores. Requests
skip the gateway, with a token signed as the gateway signs it.
"""

import asyncio
import json
import random
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.esante.fhir_peer import drop, fill
from bench.esante.fhir_server import FhirServer, fhir_server, finish_background_work, start_database
from bench.esante.population import (
    import_resources,
    lone_patient,
    population,
    reads,
    searches,
    transaction,
)
from bench.measuring.options import Options
from bench.measuring.report import Cell, Report, measured
from bench.measuring.running import cpu_seconds_of, load_of, running, wait_for
from embedded.ports import free_port

SECONDS: Final = 5.0
"""Duration of each row's measurement."""
RESOURCES_PER_SCALE: Final = 10_000
_BUNDLE_ENTRIES: Final = 500


def main(options: Options) -> None:
    """Measure every size; print and save the table."""
    rows: list[dict[str, Cell]] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        server = stack.enter_context(fhir_server(start_database(stack, folder)))
        stored, patients = 0, []
        for scale in sorted(options.scales):
            wanted = scale * RESOURCES_PER_SCALE
            started, cpu = time.perf_counter(), cpu_seconds_of(server.process)
            added, seconds = wanted - stored, 0.0
            while stored < wanted:
                patients += import_resources(server, min(_BUNDLE_ENTRIES, wanted - stored))
                stored += min(_BUNDLE_ENTRIES, wanted - stored)
            seconds = time.perf_counter() - started
            cpu_time = cpu_seconds_of(server.process) - cpu
            rows.append(
                measured("fhir", _row(wanted, "import, bundles of 500", added, seconds, cpu_time))
            )
            asyncio.run(finish_background_work(server.database))
            rows += _measure(server, wanted, patients)
            rows += _measure_peer(server, wanted, patients)
    notes = (
        "service µs: CPU time of the one service process (relay included) per request; for an"
        " import, per resource",
        "callers, broker and PostgreSQL (embedded: no fsync) share the cores; no gateway",
        "measured once all events of the import are published and VACUUM (ANALYZE) has run",
        "peer: the same resources as JSONB with a GIN index, FastAPI and asyncpg, one process"
        " (bench/esante/fhir_peer.py): no authorization, validation, history or events",
    )
    Report("fhir", "FHIR R4 server, one process", rows, notes=notes).show()


def _measure_peer(server: FhirServer, size: int, patients: list[str]) -> Iterator[dict[str, Cell]]:
    """The same reads, searches and creations on the peer, with the same resources."""
    asyncio.run(fill(server.database))
    some = random.sample(patients, min(500, len(patients)))
    port = free_port()
    command = [sys.executable, "-m", "bench.esante.fhir_peer", str(port)]
    with running(command, {"PEER_POSTGRES": server.database}) as process:
        peer = replace(server, address=f"http://127.0.0.1:{port}", process=process)
        wait_for(f"{peer.address}/readyz")
        yield _measured_requests(peer, size, "read · peer", reads(some), 32)
        for what, targets in searches(some).items():
            yield _measured_requests(peer, size, f"{what} · peer", targets, 4)
        yield _measured_requests(peer, size, "create · peer", [lone_patient()], 8)
    asyncio.run(drop(server.database))


def _measure(server: FhirServer, size: int, patients: list[str]) -> Iterator[dict[str, Cell]]:
    some = random.sample(patients, min(500, len(patients)))
    pair = json.dumps({"method": "POST", "target": "/fhir", "body": transaction(population(2))})
    record = [f"/fhir/Patient?_id={p}&_revinclude=Observation:patient" for p in some]
    yield _measured_requests(server, size, "read", reads(some), 32)
    for what, targets in (*searches(some).items(), ("a patient's record (_revinclude)", record)):
        yield _measured_requests(server, size, what, targets, 4)
    yield _measured_requests(server, size, "create", [lone_patient()], 8)
    for connections in (1, 8, 32):
        what = f"transaction of two, {connections} clients"
        yield _measured_requests(server, size, what, [pair], connections)


def _measured_requests(
    server: FhirServer, size: int, what: str, targets: list[str], connections: int
) -> dict[str, Cell]:
    cpu = cpu_seconds_of(server.process)
    seen = load_of(
        server.address, targets, seconds=SECONDS, connections=connections, headers=server.headers
    )
    if seen["failed"]:
        raise RuntimeError(f"{what}: {seen['failed']} failed")
    cpu_time = cpu_seconds_of(server.process) - cpu
    row = _row(size, what, seen["requests"], seen["seconds"], cpu_time)
    return measured(
        "fhir", row | {"p50 ms": round(seen["p50_ms"], 2), "p99 ms": round(seen["p99_ms"], 2)}
    )


def _row(size: int, what: str, count: int, seconds: float, cpu_time: float) -> dict[str, Cell]:
    return {
        "resources": size,
        "what": what,
        "a second": round(count / seconds) if seconds else 0,
        "service µs": round(cpu_time / count * 1e6) if count else 0,
        "p50 ms": "",
        "p99 ms": "",
    }
