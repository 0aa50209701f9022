"""Requests a second of the FHIR service in one process and in two, by the number of its clients.

The service, PostgreSQL, the relay, its broker and the callers share the machine's cores. Requests
skip the gateway.
"""

import asyncio
import random
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.esante.fhir_server import FhirServer, fhir_server, finish_background_work, start_database
from bench.esante.population import import_bundles, lone_patient, reads, searches
from bench.measuring.options import Options
from bench.measuring.report import Cell, Report, measured
from bench.measuring.running import load_of

_SECONDS: Final = 3.0
_ROUNDS: Final = 3
_RESOURCES: Final = 10_000
_BUNDLE_ENTRIES: Final = 500
_CLIENTS: Final = (8, 32)


def main(options: Options) -> None:
    """Measure; print and save the table. Its size is the same for every scale."""
    seen: dict[tuple[str, int, int], list[int]] = {}
    with ExitStack() as stack:
        servers = start_database(stack, Path(stack.enter_context(TemporaryDirectory())))
        with fhir_server(servers) as server:
            patients = import_bundles(server, _RESOURCES // _BUNDLE_ENTRIES, _BUNDLE_ENTRIES)
            asyncio.run(finish_background_work(servers.url))
        # In turn, so that what else the machine does falls on both.
        for _ in range(_ROUNDS):
            for processes in (1, 2):
                with fhir_server(servers, processes=processes) as server:
                    for what, clients, rate in _rates(server, patients):
                        seen.setdefault((what, clients, processes), []).append(rate)
    Report("fhir_processes", "FHIR R4 server in one and two processes", list(_rows(seen))).show()


def _rates(server: FhirServer, patients: list[str]) -> Iterator[tuple[str, int, int]]:
    some = random.sample(patients, min(500, len(patients)))
    wanted = {
        "read": reads(some),
        "search by code": searches(some)["search by code"],
        "create": [lone_patient()],
    }
    for what, targets in wanted.items():
        for clients in _CLIENTS:
            found = load_of(
                server.address,
                targets,
                seconds=_SECONDS,
                connections=clients,
                headers=server.headers,
            )
            if found["failed"]:
                raise RuntimeError(f"{what}: {found['failed']} failed")
            yield what, clients, round(found["requests"] / found["seconds"])


def _rows(seen: dict[tuple[str, int, int], list[int]]) -> Iterator[dict[str, Cell]]:
    for what, clients in dict.fromkeys((what, clients) for what, clients, _ in seen):
        one, two = (sorted(seen[what, clients, n])[_ROUNDS // 2] for n in (1, 2))
        row: dict[str, Cell] = {
            "what": what,
            "clients": clients,
            "one process, a second": one,
            "two processes, a second": two,
            "ratio": round(two / one, 2),
        }
        yield measured("fhir_processes", row)
