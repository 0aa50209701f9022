"""What traces cost: the CPU time and the latency of the same reads and searches by three services
on one database, in turns: without traces, with them, and with the AuditEvents that are made in the
background.

Requests skip the gateway. The time of PostgreSQL is measured apart.
"""

import asyncio
import random
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from bench.esante.fhir_server import (
    FhirServer,
    fhir_server,
    finish_background_work,
    start_database,
)
from bench.esante.population import import_bundles, reads, searches
from bench.measuring.options import Options
from bench.measuring.report import Cell, Report, measured
from bench.measuring.running import cpu_seconds_of, load_of, postmaster

SECONDS: Final = 2.0
"""Duration of each measurement; the median of `_ROUNDS` counts."""
_ROUNDS: Final = 5
_CONNECTIONS: Final = 4
_RESOURCES: Final = 5000
_ENTRIES: Final = 500
_SERVERS: Final = ("none", "traces", "events")


def main(options: Options) -> None:
    """Measure; print and save the table. Its size is the same for every scale."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        database = start_database(stack, folder)
        servers: dict[str, FhirServer] = {}
        for name in _SERVERS:
            own = folder / name
            own.mkdir()
            program = ("bench.esante.traced_server", name)
            of = replace(database, folder=own)
            started = fhir_server(of, program=program, ESANTE_TRACES=str(own))
            servers[name] = stack.enter_context(started)
        patients = import_bundles(servers["none"], _RESOURCES // _ENTRIES, _ENTRIES)
        asyncio.run(finish_background_work(database.url))
        rows = list(_compare(servers, patients))
    notes = (
        "µs of CPU time per request, medians of five turns; PostgreSQL without fsync",
        "more: of service and PostgreSQL together, medians of the turns' ratios",
        "events: the service also makes AuditEvents, for a tenth of the time at most",
    )
    Report("fhir_traces", "Traces of FHIR requests, one process", rows, notes=notes).show()


def _compare(servers: dict[str, FhirServer], patients: list[str]) -> Iterator[dict[str, Cell]]:
    postgres = postmaster()
    for what, targets in {"read": reads(patients), **searches(patients)}.items():
        used: dict[str, list[tuple[float, float, float]]] = {each: [] for each in servers}
        for _ in range(_ROUNDS):
            for name, server in random.sample(sorted(servers.items()), len(servers)):
                used[name].append(_cost(server, postgres, targets))
        row: dict[str, Cell] = {"what": what}
        for name, each in used.items():
            for place, column in enumerate(("service", "PostgreSQL")):
                row[f"{name}, {column}"] = round(median(costs[place] for costs in each))
            row[f"{name}, p50 ms"] = round(median(costs[2] for costs in each), 2)
        for name in ("traces", "events"):
            pairs = zip(used["none"], used[name], strict=True)
            row[f"{name}, more"] = f"{median(sum(t[:2]) / sum(n[:2]) for n, t in pairs) - 1:+.0%}"
        yield measured("fhir_traces", row)


def _cost(server: FhirServer, postgres: int, targets: list[str]) -> tuple[float, float, float]:
    """µs of CPU time per request, of the service and of PostgreSQL, and the median latency (ms)."""
    service, database = cpu_seconds_of(server.process), cpu_seconds_of(postgres)
    seen = load_of(
        server.address,
        targets,
        seconds=SECONDS,
        connections=_CONNECTIONS,
        headers=server.headers,
    )
    if seen["failed"]:
        raise RuntimeError(f"{seen['failed']} failed")
    service = cpu_seconds_of(server.process) - service
    database = cpu_seconds_of(postgres) - database
    per_request = 1e6 / seen["requests"]
    return service * per_request, database * per_request, seen["p50_ms"]
