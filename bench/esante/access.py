"""What access rules cost: the CPU time of the same reads and searches by a program, to whom every
record is open, and by professionals in the circles of 30, 300 and 3,000 patients, in turns.

That of the service and of PostgreSQL together, without that of AuditEvents, which are made later.
Requests skip the gateway. Those that name patients are about records that are open to all. Those by
code find less the fewer records are open.
"""

import asyncio
import random
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

import asyncpg

from bench.esante.fhir_server import (
    FhirServer,
    fhir_server,
    finish_background_work,
    start_database,
)
from bench.esante.population import import_resources, reads, searches
from bench.measuring.options import Options
from bench.measuring.report import Cell, Report, measured
from bench.measuring.running import cpu_seconds_of, load_of, postmaster
from esante.store.adapters.revision_sql import MERGE_CHANGES

SECONDS: Final = 2.0
"""Duration of each measurement; the median of `_ROUNDS` counts."""
_WARM_UP: Final = 0.5
"""Seconds before, in which openings are loaded and statements prepared."""
_RATE: Final = 100.0
"""Requests per second: what a process does at intervals is then the same for all callers."""
_ROUNDS: Final = 5
_CONNECTIONS: Final = 4
_RESOURCES: Final = 10_000
_ENTRIES: Final = 500
_OPEN: Final = (30, 300, 3000)
_PROGRAM: Final = "program"


def main(options: Options) -> None:
    """Measure every size; print and save the table."""
    rows: list[dict[str, Cell]] = []
    for scale in sorted(options.scales):
        with ExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory()))
            program = ("bench.esante.traced_server", "traces")
            started = fhir_server(
                start_database(stack, folder), program=program, ESANTE_TRACES=str(folder)
            )
            server = stack.enter_context(started)
            patients: list[str] = []
            for _ in range(scale * _RESOURCES // _ENTRIES):
                patients += import_resources(server, _ENTRIES)
            _form_circles(server, patients)
            asyncio.run(_merge_changes(server.database))
            asyncio.run(finish_background_work(server.database))
            rows += _compare(server, patients[: min(_OPEN)], scale * _RESOURCES)
    notes = (
        "µs of CPU time per request, service and PostgreSQL, medians of five turns; 100 requests a"
        " second on four connections; PostgreSQL without fsync",
        "more: than by the program, median of the turns",
    )
    Report("fhir_access", "Access rules, one process", rows, notes=notes).show()


async def _merge_changes(database: str) -> None:
    """Do now what the service does every ten minutes: each import adds a change to each member."""
    connection = await asyncpg.connect(database)
    try:
        await connection.execute(MERGE_CHANGES)
    finally:
        await connection.close()


def _form_circles(server: FhirServer, patients: list[str]) -> None:
    """Put each professional in the circles of as many patients as their name states."""
    names = [*patients, *(f"other-{number}" for number in range(max(_OPEN)))][: max(_OPEN)]
    for start in range(0, len(names), _ENTRIES):
        entries = [
            {
                "request": {"method": "POST", "url": "CareTeam"},
                "resource": _circle(name, place),
            }
            for place, name in enumerate(names[start : start + _ENTRIES], start)
        ]
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
        server.request("/fhir", bundle)


def _circle(patient: str, place: int) -> dict[str, Any]:
    members = [f"Practitioner/{count}" for count in _OPEN if place < count]
    return {
        "resourceType": "CareTeam",
        "status": "active",
        "subject": {"reference": f"Patient/{patient}"},
        "participant": [{"member": {"reference": each}} for each in members],
    }


def _compare(server: FhirServer, patients: list[str], size: int) -> Iterator[dict[str, Cell]]:
    callers: Mapping[str, FhirServer] = {_PROGRAM: server} | {
        f"{count} open": server.of_professional(str(count)) for count in _OPEN
    }
    postgres = postmaster()
    for what, targets in {"read": reads(patients), **searches(patients)}.items():
        for each in callers.values():
            _cpu_time(each, postgres, targets, seconds=_WARM_UP)
        used: dict[str, list[float]] = {each: [] for each in callers}
        for _ in range(_ROUNDS):
            for name, caller in random.sample(sorted(callers.items()), len(callers)):
                used[name].append(_cpu_time(caller, postgres, targets, seconds=SECONDS))
        row: dict[str, Cell] = {"resources": size, "what": what}
        row[f"{_PROGRAM}, µs"] = round(median(used[_PROGRAM]))
        for name in (each for each in callers if each != _PROGRAM):
            pairs = zip(used[_PROGRAM], used[name], strict=True)
            row[f"{name}, µs"] = round(median(used[name]))
            row[f"{name}, more"] = f"{median(own / program for program, own in pairs) - 1:+.0%}"
        yield measured("fhir_access", row)


def _cpu_time(caller: FhirServer, postgres: int, targets: list[str], *, seconds: float) -> float:
    """µs of CPU time per request, of the service and of PostgreSQL."""
    before = cpu_seconds_of(caller.process) + cpu_seconds_of(postgres)
    seen = load_of(
        caller.address,
        targets,
        seconds=seconds,
        connections=_CONNECTIONS,
        rate=_RATE,
        headers=caller.headers,
    )
    if seen["failed"]:
        raise RuntimeError(f"{seen['failed']} failed")
    after = cpu_seconds_of(caller.process) + cpu_seconds_of(postgres)
    microseconds: float = (after - before) / seen["requests"] * 1e6
    return microseconds
