"""Observations a second in bulk, as devices post them: bundles of one patient's measures, checked
by the validator, traced and announced. By size and kind of the bundle, and by processes.

The callers share the cores: "a second for each core" is what one core of the service and PostgreSQL
does, without the callers. Requests skip the gateway.
"""

import asyncio
import json
import random
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import asyncpg

from bench.esante.fhir_server import FhirServer, fhir_server, start_database
from bench.esante.population import LOINC, import_resources
from bench.measuring.options import Options
from bench.measuring.report import Cell, Report, measured
from bench.measuring.running import cpu_seconds_of, load_of, postmaster

_SECONDS: Final = 8.0
_BUNDLES: Final = 20
"""Different bundles, which are sent in turn."""
_CASES: Final = (
    ("transaction", 100),
    ("transaction", 500),
    ("batch", 100),
)


def main(options: Options) -> None:
    """Measure; print and save the table. Its size is the same for every scale."""
    rows: list[dict[str, Cell]] = []
    with ExitStack() as stack:
        servers = start_database(stack, Path(stack.enter_context(TemporaryDirectory())))
        for processes in (1, 2):
            with fhir_server(servers, processes=processes) as server:
                patients = import_resources(server, 200)
                for kind, entries in _CASES:
                    rows.append(_row(server, patients, kind, entries, processes))
    notes = (
        "µs of CPU time per Observation; the service includes the relay and the AuditEvents",
        "two clients for each process; PostgreSQL without fsync",
        "AuditEvents behind: traces, by how many more wait after each second",
    )
    Report("fhir_observations", "Observations in bulk", rows, notes=notes).show()


def _row(
    server: FhirServer, patients: list[str], kind: str, entries: int, processes: int
) -> dict[str, Cell]:
    targets = list(_requests(patients, kind, entries))
    _load(server, targets, processes, seconds=2.0)
    database = postmaster()
    service, postgres = cpu_seconds_of(server.process), cpu_seconds_of(database)
    waiting = asyncio.run(_waiting(server.database))
    seen = _load(server, targets, processes, seconds=_SECONDS)
    waiting = asyncio.run(_waiting(server.database)) - waiting
    count = seen["requests"] * entries
    service = (cpu_seconds_of(server.process) - service) / count * 1e6
    postgres = (cpu_seconds_of(database) - postgres) / count * 1e6
    row: dict[str, Cell] = {
        "bundle": f"{kind} of {entries}",
        "processes": processes,
        "a second": round(count / seen["seconds"]),
        "service µs": round(service),
        "PostgreSQL µs": round(postgres),
        "a second for each core": round(1e6 / (service + postgres)),
        "p95 ms of a bundle": round(seen["p95_ms"]),
        "AuditEvents behind": round(waiting / seen["seconds"]),
    }
    return measured("fhir_observations", row)


async def _waiting(database: str) -> int:
    """The traces that are not AuditEvents yet."""
    connection = await asyncpg.connect(database)
    try:
        found: int = await connection.fetchval("SELECT head - rendered FROM trace_chain")
    finally:
        await connection.close()
    return found


def _load(
    server: FhirServer, targets: list[str], processes: int, *, seconds: float
) -> dict[str, Any]:
    seen = load_of(
        server.address,
        targets,
        seconds=seconds,
        connections=2 * processes,
        headers=server.headers,
    )
    if seen["failed"]:
        raise RuntimeError(f"{seen['failed']} failed")
    return seen


def _requests(patients: list[str], kind: str, entries: int) -> Iterator[str]:
    for _ in range(_BUNDLES):
        patient = f"Patient/{random.choice(patients)}"
        body = {
            "resourceType": "Bundle",
            "type": kind,
            "entry": [
                {
                    "resource": heart_rate(patient, place),
                    "request": {"method": "POST", "url": "Observation"},
                }
                for place in range(entries)
            ],
        }
        yield json.dumps({"method": "POST", "target": "/fhir", "body": body})


def heart_rate(patient: str, minute: int) -> dict[str, Any]:
    """A measure of a device, as the profile of vital signs has it."""
    category = "http://terminology.hl7.org/CodeSystem/observation-category"
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [{"system": category, "code": "vital-signs"}]}],
        "code": {"coding": [{"system": LOINC, "code": "8867-4", "display": "Heart rate"}]},
        "subject": {"reference": patient},
        "device": {"identifier": {"system": "urn:ietf:rfc:3986", "value": "urn:uuid:montre"}},
        "effectiveDateTime": f"2026-11-28T{minute // 60 % 24:02}:{minute % 60:02}:00+01:00",
        "valueQuantity": {
            "value": random.randint(50, 110),
            "unit": "battements/min",
            "system": "http://unitsofmeasure.org",
            "code": "/min",
        },
    }
