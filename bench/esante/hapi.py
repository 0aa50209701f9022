"""The FHIR service beside HAPI's JPA server: rates, and the CPU time of each request.

Both have the same resources on the same PostgreSQL, and receive the same requests in turn, so that
what else the machine does falls on both. The CPU time is that of the server and of PostgreSQL.
HAPI's server is warmed first (`--warm`, in minutes), as the JVM compiles what is used most.
"""

import asyncio
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.esante.fhir_server import (
    FhirServer,
    fhir_server,
    finish_audit_events,
    finish_background_work,
    start_database,
    stop_autovacuum,
    vacuum,
)
from bench.esante.hapi_peer import VERSION, create_database, hapi_command, hapi_server
from bench.esante.hapi_peer import without_result_cache as without_cache
from bench.esante.population import (
    import_resources,
    lone_patient,
    patient,
    population,
    reads,
    searches,
    transaction,
)
from bench.measuring.options import Options
from bench.measuring.report import Cell, Report, measured
from bench.measuring.running import cpu_seconds_of, load_of, postmaster
from embedded.processes import StartError

_NAME: Final = "fhir_hapi"
_SECONDS: Final = 2.0
_ROUNDS: Final = 3
_RESOURCES_PER_SCALE: Final = 10_000
_BUNDLE_ENTRIES: Final = 500
_SEED: Final = 1
_WARM_SECONDS: Final = 0.5
"""Duration of each load of the warm-up."""


@dataclass(frozen=True, slots=True)
class _Work:
    """Requests that both servers receive."""

    what: str
    connections: int
    targets: list[str]
    cached: bool = True
    """HAPI may answer from the result of an equal search."""


@dataclass(frozen=True, slots=True)
class _Measure:
    """Of one load on one server."""

    rate: float
    server: float
    """CPU microseconds of the server, each."""
    database: float
    """CPU microseconds of PostgreSQL, each."""


def main(options: Options) -> None:
    """Measure the first size; print and save the table. Says why, without Java or Maven."""
    try:
        command = hapi_command()
    except StartError as error:
        print(f"\n{_NAME}: not measured. {error}", file=sys.stderr)
        return
    random.seed(_SEED)
    size = options.scales[0] * _RESOURCES_PER_SCALE
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        own = stack.enter_context(fhir_server(start_database(stack, folder)))
        database = postmaster()
        asyncio.run(create_database(own))
        peer = stack.enter_context(hapi_server(own, command))
        asyncio.run(stop_autovacuum(own.database))
        works, imports = _loaded(own, peer, size, database)
        asyncio.run(finish_background_work(own.database))
        _warm(own, [each[0] for each in works], 0)
        _warm(peer, [each[1] for each in works], options.warm_minutes)
        rows = [imports, *(_row(own, peer, database, *each) for each in works)]
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    notes = (
        f"{size} resources; medians of {_ROUNDS} rounds of {_SECONDS:.0f} s in turn; HAPI {VERSION}"
        f" as jpaserver-starter ships it, warmed {options.warm_minutes:g} min; load {load}",
        "µs: CPU time of server + PostgreSQL (embedded: no fsync) per request, an import's per"
        " resource; ratio: HAPI's by the service's",
        "HAPI authorizes nobody and publishes no events: the service does both",
        "AuditEvents: made for a tenth of a core during each load, the others between the loads",
        "PostgreSQL's autovacuum is off; both databases are vacuumed before each row",
        "cached: HAPI answers from the result of an equal search for a minute",
    )
    Report(_NAME, "FHIR R4 server beside HAPI's", rows, notes=notes).show()


Works = tuple[_Work, _Work]
"""The same work, with the ids of the service's patients and of the peer's."""


def _loaded(
    own: FhirServer, peer: FhirServer, size: int, database: int
) -> tuple[list[Works], dict[str, Cell]]:
    """Import the same resources in both; returns the works, and the row of the import."""
    patients: tuple[list[str], list[str]] = [], []
    measures: tuple[list[_Measure], list[_Measure]] = [], []
    for bundle in range(size // _BUNDLE_ENTRIES):
        for server, known, seen in zip((own, peer), patients, measures, strict=True):
            random.seed(bundle)
            before, started = _cpu(server, database), time.perf_counter()
            known += import_resources(server, _BUNDLE_ENTRIES)
            seconds = time.perf_counter() - started
            seen.append(_measure(server, database, before, _BUNDLE_ENTRIES, seconds))
    works = list(zip(_works(patients[0]), _works(patients[1]), strict=True))
    # The first half warms both.
    return works, _cells("import, bundles of 500", *(each[len(each) // 2 :] for each in measures))


def _works(patients: list[str]) -> Iterator[_Work]:
    """Reads, searches and writes, with the ids of one server's patients."""
    some = random.Random(_SEED).sample(patients, min(500, len(patients)))
    yield _Work("read", 32, reads(some))
    found = searches(some)
    found["search by code, _total=accurate"] = [
        f"{each}&_total=accurate" for each in found["search by code"]
    ]
    for what, targets in found.items():
        yield _Work(what, 4, targets, cached=False)
        yield _Work(f"{what} · cached", 4, targets)
    yield _Work("create", 8, [lone_patient()])
    # Of its two contents, each patient gets the other one.
    contents = [
        {**patient(step + number), "id": each}
        for step in range(2)
        for number, each in enumerate(some)
    ]
    yield _Work("update", 8, [_sent("PUT", f"/Patient/{each['id']}", each) for each in contents])
    for connections in (1, 8):
        pair = _sent("POST", "", transaction(population(2)))
        yield _Work(f"transaction of two, {connections} clients", connections, [pair])


def _sent(method: str, target: str, body: object) -> str:
    return json.dumps({"method": method, "target": f"/fhir{target}", "body": body})


def _warm(server: FhirServer, works: list[_Work], minutes: float) -> None:
    """Do each work for half a second, and again until the time is over."""
    until = time.monotonic() + 60 * minutes
    while True:
        for work in works:
            _load(server, work, _WARM_SECONDS)
        if time.monotonic() >= until:
            return


def _row(
    own: FhirServer, peer: FhirServer, database: int, of_own: _Work, of_peer: _Work
) -> dict[str, Cell]:
    measures: tuple[list[_Measure], list[_Measure]] = [], []
    for each in (own, peer):
        asyncio.run(vacuum(each.database))
    for _ in range(_ROUNDS):
        for server, work, seen in zip((own, peer), (of_own, of_peer), measures, strict=True):
            asyncio.run(finish_audit_events(own.database))
            before = _cpu(server, database)
            count, seconds = _load(server, work, _SECONDS)
            seen.append(_measure(server, database, before, count, seconds))
    return _cells(of_own.what, *measures)


def _load(server: FhirServer, work: _Work, seconds: float) -> tuple[int, float]:
    """The number of its responses, and the seconds. Raises RuntimeError if one is not 2xx."""
    called = server if work.cached else without_cache(server)
    seen = load_of(
        server.address,
        work.targets,
        seconds=seconds,
        connections=work.connections,
        headers=called.headers,
    )
    if seen["failed"]:
        raise RuntimeError(f"{work.what}: {seen['failed']} failed at {server.address}")
    return seen["requests"], seen["seconds"]


def _cpu(server: FhirServer, database: int) -> tuple[float, float]:
    return cpu_seconds_of(server.process), cpu_seconds_of(database)


def _measure(
    server: FhirServer, database: int, before: tuple[float, float], count: int, seconds: float
) -> _Measure:
    service, postgres = (
        (after - each) / count * 1e6
        for after, each in zip(_cpu(server, database), before, strict=True)
    )
    return _Measure(count / seconds, service, postgres)


def _cells(what: str, of_own: list[_Measure], of_peer: list[_Measure]) -> dict[str, Cell]:
    """A row, printed now: the medians of both, and the peer's CPU time by the service's."""
    row: dict[str, Cell] = {"what": what}
    totals = []
    for name, seen in (("service", of_own), ("HAPI", of_peer)):
        row[f"{name}, a second"] = round(statistics.median(each.rate for each in seen))
        service = statistics.median(each.server for each in seen)
        postgres = statistics.median(each.database for each in seen)
        row[f"{name} µs"] = f"{service:.0f} + {postgres:.0f}"
        totals.append(service + postgres)
    row["ratio"] = round(totals[1] / totals[0], 2)
    return measured(_NAME, row)
